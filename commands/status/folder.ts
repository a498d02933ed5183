// A folder's contents, added up from the pages of a listing. Pure.
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { erasedAt } from "../recover/expiry";
import type { Version } from "../recover/history";
import type { Written } from "./verdict";

/** What a listing has shown: all of a folder, or its first pages. Times are in milliseconds since 1970. */
export interface Folder {
  /**
   * Whether the listing is complete. Otherwise each figure is a lower bound, and there may be newer objects and earlier times.
   */
  readonly complete: boolean;
  /** Versions and delete markers that were listed. */
  readonly listed: number;
  readonly newest: { readonly key: string; readonly at: number; readonly bytes: number } | undefined;
  readonly current: { readonly objects: number; readonly bytes: number };
  readonly old: { readonly versions: number; readonly bytes: number; readonly deleteMarkers: number };
  /** The earliest time at which the lifecycle may erase an old version. */
  readonly nextExpiry: number | undefined;
  /** The current objects, newest first. */
  readonly objects: readonly Written[];
}

/**
 * Adds up the pages of a listing, which returns whether it was complete.
 *
 * @param except folders within it that belong to other consumers
 */
export async function readFolder(
  pages: AsyncGenerator<readonly Version[], boolean>,
  { rules, except }: { readonly rules: readonly LifecycleRule[]; readonly except: readonly string[] },
): Promise<Folder> {
  const objects: (Written & { key: string })[] = [];
  const old = { versions: 0, bytes: 0, deleteMarkers: 0 };
  let listed = 0;
  let nextExpiry: number | undefined;
  let above: Version | undefined;
  let page = await pages.next();
  for (; page.done !== true; page = await pages.next()) {
    for (const version of page.value) {
      listed++;
      const successor = above?.key === version.key ? above : undefined;
      above = version;
      if (except.some((folder) => version.key.startsWith(folder))) {
        continue;
      }
      if (version.isDeleteMarker) {
        old.deleteMarkers++;
      } else if (successor === undefined) {
        objects.push({ key: version.key, at: version.lastModified, bytes: version.size });
      } else {
        old.versions++;
        old.bytes += version.size;
        const at = erasedAt(rules, version, successor) ?? Number.POSITIVE_INFINITY;
        nextExpiry = Math.min(nextExpiry ?? Number.POSITIVE_INFINITY, at);
      }
    }
  }
  objects.sort((a, b) => b.at - a.at);
  const [newest] = objects;
  return {
    ...{ complete: page.value, listed, newest, old, objects },
    current: { objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) },
    nextExpiry: Number.isFinite(nextExpiry) ? nextExpiry : undefined,
  };
}
