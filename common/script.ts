import { UserError } from "./errors";

/** The signals that stop a script: Ctrl-C, `kill`, a closed terminal. */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The mark by which scripts/leftovers.mjs finds and ends the processes that a run has started, for an environment that isn't a
 * copy of this process's.
 *
 * @param outlives for what continues when this run ends
 */
export function markOfRun({ outlives = false } = {}): Readonly<Record<string, string>> {
  const runs = (process.env.S3_BACKUP_TARGET_RUNS ?? "").split(" ");
  return { S3_BACKUP_TARGET_RUNS: (outlives ? runs.slice(0, -1) : runs).join(" ") };
}

type StopListener = (signal: NodeJS.Signals) => void;

const stopListeners = new Set<StopListener>();
const callStopListeners = (signal: NodeJS.Signals) => {
  for (const listener of stopListeners) {
    listener(signal);
  }
};

/**
 * Calls a listener at each such signal, which then doesn't end this process. Node gets one listener for all of them, because it
 * warns about more than ten.
 *
 * @returns a function that removes the listener
 */
export function onStop(listener: StopListener): () => void {
  if (stopListeners.size === 0) {
    for (const signal of stopSignals) {
      process.on(signal, callStopListeners);
    }
  }
  stopListeners.add(listener);
  return () => {
    stopListeners.delete(listener);
    if (stopListeners.size === 0) {
      for (const signal of stopSignals) {
        process.off(signal, callStopListeners);
      }
    }
  };
}

let interrupted = false;

/** From here on, such a signal doesn't end this process, because it has something to clean up. */
export function holdInterrupts(): void {
  onStop(() => {
    interrupted = true;
  });
}

/** Whether such a signal has arrived. */
export const wasInterrupted = (): boolean => interrupted;

/** Called between steps, so that nothing new starts after a Ctrl-C. */
export function throwIfInterrupted(): void {
  if (interrupted) {
    throw new UserError("Interrupted.");
  }
}

/**
 * Runs a script to its end: a problem that the user can fix is reported without a stack trace.
 *
 * @param next what the next run does after an interruption
 */
export function runScript(main: () => Promise<void>, next = "The next run resumes from here."): void {
  main().catch((error: unknown) => {
    process.exitCode = interrupted ? 130 : 1;
    if (interrupted) {
      // Any failure after an interruption is due to it.
      console.error(`\nInterrupted. ${next}`);
    } else {
      console.error(error instanceof UserError ? `\n${error.message}` : error);
    }
  });
}
