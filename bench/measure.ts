import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { text } from "node:stream/consumers";
import { UserError } from "../common/errors";
import { onStop, throwIfInterrupted } from "../common/script";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a command printed, and how long it took from its start to its end, in milliseconds. */
export interface Measured {
  readonly wall: number;
  readonly stdout: string;
}

/** Runs a command to its end; throws its output if it fails. */
export async function measure({ file, args, cwd, env }: Command): Promise<Measured> {
  throwIfInterrupted();
  const started = performance.now();
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const removeListener = onStop(() => child.kill());
  try {
    const [{ code, wall }, stdout, stderr] = await Promise.all([
      // Processes that it leaves behind may hold its output open for longer.
      new Promise<{ code: number | null; wall: number }>((resolve, reject) =>
        child.on("error", reject).on("exit", (code) => resolve({ code, wall: performance.now() - started })),
      ),
      text(child.stdout),
      text(child.stderr),
    ]);
    throwIfInterrupted();
    if (code !== 0) {
      throw new UserError(`${file} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    }
    return { wall, stdout };
  } finally {
    removeListener();
  }
}
