const dayMs = 24 * 60 * 60 * 1000;

/** Whole days since then. */
export const ageInDays = (since: Date, now = new Date()): number =>
  Math.floor((now.getTime() - since.getTime()) / dayMs);

/**
 * The warning of an update and of the commands about a key that is too old.
 *
 * @param rotate the command that replaces it; undefined: the consumer has a role, which replaces the key
 */
export function describeOldKey(
  consumer: string,
  accessKeyId: string,
  days: number,
  maxKeyAgeDays: number,
  rotate: string | undefined,
): string {
  const next =
    rotate === undefined
      ? "once its service uses the role, set previousKey to inactive, and then to none."
      : `to replace it: ${rotate}`;
  return `The access key ${accessKeyId} of ${consumer} is ${days} days old, and maxKeyAgeDays is ${maxKeyAgeDays}. It keeps working; ${next}`;
}
