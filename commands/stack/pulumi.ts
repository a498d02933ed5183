import { type ChildProcess, spawn } from "node:child_process";
import { setPriority } from "node:os";
import { onStop } from "../../common/script";
import { findCli } from "./cli";
import type { Environment } from "./environment";

/** Seconds that an interrupted CLI may take to end cleanly. Most calls to AWS take less than one; a new lifecycle takes 55. */
const patienceSeconds = 5;
/** How long an import may take: it takes about four seconds, and only reads. */
const shelteredSeconds = 60;

/** A command's exit, and its output if that wasn't shown. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PulumiOptions {
  /** The differences from this process's environment. */
  readonly env: Environment;
  /** The project's folder. */
  readonly cwd: string;
  /** Whether its output, or only its stderr, goes to the terminal instead of the result. */
  readonly show?: boolean | "stderr";
  /**
   * Whether an interruption waits for its end: a `pulumi import` that is interrupted while it starts panics, and keeps
   * holding the stack.
   */
  readonly sheltered?: boolean;
  /** Its standard input. */
  readonly input?: string;
  /** A priority for `os.setPriority`, for commands that can wait. */
  readonly priority?: number;
  /** Called after each new output, with all output so far and the process. */
  readonly onOutput?: (printed: string, child: ChildProcess) => void;
}

/**
 * Runs the Pulumi CLI, as its user has it ({@link findCli}). It is run directly instead of through `npx`, so that it gets the
 * terminal's Ctrl-C, starts nothing more, and ends when pending operations in AWS are complete and recorded. If that takes too
 * long, a second interrupt makes it record the pending operations, for the next refresh, and end.
 */
export async function pulumi(args: readonly string[], options: PulumiOptions): Promise<Finished> {
  const { cwd, show = false, sheltered = false, input, onOutput } = options;
  const env = { ...process.env, ...options.env };
  const { file, path } = await findCli(cwd, env);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true", PATH: path },
      // Never the keyboard, because Pulumi would read the Ctrl-C from it as a key, and no other process would get it.
      stdio: [
        input === undefined ? "ignore" : "pipe",
        show === "stderr" ? 2 : show ? "inherit" : "pipe",
        show ? "inherit" : "pipe",
      ],
      // In its own process group, which the terminal's Ctrl-C doesn't reach.
      detached: sheltered,
    });
    child.stdin?.end(input);
    const removeListener = onStop((signal) => {
      if (signal !== "SIGINT" && !sheltered) {
        child.kill("SIGINT");
      }
      const seconds = sheltered ? shelteredSeconds : patienceSeconds;
      setTimeout(() => child.kill("SIGINT"), seconds * 1000).unref();
    });
    if (options.priority !== undefined && child.pid !== undefined) {
      setPriority(child.pid, options.priority);
    }
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onOutput?.(stdout, child);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      removeListener();
      reject(error);
    });
    child.on("close", (code) => {
      removeListener();
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}
