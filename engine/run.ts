import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../common/errors";
import { onStop } from "../common/script";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMinutes?: number;
  /** Called with each line of stderr. Returns true if it is progress, which errors leave out. */
  readonly onErrorLine?: (line: string) => boolean;
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a command to its end and returns what it wrote to stdout; throws the end of its stderr. A signal that stops this process
 * stops the command first.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, timeoutMinutes = Number.POSITIVE_INFINITY, onErrorLine, signal } = options;
  return new Promise((resolve, reject) => {
    // Its own process group, so that the compilers that `go` starts can be ended along with it.
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });

    let stoppedBy: NodeJS.Signals | undefined;
    const removeListener = onStop((signal) => {
      stoppedBy = signal;
      endGroup(child, "SIGTERM");
    });

    const abort = () => endGroup(child, "SIGTERM");
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) {
      abort();
    }

    let timedOut = false;
    const onTimeout = () => {
      timedOut = true;
      endGroup(child, "SIGKILL");
    };
    const timer = Number.isFinite(timeoutMinutes)
      ? setTimeout(onTimeout, timeoutMinutes * 60_000)
      : undefined;

    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const lastErrors: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (onErrorLine?.(line) === true) {
        return;
      }
      lastErrors.push(line);
      lastErrors.splice(0, lastErrors.length - 20);
    });

    const ended = () => {
      clearTimeout(timer);
      removeListener();
      signal?.removeEventListener("abort", abort);
    };
    child.on("error", (error) => {
      ended();
      reject(error);
    });
    child.on("close", (code) => {
      ended();
      if (stoppedBy) {
        process.kill(process.pid, stoppedBy);
      } else if (timedOut) {
        reject(new UserError(`${command} did not finish within ${timeoutMinutes} minutes`));
      } else if (code !== 0) {
        reject(new UserError(`${command} ${args[0]} failed:\n${lastErrors.join("\n") || output}`));
      } else {
        resolve(output);
      }
    });
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) {
      process.kill(-child.pid, signal);
    }
  } catch {
    // It has just ended.
  }
}
