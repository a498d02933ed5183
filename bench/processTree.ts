import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endByForce, processes } from "../tests/support/processes";
import { folder } from "./folder";

/** All the processes that one command starts, those included whose parent has ended and that nobody waits for. */
export interface ProcessTree {
  /** What runs the command that follows it, so that it belongs to the tree. */
  readonly wrapper: readonly string[];
  /** To be told as soon as the wrapper runs. */
  readonly started: (pid: number) => void;
  /** Those that run now. */
  readonly pids: () => readonly number[];
  /** The user and system time that all of them have used, in milliseconds, once the command has ended. */
  readonly cpu: () => number;
  /** For when none of them is left. */
  readonly remove: () => Promise<void>;
}

/** By a control group of its own where this user may make one, else by looking again and again who is whose child. */
export const newTree = (): ProcessTree => treeByGroup() ?? treeByParents();

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // the process has ended in the meantime, or this is no Linux
  }
};

const groupName = /^s3-backup-target-bench-(\d+)-\d+$/;
let made = 0;

/** The control group (version 2) that this process is in. */
function ownGroup(): string | undefined {
  const [, mount] = /^\S+ (\S+) cgroup2 /m.exec(read("/proc/self/mounts")) ?? [];
  const [, path] = /^0::(.*)$/m.exec(read("/proc/self/cgroup")) ?? [];
  return mount === undefined || path === undefined ? undefined : join(mount, path);
}

const pidsIn = (group: string) => read(join(group, "cgroup.procs")).split("\n").filter(Boolean).map(Number);

function treeByGroup(): ProcessTree | undefined {
  const own = ownGroup();
  if (own === undefined) {
    return undefined;
  }
  const group = join(own, `s3-backup-target-bench-${process.pid}-${made++}`);
  try {
    mkdirSync(group);
  } catch {
    return undefined; // it takes more rights than this user has
  }
  return {
    wrapper: ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group],
    started: () => {},
    pids: () => pidsIn(group),
    cpu: () => {
      const [, microseconds] = /^usage_usec (\d+)$/m.exec(read(join(group, "cpu.stat"))) ?? [];
      return Number(microseconds) / 1000;
    },
    remove: () => removeGroup(group),
  };
}

/** The kernel refuses that for a moment after the last process in it has ended. */
async function removeGroup(group: string): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      if (left === 0) {
        throw error;
      }
      await sleep(50);
    }
  }
}

/** Ends what a run that was itself ended by force has left in its control groups. */
export async function removeOldGroups(): Promise<void> {
  const own = ownGroup();
  if (own === undefined) {
    return;
  }
  const running = processes().map(({ pid }) => pid);
  for (const name of readdirSync(own)) {
    const [, pid] = groupName.exec(name) ?? [];
    if (pid !== undefined && !running.includes(Number(pid))) {
      const group = join(own, name);
      await endAll(() => pidsIn(group));
      await removeGroup(group);
    }
  }
}

/** Ends processes by force, and waits until they are gone. */
export async function endAll(pids: () => readonly number[]): Promise<void> {
  while (pids().length > 0) {
    endByForce(pids());
    await sleep(20);
  }
}

/** The user and system time of a process and the children that it has waited for, in milliseconds. */
function cpuOf(pid: number): number {
  // The command's name, in brackets, may hold anything; what follows it are numbers, the times in hundredths of a second.
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
  return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks * 10, 0);
}

/**
 * The shell counts what it has waited for, and what that has waited for. Those that nobody waits for are looked at while
 * they run: what they use after the last look is not seen, and on macOS they are not seen at all.
 */
function treeByParents(): ProcessTree {
  const times = join(folder, `times-${made++}`);
  const known = new Set<number>();
  const orphans = new Map<number, number>();
  return {
    wrapper: ["sh", "-c", '"$@"; code=$?; times > "$0"; exit $code', times],
    started: (pid) => known.add(pid),
    pids: () => {
      const all = processes();
      let before: number;
      do {
        before = known.size;
        for (const { pid, parent } of all) {
          if (known.has(parent)) {
            known.add(pid);
          }
        }
      } while (known.size > before);
      // One that has ended, and whose end nobody has taken note of, has no command any more.
      const alive = all.filter(({ pid, command }) => known.has(pid) && command !== "");
      for (const { pid, parent } of alive) {
        if (!known.has(parent) && parent !== process.pid) {
          orphans.set(pid, cpuOf(pid));
        }
      }
      return alive.map(({ pid }) => pid);
    },
    cpu: () => {
      const [, ofChildren = ""] = read(times).split("\n");
      const waitedFor = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(
        ([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000,
      );
      return [...waitedFor, ...orphans.values()].reduce((sum, time) => sum + time, 0);
    },
    remove: async () => rmSync(times, { force: true }),
  };
}

/** The memory that these processes hold, in bytes; a page that two of them share counts twice. */
export function memoryOf(pids: readonly number[]): number {
  const kilobytes =
    process.platform === "linux"
      ? pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0))
      : residentSizes(pids);
  return kilobytes.reduce((sum, size) => sum + size, 0) * 1024;
}

function residentSizes(pids: readonly number[]): number[] {
  try {
    const printed = execFileSync("ps", ["-o", "rss=", "-p", pids.join(",")], { encoding: "utf8" });
    return printed.split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // all of them have ended
  }
}
