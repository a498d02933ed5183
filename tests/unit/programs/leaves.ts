// For leftovers.test.ts: leaves processes behind, where neither its process group nor its parent shows whose they are.
import { spawn } from "node:child_process";
import { markOfRun } from "../../../common/script";

function leave(env: NodeJS.ProcessEnv): number | undefined {
  // Node, because macOS does not show the environment of a program of its own.
  const args = ["-e", "setTimeout(() => {}, 60_000)"];
  const child = spawn(process.execPath, args, { detached: true, stdio: "ignore", env });
  child.unref();
  return child.pid;
}

const { PATH } = process.env;
const left = [
  leave(process.env),
  leave({ PATH, ...markOfRun() }),
  leave({ PATH, ...markOfRun({ outlives: true }) }),
];
process.stdout.write(JSON.stringify(left));
if (process.argv.includes("killed")) {
  process.kill(process.pid, "SIGKILL");
}
