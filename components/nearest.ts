import { distance } from "fastest-levenshtein";

/** The name that somebody may have meant, if one is near enough for that. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const from = (name: string) => distance(written.toLowerCase(), name.toLowerCase());
  const best = [...names].sort((a, b) => from(a) - from(b))[0];
  return best !== undefined && from(best) <= Math.max(2, Math.floor(written.length / 4)) ? best : undefined;
}
