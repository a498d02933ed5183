import { elapsed } from "../engine/progress";

/** Reports after each step of a part what it was, the time elapsed, and the estimated time left. */
export function progress(part: string, steps: number): (line: string) => void {
  const started = Date.now();
  let done = 0;
  return (line) => {
    done++;
    const left = ((Date.now() - started) / done) * (steps - done);
    console.log(
      `${part}, ${elapsed(started)}, about ${elapsed(Date.now() - left)} to go, step ${done} of ${steps}: ${line}`,
    );
  };
}
