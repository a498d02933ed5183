import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../common/errors";
import { localFolder } from "../../common/paths";

const run = promisify(execFile);

const venv = join(localFolder, "aws", "venv");
const requirements = join(__dirname, "requirements.txt");
/** Records what was installed. Written last: an interrupted installation has none, and is repeated. */
export const receipt = join(venv, "installed-from.txt");

export const python = join(venv, "bin", "python");

const howToInstallPython =
  "Install Python 3.10 or newer (macOS: brew install python; Debian, Ubuntu: sudo apt install python3 python3-venv).";

/** Installs the local AWS under `.local/aws/venv`, unless it is installed for this Python and these requirements. */
export async function ensureInstalled(log: (line: string) => void): Promise<void> {
  const wanted = `${await systemPython()}\n${readFileSync(requirements, "utf8")}`;
  if (readOrNothing(receipt) === wanted) {
    return;
  }
  log("Installing the local AWS (MiniStack, 90 MB, takes a few seconds) into .local/aws/venv…");
  rmSync(venv, { recursive: true, force: true });
  await run("python3", ["-m", "venv", venv]).catch((error) => {
    throw new UserError(
      `python3 could not create a virtual environment. ${howToInstallPython}\n${output(error)}`,
    );
  });
  const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "-r", requirements];
  await run(python, pip).catch((error) => {
    throw new UserError(
      "pip could not install the local AWS. Check the network and pip's configuration, then run this again.\n" +
        output(error),
    );
  });
  writeFileSync(receipt, wanted);
}

/** What a virtual environment depends on: the version of python3, and where it is. */
async function systemPython(): Promise<string> {
  const script = "import sys; print(sys.version_info >= (3, 10), sys.version.split()[0], sys.base_prefix)";
  const { stdout } = await run("python3", ["-c", script]).catch((error) => {
    throw new UserError(
      `The local AWS needs python3, which cannot be run. ${howToInstallPython}\n${output(error)}`,
    );
  });
  const [newEnough, ...version] = stdout.trim().split(" ");
  if (newEnough !== "True") {
    throw new UserError(
      `python3 is ${version.join(" in ")}, too old for the local AWS. ${howToInstallPython}`,
    );
  }
  return version.join(" ");
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The program's own output, or why it could not be started. */
function output(error: Error & { stdout?: string; stderr?: string }): string {
  return `${error.stdout ?? ""}${error.stderr ?? ""}`.trim() || error.message;
}
