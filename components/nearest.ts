import { distance } from "fastest-levenshtein";

/** The name that somebody may have meant, if one is near enough for that. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(written.length / 4));
  const [best] = names
    .filter((name) => Math.abs(name.length - written.length) <= limit) // those further away need no look
    .map((name) => ({ name, away: distance(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away);
  return best !== undefined && best.away <= limit ? best.name : undefined;
}
