// Ends whatever a run has left. The Pulumi CLI starts its language host and its plugins in their own process groups, which a
// Ctrl-C doesn't reach, and leaves them behind when it is killed; so neither a group nor a parent shows whose they are.
// What a run starts has a mark in its environment instead, and hands it on to what it starts itself.
// Plain JavaScript for run.mjs, which works before there are any packages.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** It holds a mark for each run that this one is in, the innermost last. common/script.ts knows it too. */
const variable = "S3_BACKUP_TARGET_RUNS";
const mark = `run-${process.pid}-${Date.now()}`;

/** For what this run starts. */
export const environment = {
  ...process.env,
  [variable]: [process.env[variable], mark].filter(Boolean).join(" "),
};

/** The marked processes that run now. */
function marked() {
  if (process.platform !== "linux") {
    const table = execFileSync("ps", ["-A", "-E", "-ww", "-o", "pid=,ppid=,command="], {
      encoding: "utf8",
      maxBuffer: 2 ** 27,
    });
    return [...table.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)]
      .filter(([, , , text]) => text.includes(mark))
      .map(([, pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
  }
  // Small images have no `ps`.
  return readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)) {
        return [];
      }
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return [{ pid: Number(pid), parent: Number(parent) }];
    } catch {
      return []; // it has ended in the meantime, or belongs to another user
    }
  });
}

function tell(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has already ended.
  }
}

/** How long they may take to end cleanly; then they get a second signal, at which the CLI records pending operations. */
const patience = 5_000;

/**
 * Ends the processes that this run has started and that are still running. The topmost ones get a signal like a Ctrl-C and end
 * their own children: a plugin that ended before its CLI would lose AWS's response. What is left after two signals is killed.
 */
export async function endLeftovers() {
  const started = Date.now();
  const told = new Set();
  let again = false;
  for (let left = marked(); left.length > 0; left = marked()) {
    const waited = Date.now() - started;
    if (waited > patience && !again) {
      again = true;
      told.clear();
    }
    for (const { pid, parent } of left) {
      if (waited > 2 * patience) {
        tell(pid, "SIGKILL");
      } else if (!told.has(pid) && !left.some((other) => other.pid === parent)) {
        told.add(pid);
        tell(pid, "SIGINT");
      }
    }
    await sleep(50);
  }
}
