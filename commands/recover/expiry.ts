// When the lifecycle deletes old versions, and how that is suspended. Pure.
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { UserError } from "../../common/errors";
import type { Version } from "./history";

const day = 24 * 60 * 60 * 1000;
/** Suffix of a suspended rule's ID, by which the next run knows what to restore. */
const mark = ".held-by-s3-backup-target-recover";
/** S3's maximum length of a rule's ID. */
const longestId = 255;

/** Whether a rule deletes old versions. */
const erases = ({ Status, NoncurrentVersionExpiration }: LifecycleRule): boolean =>
  Status === "Enabled" && NoncurrentVersionExpiration?.NoncurrentDays !== undefined;

/** Whether a rule may apply to a version. Its tags aren't known here, so a rule's tag filter counts as a match. */
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
 * The earliest time at which the lifecycle may erase an old version, in milliseconds since 1970; undefined: never. S3 counts from
 * the creation of the next version, and rounds up to the next midnight UTC.
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
