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
  /** Whether a copy of it that is out of the archive is there to be read. */
  readonly isThawed?: boolean;
}

/** What earlier recoveries of a bucket did that its versions do not show. */
export interface EarlierRecoveries {
  /**
   * When a version lay under delete markers that a recovery has removed; S3 does not know them any more.
   *
   * @param version its {@link identity}
   */
  hidden(version: string): readonly Hidden[];
  /** Of which version this one is a copy, made by a recovery; undefined: of none. */
  sourceOf(version: string): string | undefined;
}

/** From when to when a version was hidden, in milliseconds since 1970. */
export interface Hidden {
  readonly since: number;
  /** When the markers were removed; that may have been later still, but not before. */
  readonly until: number;
}

/** What a recovery does with an object: with `version`, which is that of then, or that of now where there was none then. */
export type Action =
  | { readonly kind: "nothing" }
  /** The object is there as it was, under delete markers, newest first. */
  | {
      readonly kind: "remove markers";
      readonly markers: readonly Version[];
      readonly version: Version;
      readonly successor: Version;
    }
  /** Another version is on top of the one of then. */
  | { readonly kind: "copy" | "archived"; readonly version: Version; readonly successor: Version }
  /** It was not there. */
  | { readonly kind: "hide" | "created since"; readonly version: Version };

/** The classes whose objects have to be restored by RestoreObject before they can be copied. */
const archiveClasses: readonly string[] = ["GLACIER", "DEEP_ARCHIVE"];

/** What identifies a version in its bucket: `null` is the name of another one after each write without versioning. */
export const identity = ({ key, versionId, lastModified }: Version): string =>
  versionId === "null" ? `null ${lastModified} ${key}` : versionId;

/** The first version in a line of copies, each made by a recovery. */
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
 * @param versions all of one key, newest first
 * @param to in milliseconds since 1970; what happened in the same second is before it, because S3 keeps times to the second
 * @param exact whether what was not there then is hidden
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

/** The versions of each key, out of the pages of a listing, in which those of a key stand together, newest first. */
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
