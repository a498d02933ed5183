// `npm run package`: the npm package, from the sources of this repository. It is built in a separate folder, because the
// repository's package.json is that of a Pulumi program, whose entry point and exact versions suit no package.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { localFolder, root } from "../common/paths";

const run = promisify(execFile);

/** Where the package is built and packed. */
export const packageFolder = join(localFolder, "package");

/** The fields of a package.json that are used. */
interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));

/**
 * The package.json of the package: its identity comes from the repository's, the differences from `manifest.json`.
 *
 * @param repository owner and name on GitHub; npm accepts a provenance statement only for a package that names its repository
 */
export function manifest(repository = process.env.GITHUB_REPOSITORY): Manifest {
  const { name, version, description, license, engines } = read("package.json");
  return {
    ...{ name, version, description, license, engines },
    ...(repository && { repository: { type: "git", url: `git+https://github.com/${repository}.git` } }),
    ...read("package/manifest.json"),
  };
}

/** Builds the package, and returns the path of the archive for `npm publish` and `npm install`. */
export async function pack(): Promise<string> {
  const packed = manifest();
  rmSync(packageFolder, { recursive: true, force: true });
  mkdirSync(packageFolder, { recursive: true });
  writeFileSync(join(packageFolder, "package.json"), `${JSON.stringify(packed, undefined, 2)}\n`);
  cpSync(join(root, "package", "README.md"), join(packageFolder, "README.md"));
  for (const path of ["LICENSE", ...packed.files.filter((path) => path !== "dist")]) {
    cpSync(join(root, path), join(packageFolder, path), { recursive: true });
  }
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [compiler, "--project", join(root, "package")]);
  const { stdout } = await run("npm", ["pack", "--silent"], { cwd: packageFolder });
  return join(packageFolder, stdout.trim());
}

if (require.main === module) {
  pack().then(console.log, (error: { stdout?: string }) => {
    console.error(error.stdout || error);
    process.exitCode = 1;
  });
}
