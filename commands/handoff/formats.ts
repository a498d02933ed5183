import { type HandoffFormatName, handoffFormats } from "../../components/handoff";
import { nearest } from "../../components/nearest";
import { UsageError } from "../cli/command";

const formats = Object.keys(handoffFormats) as HandoffFormatName[];
const width = Math.max(...formats.map(({ length }) => length));

/** One line for each format. */
export const formatList = Object.entries(handoffFormats)
  .map(([name, { title }]) => `  ${name.padEnd(width)}  ${title}`)
  .join("\n");

/**
 * The requested format; undefined: JSON.
 *
 * @throws a `UsageError` if it is unknown or ambiguous
 */
export function formatIn(word: string | undefined, json: boolean): HandoffFormatName | undefined {
  if (json) {
    if (word !== undefined) {
      throw new UsageError(`Only one format at a time: ${word}, --json.`);
    }
    return undefined;
  }
  const format = formats.find((name) => name === word);
  if (format === undefined) {
    const near = word === undefined ? undefined : nearest(word, formats);
    const wrong =
      word === undefined
        ? "In which format?"
        : `There is no format ${word}${near === undefined ? "" : ` (did you mean ${near}?)`}.`;
    throw new UsageError(`${wrong} The formats are\n${formatList}\nand --json.`);
  }
  return format;
}
