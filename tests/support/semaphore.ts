import { AsyncLocalStorage } from "node:async_hooks";
import { constants } from "node:os";

/** A running engine takes about 300 MB in addition to what all of them share, and mostly waits. */
let free = 7;
const waiting: { readonly turn: number; readonly go: () => void }[] = [];
/** Which of them this is, in the order in which they were begun. */
const background = new AsyncLocalStorage<number>();
let begun = 0;

/** Does something alongside the tests that run now, which take precedence. */
export const inBackground = <T>(work: () => Promise<T>): Promise<T> => background.run(begun++, work);

/** For a process that this starts: in the background, it gets what the tests that run now leave. */
export const priority = (): { priority?: number } =>
  background.getStore() === undefined ? {} : { priority: constants.priority.PRIORITY_BELOW_NORMAL };

/**
 * Does something for which an engine runs: in the background as soon as not too many of them do, and what was begun first goes
 * first; else at once.
 */
export async function inSlot<T>(work: () => Promise<T>): Promise<T> {
  const turn = background.getStore();
  if (turn === undefined) {
    return work();
  }
  if (free > 0) {
    free--;
  } else {
    await new Promise<void>((go) => waiting.push({ turn, go }));
  }
  try {
    return await work();
  } finally {
    waiting.sort((a, b) => a.turn - b.turn);
    const next = waiting.shift();
    if (next) {
      next.go();
    } else {
      free++;
    }
  }
}
