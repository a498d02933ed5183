/** A table in Markdown; numbers stand on the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = (text = "") => /^[−–-]?[\d.,]/.test(text);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, column) => (rows.every((row) => isNumber(row[column])) ? "--:" : "---"))),
    ...rows.map(line),
  ].join("\n");
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
