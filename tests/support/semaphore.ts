import { AsyncLocalStorage } from "node:async_hooks";
import { constants } from "node:os";

/** A running engine takes about 300 MB in addition to what all of them share, and mostly waits. */
let free = 7;
const waiting: (() => void)[] = [];
const background = new AsyncLocalStorage<true>();

/** Does something alongside the tests that run now, which take precedence. */
export const inBackground = <T>(work: () => Promise<T>): Promise<T> => background.run(true, work);

/** For a process that this starts: in the background, it gets what the tests that run now leave. */
export const priority = (): { priority?: number } =>
  background.getStore() === undefined ? {} : { priority: constants.priority.PRIORITY_BELOW_NORMAL };

/** Does something for which an engine runs: in the background as soon as not too many of them do, else at once. */
export async function inSlot<T>(work: () => Promise<T>): Promise<T> {
  if (background.getStore() === undefined) {
    return work();
  }
  if (free > 0) {
    free--;
  } else {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) {
      next();
    } else {
      free++;
    }
  }
}
