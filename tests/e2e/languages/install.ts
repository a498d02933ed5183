// What programs in other languages need in addition to the engine: language hosts, an SDK of the package, and Python's packages.
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { localFolder, root } from "../../../common/paths";
import type { Engine } from "../../../engine";
import { buildParts, type Part } from "../../../engine/build";
import { runGo } from "../../../engine/go";
import { partsIn } from "../../../engine/layout";
import { schemaFile } from "../../../scripts/schema";

const run = promisify(execFile);

const folder = join(localFolder, "languages");
/** Where the language hosts are that the engine lacks. */
export const hosts = join(folder, "bin");
/** The virtual environment of Python programs. */
export const venv = join(folder, "venv");

const nodeHostModule = join(root, "engine", "host");
/** What an official engine has, and one that is built from Go modules does not. */
const parts: readonly Part[] = [
  {
    // From the module of the Node host, the last one that had both.
    name: "Python language host",
    module: nodeHostModule,
    programs: {
      "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python": join(
        hosts,
        "pulumi-language-python",
      ),
    },
    flags: [],
    ldflags: ["-s -w"],
  },
  {
    name: "YAML language host and SDK generators",
    module: join(__dirname, "hosts"),
    programs: {
      "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml": join(hosts, "pulumi-language-yaml"),
      "s3-backup-target/tests/e2e/languages/hosts/generate": join(hosts, "generate"),
    },
    flags: ["-tags=osusergo,grpcnotrace"],
    ldflags: ["-s -w"],
  },
];

let ensured: Promise<void> | undefined;

/** Gets all of it, once: the first time, building takes minutes. */
export function ensureLanguages(engine: Engine): Promise<void> {
  ensured ??= install(engine);
  return ensured;
}

async function install(engine: Engine): Promise<void> {
  mkdirSync(hosts, { recursive: true });
  if (!isOfficial(engine)) {
    await buildParts(parts, (line) => console.log(`  ${line}`));
    const list = ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"];
    const source = (await runGo(list, { cwd: nodeHostModule })).trim();
    const runner = "pulumi-language-python-exec";
    copyFileSync(join(source, "python", "cmd", runner), join(hosts, runner));
    chmodSync(join(hosts, runner), 0o755);
  }
  await installPython(engine);
}

/** The official one has its language hosts next to the CLI. */
const isOfficial = (engine: Engine): boolean =>
  existsSync(join(dirname(partsIn(engine.env.PULUMI_HOME ?? "").cli), "pulumi-language-yaml"));

/** Writes the SDK of a language, as `pulumi package add` does. */
export async function generateSdk(engine: Engine, language: string, into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  if (!isOfficial(engine)) {
    await run(join(hosts, "generate"), [language, schemaFile, into]);
    return;
  }
  const { cli } = partsIn(engine.env.PULUMI_HOME ?? "");
  const args = ["package", "gen-sdk", schemaFile, "--local", "--language", language, "--out", dirname(into)];
  await run(cli, args, { env: { ...process.env, ...engine.env } });
}

async function installPython(engine: Engine): Promise<void> {
  const requirements = join(__dirname, "requirements.txt");
  const receipt = join(venv, "installed-from.txt");
  const { stdout: version } = await run("python3", ["--version"]);
  const wanted = version + readFileSync(requirements, "utf8") + readFileSync(schemaFile, "utf8");
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) {
    return;
  }
  console.log("  Installing Pulumi's SDK for Python (90 MB) into .local/languages/venv…");
  rmSync(venv, { recursive: true, force: true });
  await run("python3", ["-m", "venv", venv]);
  const pip = (...args: string[]) =>
    run(join(venv, "bin", "python"), ["-m", "pip", "install", "--quiet", "--no-input", ...args]);
  await pip("--require-hashes", "-r", requirements);
  const sdk = join(folder, "sdks", "python");
  await generateSdk(engine, "python", sdk);
  await pip("--no-index", "--no-deps", "--no-build-isolation", sdk);
  // Last: an installation that was cut short has none, and is made again.
  writeFileSync(receipt, wanted);
}
