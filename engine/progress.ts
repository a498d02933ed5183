export type Log = (line: string) => void;

/** Shows `text()` and the time while the work runs: rewritten in place on a terminal, otherwise as a line now and then. */
export async function withProgress<T>(log: Log, text: () => string, work: Promise<T>): Promise<T> {
  const { stdout } = process;
  const started = Date.now();
  const show = () => {
    const line = `${text()}, ${elapsed(started)}`;
    if (stdout.isTTY) {
      stdout.write(`\r\x1b[K${line.slice(0, stdout.columns - 1)}`);
    } else {
      log(line);
    }
  };
  const timer = setInterval(show, stdout.isTTY ? 500 : 15_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (stdout.isTTY) {
      stdout.write("\r\x1b[K");
    }
  }
}

export function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
