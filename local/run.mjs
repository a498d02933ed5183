// What `npm start`, `npm test` and their like go through: on a fresh clone it installs the packages that
// package-lock.json pins, then runs the TypeScript script that it was given. Plain JavaScript without imports from
// node_modules, because it has to work before there are any.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

if (lockedPackages("package-lock.json") !== lockedPackages("node_modules/.package-lock.json")) {
  // On stderr, because stdout may be somebody's file.
  console.error("Installing the npm packages that package-lock.json pins…");
  const install = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["inherit", process.stderr, "inherit"],
  });
  if (install.status !== 0) {
    console.error(
      "npm ci failed (its message is above). Check the network and the npm registry, and run this again.",
    );
    process.exit(1);
  }
}

const run = spawn(process.execPath, ["--import", "tsx", join(root, script), ...args], {
  cwd: root,
  stdio: "inherit",
});
// On Ctrl-C, or when the terminal is closed, the script gets its own signal, and it, not this process, decides when all is done.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("SIGTERM", () => run.kill("SIGTERM"));
run.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
