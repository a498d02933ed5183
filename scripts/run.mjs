// Runs `npm start`, `npm test` and the other scripts: on a fresh clone it installs the packages that package-lock.json pins, then
// runs the TypeScript script that it was given. Plain JavaScript without imports from node_modules, because it has to work before
// there are any. When the script has ended, for whatever reason, nothing that it started keeps running except the local AWS of
// `npm start`.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endLeftovers, environment } from "./leftovers.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...args] = process.argv.slice(2);

const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [needMajor, needMinor] = engines.node.match(/\d+/g).map(Number);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < needMajor || (major === needMajor && minor < needMinor)) {
  console.error(
    `This is Node ${process.versions.node}, and the project needs ${engines.node}. Install a newer Node.`,
  );
  process.exit(1);
}

/** The packages that a lock file names, without what npm adds to its own copy under node_modules. */
function lockedPackages(file) {
  try {
    const { packages } = JSON.parse(readFileSync(join(root, file), "utf8"));
    return Object.entries(packages)
      .filter(([path, locked]) => path !== "" && !locked.optional)
      .map(([path, locked]) => `${path}@${locked.version}`)
      .join("\n");
  } catch {
    return undefined;
  }
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
let running;
let stopping = false;
for (const signal of stopSignals) {
  process.on(signal, () => {
    stopping = true;
    // The others come to the whole process group. The script, not this process, decides when all is done.
    if (signal === "SIGTERM") {
      running?.kill(signal);
    }
  });
}
// npm hands a SIGTERM on to the shell between them, which ends without passing it on.
const { ppid } = process;
setInterval(() => {
  if (process.env.npm_lifecycle_event !== undefined && process.ppid !== ppid && !stopping) {
    stopping = true;
    running?.kill("SIGTERM");
  }
}, 500);

/** Runs a command to its end, and returns its exit code. */
function toItsEnd(command, args, stdio) {
  return new Promise((resolve) => {
    running = spawn(command, args, { cwd: root, stdio, env: environment });
    running.on("error", () => resolve(1));
    running.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

async function main() {
  if (lockedPackages("package-lock.json") !== lockedPackages("node_modules/.package-lock.json")) {
    // On stderr, because stdout may go to a file.
    console.error("Installing the npm packages that package-lock.json pins…");
    const code = await toItsEnd(
      "npm",
      // The lock file has each package's hash, so the registry needn't be asked about what npm has in its cache.
      ["ci", "--prefer-offline", "--no-audit", "--no-fund"],
      ["inherit", process.stderr, "inherit"],
    );
    if (stopping) {
      return 130;
    }
    if (code !== 0) {
      console.error(
        "npm ci failed (its message is above). Check the network and the npm registry, and run this again.",
      );
      return 1;
    }
  }
  return toItsEnd(process.execPath, ["--import", "tsx", join(root, script), ...args], "inherit");
}

main()
  .finally(endLeftovers)
  .then((code) => process.exit(code));
