import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../common/errors";

type Variables = Readonly<Record<string, string | undefined>>;

/** The Pulumi CLI, and the PATH that it needs. */
export interface Cli {
  readonly file: string;
  readonly path: string;
}

/**
 * Finds the user's Pulumi: `pulumi` on the PATH, otherwise what `npx pulumi` would run in that folder.
 *
 * @param env the whole environment that Pulumi will have
 * @throws a `UserError` if there is none, and none can be downloaded
 */
export async function findCli(folder: string, env: Variables): Promise<Cli> {
  const path = env.PATH ?? "";
  const found = onPath(path) ?? (await byNpx(folder, env));
  // In node_modules/.bin, it is a link.
  const script = realpathSync(found);
  return basename(script) === "run.js" ? behindNpm(script, path, env) : { file: found, path };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const onPath = (path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, "pulumi"))
    .find(isExecutable);

const run = promisify(execFile);

/** The last line that a command printed: the reason, if it failed. */
const lastLine = (error: Error & { stderr?: string }): string =>
  (error.stderr || error.message).trim().split("\n").at(-1) ?? "";

const install = "Install Pulumi: https://www.pulumi.com/docs/install/";

/** Slow lookups, by their arguments: each runs once, even for concurrent callers. */
const done = new Map<string, Promise<string>>();

function once(key: string, work: () => Promise<string>): Promise<string> {
  const known = done.get(key) ?? work();
  done.set(key, known);
  return known;
}

/** Where npx has the npm package `pulumi`: in the project, in its own cache, or newly downloaded. */
const byNpx = (cwd: string, env: Variables): Promise<string> =>
  once(cwd, () =>
    run("npx", ["--yes", "--package=pulumi", "-c", "command -v pulumi"], { cwd, env })
      .then(({ stdout }) => stdout.trim())
      .catch((error: Error) => {
        throw new UserError(
          `There is no pulumi on the PATH, and npx can't download it (${lastLine(error)}). ${install}`,
        );
      }),
  );

/**
 * The CLI that the npm package `pulumi` downloads and then runs. Run directly, because the package's script ends at once on
 * Ctrl-C and leaves the CLI running.
 */
async function behindNpm(script: string, path: string, env: Variables): Promise<Cli> {
  const { version } = JSON.parse(readFileSync(join(dirname(script), "package.json"), "utf8"));
  // As in the package: https://github.com/pulumi/pulumi/blob/master/npm/lib/cache.js
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const bin = join(home, "versions", env.PULUMI_VERSION || version, "bin");
  const file = join(bin, "pulumi");
  if (!isExecutable(file)) {
    await once(file, async () => {
      console.error("Downloading Pulumi…");
      await run(process.execPath, [script, "version"], { env }).catch((error: Error) => {
        throw new UserError(
          `The Pulumi CLI is not installed, and could not be downloaded (${lastLine(error)}). Allow the download, or put pulumi on the PATH. ${install}`,
        );
      });
      return file;
    });
  }
  // The language hosts are next to it.
  return { file, path: `${bin}${delimiter}${path}` };
}
