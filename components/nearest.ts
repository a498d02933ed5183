import { distance } from "fastest-levenshtein";

/** The names that may have been meant, nearest first. */
export function nearestOf(written: string, names: readonly string[]): string[] {
  const limit = Math.max(2, Math.floor(written.length / 4));
  return names
    .filter((name) => Math.abs(name.length - written.length) <= limit) // the distance is at least the difference in length
    .map((name) => ({ name, away: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ away }) => away <= limit)
    .sort((a, b) => a.away - b.away)
    .map(({ name }) => name);
}

/** The name that may have been meant, if one is near enough. */
export const nearest = (written: string, names: readonly string[]): string | undefined =>
  nearestOf(written, names)[0];
