// When the lifecycle deletes old versions, and how that is suspended. Pure.
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { UserError } from "../../common/errors";
import type { Version } from "./history";

const day = 24 * 60 * 60 * 1000;
/** At the end of the ID of a rule that is held, so that the next run knows what to restore. */
const mark = ".held-by-s3-backup-target-recover";
/** The longest ID of a rule that S3 takes. */
const longestId = 255;

/** Whether a rule deletes old versions. */
const erases = ({ Status, NoncurrentVersionExpiration }: LifecycleRule): boolean =>
  Status === "Enabled" && NoncurrentVersionExpiration?.NoncurrentDays !== undefined;

/** Whether a rule may be for a version. Its tags are not known here; a rule for objects with tags counts as one for it. */
function covers(rule: LifecycleRule, { key, size }: Version): boolean {
  const { Filter } = rule;
  const {
    Prefix = rule.Prefix ?? "",
    ObjectSizeGreaterThan = -1,
    ObjectSizeLessThan = Number.POSITIVE_INFINITY,
  } = Filter?.And ?? Filter ?? {};
  return key.startsWith(Prefix) && size > ObjectSizeGreaterThan && size < ObjectSizeLessThan;
}

/**
 * When the lifecycle may erase an old version at the earliest, in milliseconds since 1970; undefined: never. S3 counts from
 * when the version after it was made, and rounds up to the next midnight, UTC.
 */
export function erasedAt(
  rules: readonly LifecycleRule[],
  version: Version,
  successor: Pick<Version, "lastModified">,
): number | undefined {
  const times = rules
    .filter((rule) => erases(rule) && covers(rule, version))
    .map(({ NoncurrentVersionExpiration: expiration }) => {
      const days = expiration?.NoncurrentDays ?? 0;
      return Math.ceil((successor.lastModified + days * day) / day) * day;
    });
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The rules, with those that delete old versions suspended; undefined: there are none. */
export function held(rules: readonly LifecycleRule[]): LifecycleRule[] | undefined {
  return rules.some(erases)
    ? rules.map((rule) => (erases(rule) ? { ...rule, ID: markedId(rule), Status: "Disabled" } : rule))
    : undefined;
}

function markedId({ ID = "" }: LifecycleRule): string {
  if (ID.length + mark.length > longestId) {
    throw new UserError(
      `The lifecycle rule ${ID} cannot be suspended: its ID must be at most ${longestId - mark.length} characters, because --hold adds ${mark} to it. Suspend the rule by hand, and recover without --hold.`,
    );
  }
  return `${ID}${mark}`;
}

/** The rules as they were before they were {@link held}; undefined: none is. */
export function released(rules: readonly LifecycleRule[]): LifecycleRule[] | undefined {
  return rules.some(({ ID }) => ID?.endsWith(mark))
    ? rules.map((rule) =>
        rule.ID?.endsWith(mark) ? { ...rule, ID: rule.ID.slice(0, -mark.length), Status: "Enabled" } : rule,
      )
    : undefined;
}
