import { type ChildProcess, spawn } from "node:child_process";
import { setPriority } from "node:os";
import { delimiter, dirname } from "node:path";
import { root } from "../../common/paths";
import { stopSignals } from "../../common/script";
import type { Engine } from "../../engine";
import { partsIn } from "../../engine/layout";

/** So long an interrupted CLI may take to end well. Most calls to AWS take less than one, a new lifecycle takes 55. */
const patienceSeconds = 5;
/** So long an import may: it takes about four seconds, and only reads. */
const shelteredSeconds = 60;

/** How a command ended, and what it printed where it was not shown. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PulumiOptions {
  readonly engine: Engine;
  /** What the engine's own environment leaves open: where the state is, and its passphrase. Undefined unsets a variable. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the program. */
  readonly cwd?: string;
  /** Whether it prints to the terminal, all of it or on stderr only, and not into what is returned. */
  readonly show?: boolean | "stderr";
  /**
   * Whether an interruption waits for its end: a `pulumi import` that is interrupted while it starts panics, and goes on
   * holding the stack.
   */
  readonly sheltered?: boolean;
  /** What it reads from its standard input. */
  readonly input?: string;
  /** For what may wait while others work: a priority as `os.setPriority` takes it. */
  readonly priority?: number;
  /** Gets all that it has printed so far, each time that this is more, and the process. */
  readonly onOutput?: (printed: string, child: ChildProcess) => void;
}

/**
 * Runs the Pulumi CLI. It is not run through `npx`, which ends at once on Ctrl-C and leaves the CLI behind; the CLI itself
 * gets the Ctrl-C from the terminal, begins nothing more and ends when what it has begun at AWS is done and written down.
 * When that takes too long, it is told a second time: it then notes what was under way, for the next refresh, and ends.
 */
export function pulumi(args: readonly string[], options: PulumiOptions): Promise<Finished> {
  const { engine, env, cwd = root, show = false, sheltered = false, input, onOutput } = options;
  const { cli } = partsIn(engine.env.PULUMI_HOME ?? "");
  const path = `${dirname(cli)}${delimiter}${process.env.PATH}`;
  return new Promise((resolve, reject) => {
    const child = spawn(cli, args, {
      cwd,
      env: { ...process.env, ...engine.env, ...env, PATH: path },
      // Never the keyboard, because Pulumi would take the Ctrl-C from it as a key, and nobody else would hear of it.
      stdio: [
        input === undefined ? "ignore" : "pipe",
        show === "stderr" ? 2 : show ? "inherit" : "pipe",
        show ? "inherit" : "pipe",
      ],
      // In a process group of its own, where the terminal's Ctrl-C does not get.
      detached: sheltered,
    });
    child.stdin?.end(input);
    const interrupt = (signal: NodeJS.Signals) => {
      if (signal !== "SIGINT" && !sheltered) {
        child.kill("SIGINT");
      }
      const seconds = sheltered ? shelteredSeconds : patienceSeconds;
      setTimeout(() => child.kill("SIGINT"), seconds * 1000).unref();
    };
    for (const signal of stopSignals) {
      process.on(signal, interrupt);
    }
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
    child.on("error", reject);
    child.on("close", (code) => {
      for (const signal of stopSignals) {
        process.off(signal, interrupt);
      }
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}
