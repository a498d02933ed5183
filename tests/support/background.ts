import { inBackground } from "./semaphore";

const untold: (() => Promise<unknown>)[] = [];

/**
 * A scenario that takes long and mostly waits: all of them run beside the other tests, a few at a time. It does things
 * and returns what it saw; a test asks for that, waits for its end, and judges.
 */
export function story<T>(tell: () => Promise<T>): () => Promise<T> {
  let told: Promise<T> | undefined;
  const begin = () => {
    told ??= inBackground(tell);
    return told;
  };
  untold.push(begin);
  return begin;
}

/** Begins with all of them; how many engines run at once, slots.ts says. */
export function startStories(): void {
  for (const begin of untold.splice(0)) {
    begin().catch(() => {}); // whoever asks for the story gets the error
  }
}
