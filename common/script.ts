import { UserError } from "./errors";

/** What ends a script from outside: Ctrl-C, `kill`, a terminal that is closed. */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The mark by which scripts/leftovers.mjs finds what a run has started, and ends it, for an environment that is not a copy of this
 * process's.
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
 * Calls a listener at each such signal, which doesn't end this process on its own meanwhile. Node has one listener for all of
 * them, because it warns of more than ten.
 *
 * @returns what removes the listener
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

/** From here on, such a signal doesn't end this process on its own, because it has something to clean up. */
export function holdInterrupts(): void {
  onStop(() => {
    interrupted = true;
  });
}

/** Whether a Ctrl-C, or its like, has come. */
export const wasInterrupted = (): boolean => interrupted;

/** Between two steps: nothing new is begun after a Ctrl-C. */
export function throwIfInterrupted(): void {
  if (interrupted) {
    throw new UserError("Interrupted.");
  }
}

/**
 * Runs a script to its end, whatever that is: a problem that the user can fix is reported without a stack trace.
 *
 * @param next what a run after an interruption does
 */
export function runScript(main: () => Promise<void>, next = "The next run resumes from here."): void {
  main().catch((error: unknown) => {
    process.exitCode = interrupted ? 130 : 1;
    if (interrupted) {
      // Whatever failed then, failed because of it.
      console.error(`\nInterrupted. ${next}`);
    } else {
      console.error(error instanceof UserError ? `\n${error.message}` : error);
    }
  });
}
