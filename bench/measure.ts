import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../common/errors";
import { stopSignals, throwIfInterrupted } from "../common/script";
import { endAll, memoryOf, newTree } from "./processTree";

const sampleMilliseconds = 100;
/** So long may go on what a command leaves behind. */
const patienceMilliseconds = 10_000;

/** What a command took, with all the processes that it started. */
export interface Cost {
  /** From its start to its end, in milliseconds. */
  readonly wall: number;
  /** The CPU time, user and system, of all of them, in milliseconds. */
  readonly cpu: number;
  /** The most memory that they were seen to hold together, in bytes. */
  readonly memory: number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a command to its end; throws what it printed where it fails. */
export async function measure({
  file,
  args,
  cwd,
  env,
}: Command): Promise<Cost & { readonly stdout: string }> {
  throwIfInterrupted();
  const tree = newTree();
  const [shell = "", ...wrapper] = tree.wrapper;
  const started = performance.now();
  const child = spawn(shell, [...wrapper, file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) {
    tree.started(child.pid);
  }
  let memory = 0;
  const timer = setInterval(() => {
    memory = Math.max(memory, memoryOf(tree.pids()));
  }, sampleMilliseconds);
  // All that they have made is thrown away, so nobody has to end well.
  const interrupt = () => void endAll(tree.pids);
  for (const signal of stopSignals) {
    process.on(signal, interrupt);
  }
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  try {
    // Not until its output is closed: that may be held open by what it leaves behind.
    const code = await new Promise<number | null>((resolve, reject) =>
      child.on("error", reject).on("exit", resolve),
    );
    const wall = performance.now() - started;
    while (tree.pids().length > 0 && performance.now() - started < wall + patienceMilliseconds) {
      await sleep(sampleMilliseconds / 2);
    }
    const cpu = tree.cpu();
    throwIfInterrupted();
    if (code !== 0) {
      throw new UserError(`${file} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    }
    return { wall, cpu, memory, stdout };
  } finally {
    clearInterval(timer);
    await endAll(tree.pids);
    for (const signal of stopSignals) {
      process.off(signal, interrupt);
    }
    await tree.remove();
  }
}

/** How much of a known load is seen: one second of CPU time, used by a process that nobody waits for. */
export async function seenOfOneSecond(): Promise<number> {
  const burn = "while (process.cpuUsage().user + process.cpuUsage().system < 1e6);";
  const { cpu } = await measure({
    file: "sh",
    // Its parent stays long enough to be seen with it.
    args: ["-c", '"$0" -e "$1" >/dev/null 2>&1 & sleep 0.3', process.execPath, burn],
    cwd: __dirname,
    env: {},
  });
  return cpu / 1000;
}
