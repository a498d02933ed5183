import { wholeFamilies } from "./ipRanges";
import { foldersOf } from "./policy";
import { type AccessName, type AccessProfile, defaultAccess, profiles, setsRetention } from "./profiles";
import { undoing } from "./undoes";

// What is valid but deserves a warning, from an update and from `npm run policy`.

/** A consumer, as far as it is known before the update. */
export interface KnownConsumer {
  readonly access?: AccessName | undefined;
  readonly prefix?: string | undefined;
  readonly furtherPrefixes?: readonly string[] | undefined;
  readonly allowedIpRanges?: readonly string[] | undefined;
  readonly extraActions?: readonly string[] | undefined;
}

/** Each extra action that undoes a protection. */
export function warnOfActions(
  name: string,
  { access = defaultAccess, extraActions = [] }: KnownConsumer,
): string[] {
  const profile: AccessProfile = profiles[access];
  const has = [...(profile.account ?? []), ...profile.list, ...profile.bucket, ...profile.object];
  return [...new Set(extraActions)]
    .filter((action) => !has.includes(action))
    .flatMap((action) => {
      const can = undoing(action, access);
      return can === undefined
        ? []
        : [`extraActions of ${name}: with ${action}, anyone who has the key ${can}. Remove it if you can.`];
    });
}

/** Ranges that don't limit anything. */
export function warnOfRanges(name: string, allowedIpRanges: readonly string[]): string[] {
  const families = wholeFamilies(allowedIpRanges);
  return families.length === 0
    ? []
    : [
        `allowedIpRanges of ${name}: together the ranges are the whole internet (${families.join(" and ")}), so they limit nothing. Remove the setting, or use narrower ranges.`,
      ];
}

/** Object Lock without a default retention, where no consumer can set a retention either. */
export const warnOfUnusedLock = (
  consumers: readonly Pick<KnownConsumer, "access" | "extraActions">[],
): string | undefined =>
  consumers.some(
    ({ access = defaultAccess, extraActions = [] }) =>
      setsRetention(profiles[access]) || extraActions.includes("s3:PutObjectRetention"),
  )
    ? undefined
    : "objectLock: nothing is locked, because there is no default retention and no access profile in use sets the retention of each object. Set its mode and days, or grant the tool extraActions s3:PutObjectRetention.";

/** What a consumer can do to other consumers' objects in its folder. */
function verbs({ access = defaultAccess, extraActions = [] }: KnownConsumer): string[] {
  const can = [...profiles[access].object, ...extraActions];
  return [
    ...(can.includes("s3:GetObject") ? ["read"] : []),
    ...(can.includes("s3:PutObject") ? ["overwrite"] : []),
    ...(can.includes("s3:DeleteObject") ? ["delete"] : []),
  ];
}

const list = (words: readonly string[]) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
const placeOf = (consumer: KnownConsumer) => list(foldersOf(consumer)) || "the whole bucket";
/** Whether one consumer's folders contain, or equal, a folder of the other. */
const holds = (one: KnownConsumer, other: KnownConsumer): boolean => {
  const [outer, inner] = [one, other].map(foldersOf);
  return outer?.length === 0 || inner?.some((folder) => outer?.some((of) => folder.startsWith(of))) === true;
};

/** Each consumer whose folder contains those of others. */
export function warnOfOverlaps(consumers: Readonly<Record<string, KnownConsumer>>): string[] {
  const all = Object.entries(consumers);
  return all.flatMap(([name, consumer]) => {
    const can = verbs(consumer);
    const within = all.filter(([other, one]) => other !== name && holds(consumer, one));
    return can.length === 0 || within.length === 0
      ? []
      : [
          `${name} (${placeOf(consumer)}) can ${list(can)} the backups of ${list(within.map(([other, one]) => `${other} (${placeOf(one)})`))}. Unless you want that, for example for restores, give each its own prefix.`,
        ];
  });
}
