// Whether a backup is late. Pure.
import { bytesOf, durationOf } from "../../components/expectedBackup";
import type { DeployedConsumer } from "../stack/consumers";

/** What a consumer is expected to write. */
export interface Expectation {
  /** As its settings have them. */
  readonly every: string;
  readonly size: string;
  /** In milliseconds. */
  readonly everyMs: number;
  readonly bytes: number;
}

/** An object as it is now. */
export interface Written {
  /** In milliseconds since 1970, as all times here. */
  readonly at: number;
  readonly bytes: number;
}

/** The verdict. Unknown: not all objects were listed, and no recent backup is among those that were. */
export type Verdict =
  | { readonly verdict: "ok" | "late"; readonly last: number | undefined; readonly due: number | undefined }
  | { readonly verdict: "unknown" };

/** An empty file isn't a backup. */
const defaultSize = "1B";

/** Undefined: nothing is expected. */
export function expectationOf({
  expectBackupEvery: every,
  expectBackupSize: size = defaultSize,
}: Pick<DeployedConsumer, "expectBackupEvery" | "expectBackupSize">): Expectation | undefined {
  const everyMs = durationOf(every ?? "");
  const bytes = bytesOf(size);
  return every === undefined || everyMs === undefined || bytes === undefined
    ? undefined
    : { every, size, everyMs, bytes };
}

/**
 * When the last backup began: the latest time after which, within `expectBackupEvery`, objects totaling the expected size were
 * written. It works the same for a tool that writes one file and one that writes thousands.
 *
 * @param objects the newest first
 */
export function lastBackup(
  objects: readonly Written[],
  { everyMs, bytes }: Pick<Expectation, "everyMs" | "bytes">,
): number | undefined {
  let sum = 0;
  let newest = 0;
  for (const { at, bytes: size } of objects) {
    sum += size;
    for (let top = objects[newest]; top !== undefined && top.at > at + everyMs; top = objects[newest]) {
      sum -= top.bytes;
      newest++;
    }
    if (sum >= bytes) {
      return at;
    }
  }
  return undefined;
}

/**
 * Whether a backup is late.
 *
 * @param created since when backups were possible; undefined: unknown
 */
export function verdictOf(
  expectation: Expectation,
  {
    objects,
    complete,
    created,
    now,
  }: {
    /** The newest first. */
    readonly objects: readonly Written[];
    /** Whether these are all objects. */
    readonly complete: boolean;
    readonly created: number | undefined;
    readonly now: number;
  },
): Verdict {
  const last = lastBackup(objects, expectation);
  const since = last ?? created;
  const due = since === undefined ? undefined : since + expectation.everyMs;
  if (last !== undefined && due !== undefined && now <= due) {
    return { verdict: "ok", last, due };
  }
  if (!complete) {
    return { verdict: "unknown" };
  }
  return { verdict: due !== undefined && now <= due ? "ok" : "late", last, due };
}
