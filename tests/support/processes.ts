import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { PulumiOptions } from "../../commands/stack/pulumi";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes of this machine. */
export function processes(): Process[] {
  if (process.platform !== "linux") {
    const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,command="], { encoding: "utf8" });
    return [...table.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].map(([, pid, parent, command = ""]) => ({
      pid: Number(pid),
      parent: Number(parent),
      command,
    }));
  }
  // Small images have no `ps`.
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        return []; // it has ended in the meantime
      }
    });
}

/** The environment that a process was started with, where that can be read. */
export function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").replaceAll("\0", "\n");
  } catch {
    return ""; // it has ended, or this is no Linux
  }
}

/** A process and all that it has started, and what these have started. */
export function family(pid: number, all = processes()): number[] {
  const children = all.filter(({ parent }) => parent === pid);
  return [pid, ...children.flatMap((child) => family(child.pid, all))];
}

/** As a reboot does. */
export function endByForce(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** Acts on the process when it has printed that, and not a second time. */
export function once(
  printedThat: RegExp,
  act: (pid: number) => void,
): NonNullable<PulumiOptions["onOutput"]> {
  let acted = false;
  return (printed, { pid }) => {
    if (!acted && pid !== undefined && printedThat.test(printed)) {
      acted = true;
      act(pid);
    }
  };
}
