import { median } from "./statistics";

/** A table in Markdown; numbers stand on the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = (text = "") => /^[\d.,]|^[−–]$/.test(text);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, column) => (rows.every((row) => isNumber(row[column])) ? "--:" : "---"))),
    ...rows.map(line),
  ].join("\n");
}

/** Where nothing was measured. */
export const nothing = "–";

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

/** The median, and the values that it is between. */
export function spread(values: readonly number[], unit: (value: number) => string): string {
  if (values.length === 0) {
    return nothing;
  }
  if (values.length === 1) {
    return unit(median(values));
  }
  return `${unit(median(values))} (${unit(Math.min(...values))} to ${unit(Math.max(...values))})`;
}
