// What a bucket held at a point in time, and what restores that. Pure.

/** A version of an object, or a delete marker, as ListObjectVersions gives it. */
export interface Version {
  readonly key: string;
  /** `null` where it was written while the bucket kept no versions. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  /** In milliseconds since 1970. S3 keeps it to the second. */
  readonly lastModified: number;
  /** In bytes; 0 for a delete marker. */
  readonly size: number;
  /** Such as STANDARD or GLACIER; empty for a delete marker. */
  readonly storageClass: string;
  /** Whether a readable copy has been restored from the archive. */
  readonly isThawed?: boolean;
}

/** What earlier recoveries of a bucket did that its versions do not show. */
export interface EarlierRecoveries {
  /**
   * When a version was under delete markers that a recovery has removed, and that S3 no longer knows.
   *
   * @param version its {@link identity}
   */
  hidden(version: string): readonly Hidden[];
  /** The version that a recovery copied to create this one; undefined: it isn't a copy. */
  sourceOf(version: string): string | undefined;
}

/** From when to when a version was hidden, in milliseconds since 1970. */
export interface Hidden {
  readonly since: number;
  /** The earliest time at which the markers may have been removed. */
  readonly until: number;
}

/** What a recovery does with an object. `version` is the one at the point in time or, if there was none, the current one. */
export type Action =
  | { readonly kind: "nothing" }
  /** The object is unchanged under delete markers, newest first. */
  | {
      readonly kind: "remove markers";
      readonly markers: readonly Version[];
      readonly version: Version;
      readonly successor: Version;
    }
  /** A later version is on top. */
  | { readonly kind: "copy" | "archived"; readonly version: Version; readonly successor: Version }
  /** It didn't exist. */
  | { readonly kind: "hide" | "created since"; readonly version: Version };

/** The storage classes whose objects need RestoreObject before they can be copied. */
const archiveClasses: readonly string[] = ["GLACIER", "DEEP_ARCHIVE"];

/** Identifies a version in its bucket: `null` names a different version after each unversioned write. */
export const identity = ({ key, versionId, lastModified }: Version): string =>
  versionId === "null" ? `null ${lastModified} ${key}` : versionId;

/** The original version in a chain of recoveries' copies. */
function original(version: Version, { sourceOf }: EarlierRecoveries): string {
  let found = identity(version);
  for (let source = sourceOf(found); source !== undefined; source = sourceOf(source)) {
    found = source;
  }
  return found;
}

/**
 * What restores an object to a point in time.
 *
 * @param versions all versions of one key, newest first
 * @param to in milliseconds since 1970; changes in the same second count as before it, because S3's times are in whole seconds
 * @param exact whether objects that didn't exist then are hidden
 */
export function actionFor(
  versions: readonly Version[],
  to: number,
  { exact, earlier }: { readonly exact: boolean; readonly earlier: EarlierRecoveries },
): Action {
  const [top] = versions;
  if (top === undefined) {
    return { kind: "nothing" };
  }
  const at = versions.findIndex(({ lastModified }) => secondOf(lastModified) <= secondOf(to));
  const version = versions[at];
  const wasThere =
    version !== undefined &&
    !version.isDeleteMarker &&
    !earlier
      .hidden(identity(version))
      .some(({ since, until }) => secondOf(since) <= secondOf(to) && secondOf(to) < secondOf(until));
  if (!wasThere) {
    return top.isDeleteMarker
      ? { kind: "nothing" }
      : { kind: exact ? "hide" : "created since", version: top };
  }
  const above = versions.slice(0, at);
  const successor = above.at(-1);
  if (successor === undefined) {
    return { kind: "nothing" };
  }
  if (above.every(({ isDeleteMarker }) => isDeleteMarker)) {
    return { kind: "remove markers", markers: above, version, successor };
  }
  if (!top.isDeleteMarker && original(top, earlier) === original(version, earlier)) {
    return { kind: "nothing" };
  }
  const archived = archiveClasses.includes(version.storageClass) && version.isThawed !== true;
  return { kind: archived ? "archived" : "copy", version, successor };
}

/** Whole seconds since 1970. */
export const secondOf = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Groups a listing by key; in its pages, a key's versions are adjacent, newest first. */
export async function* byKey(pages: AsyncIterable<readonly Version[]>): AsyncGenerator<readonly Version[]> {
  let versions: Version[] = [];
  for await (const page of pages) {
    for (const version of page) {
      if (versions[0] !== undefined && versions[0].key !== version.key) {
        yield versions;
        versions = [];
      }
      versions.push(version);
    }
  }
  if (versions.length > 0) {
    yield versions;
  }
}
