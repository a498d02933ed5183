import { elapsed } from "../engine/progress";

/** Says after each step of a part what it was, how long the part has taken and about how long it still takes. */
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
