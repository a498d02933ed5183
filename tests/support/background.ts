import { inBackground } from "./semaphore";

const waiting: (() => Promise<unknown>)[] = [];

/**
 * A scenario that takes long and mostly waits: all of them run alongside the other tests, a few at a time. It does things
 * and returns what it saw; a test asks for that, and waits for its end.
 */
export function backgroundTask<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  const begin = () => {
    result ??= inBackground(work);
    return result;
  };
  waiting.push(begin);
  return begin;
}

/** Begins with all of them; how many engines run at once, semaphore.ts says. */
export function startBackgroundTasks(): void {
  for (const begin of waiting.splice(0)) {
    begin().catch(() => {}); // the one that awaits the task gets the error
  }
}
