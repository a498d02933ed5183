// What a consumer is expected to write, and how often. `up` registers it and nothing more; the command `status` compares it with the bucket.
import { type Check, checkAfter } from "./check";
import { readString } from "./reading";

const hour = 60 * 60 * 1000;
const durationUnits: Readonly<Record<string, number>> = { h: hour, d: 24 * hour };
/** In milliseconds: 10 years. */
const longest = 3650 * 24 * hour;

/** The bytes in a unit: 1,000 of the unit before, or 1,024 with an i. */
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  ...Object.fromEntries(
    ["k", "M", "G", "T"].flatMap((letter, index) => [
      [`${letter}B`, 1000 ** (index + 1)],
      [`${letter.toUpperCase()}iB`, 1024 ** (index + 1)],
    ]),
  ),
};
/** In bytes; beyond this, a sum of sizes would not be exact. */
const largest = 1024 ** 5;

/** A whole number times its unit; undefined: the text is something else. */
function multiple(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits = "", unit = ""] = /^([1-9]\d{0,15})([A-Za-z]+)$/.exec(text) ?? [];
  const one = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return one === undefined ? undefined : Number(digits) * one;
}

/** In milliseconds; undefined: it is no duration that {@link checkDuration} takes. */
export const durationOf = (text: string): number | undefined => multiple(text, durationUnits);

/** In bytes; undefined: it is no size that {@link checkSize} takes. */
export const bytesOf = (text: string): number | undefined => multiple(text, sizeUnits);

/** A number and its unit, with a space between them, in another case, or as a word. */
function readMultiple(value: unknown, unitOf: (unit: string) => string | undefined): unknown {
  const text = readString(value);
  const [, digits = "", unit = ""] =
    typeof text === "string" ? (/^\+?0*(\d+) *([A-Za-z]+)$/.exec(text) ?? []) : [];
  const meant = unitOf(unit.toLowerCase());
  return meant === undefined ? text : `${digits}${meant}`;
}

/** The maximum time from one backup to the next. Minutes are refused, because `m` could be months too. */
export const checkDuration: Check = checkAfter(
  (value) =>
    readMultiple(value, (unit) =>
      /^(h|hrs?|hours?)$/.test(unit) ? "h" : /^(d|days?)$/.test(unit) ? "d" : undefined,
    ),
  (value) => {
    const duration = typeof value === "string" ? durationOf(value) : undefined;
    return duration !== undefined && duration <= longest
      ? []
      : [
          {
            rule: "must be a whole number of hours (h) or days (d), with its unit, from 1h to 3650d",
            fix: 'for example "24h"',
          },
        ];
  },
);

/** The minimum size of a backup. A unit without a B is refused: some tools count `M` in thousands, and some in 1024s. */
export const checkSize: Check = checkAfter(
  (value) =>
    readMultiple(value, (unit) => Object.keys(sizeUnits).find((known) => known.toLowerCase() === unit)),
  (value) => {
    const bytes = typeof value === "string" ? bytesOf(value) : undefined;
    return bytes !== undefined && bytes <= largest
      ? []
      : [
          {
            rule: `must be a whole number with a unit, one of ${Object.keys(sizeUnits).join(", ")}, from 1B to 1024TiB`,
            fix: 'for example "100MB"',
          },
        ];
  },
);
