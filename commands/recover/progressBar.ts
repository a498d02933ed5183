const width = 30;

/** Draws the progress, at most ten times a second, on a terminal. */
export function progressBar(total: number, stream: NodeJS.WriteStream = process.stderr) {
  const begun = Date.now();
  let drawn = 0;
  return {
    show(done: number): void {
      const now = Date.now();
      if (!stream.isTTY || (now - drawn < 100 && done < total)) {
        return;
      }
      drawn = now;
      const share = Math.min(1, done / total);
      const rate = done / Math.max(0.001, (now - begun) / 1000);
      const bar = "#".repeat(Math.floor(share * width)).padEnd(width, "-");
      const left = rate > 0 ? Math.ceil(Math.max(0, total - done) / rate) : 0;
      stream.write(
        `\r[${bar}] ${Math.floor(share * 100)}%  ${done} of ${total} objects, ${Math.round(rate)}/s, ${left} s left \x1b[K`,
      );
    },
    end(): void {
      if (stream.isTTY) {
        stream.write("\r\x1b[K");
      }
    },
  };
}
