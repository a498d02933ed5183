// A recovery: what it would do, and doing it.
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { throwIfInterrupted, wasInterrupted } from "../../common/script";
import { Refused } from "../aws/refused";
import { batchSize, type VersionedBucket } from "./bucket";
import { type Action, actionFor, byKey, type EarlierRecoveries, identity, type Version } from "./history";
import { type Changed, changedBy, type Plan, Planner } from "./plan";
import type { Queue } from "./queue";
import type { Line, Report } from "./report";

/** What to restore. */
export interface Scope {
  /** The prefix of the objects to restore; empty: the whole bucket. */
  readonly prefix: string;
  /** In milliseconds since 1970. */
  readonly to: number;
  /** Whether objects that didn't exist then are hidden by a delete marker. */
  readonly exact: boolean;
}

/** The result. */
export interface Outcome {
  /** Objects that were restored or hidden. */
  readonly done: number;
  /** Archived versions that must be restored from the archive first. */
  readonly archived: number;
  readonly failed: number;
}

async function* actions(
  bucket: VersionedBucket,
  { prefix, to, exact }: Scope,
  earlier: EarlierRecoveries,
): AsyncGenerator<readonly [readonly Version[], Action]> {
  for await (const versions of byKey(bucket.versions(prefix))) {
    throwIfInterrupted();
    yield [versions, actionFor(versions, to, { exact, earlier })];
  }
}

/** What a recovery would do; it changes nothing. */
export async function planRecovery(
  bucket: VersionedBucket,
  scope: Scope,
  { earlier, rules }: { earlier: EarlierRecoveries; rules: readonly LifecycleRule[] | undefined },
): Promise<Plan> {
  const planner = new Planner(scope.to, rules);
  for await (const [versions, action] of actions(bucket, scope, earlier)) {
    planner.add(versions, action);
  }
  return planner.plan();
}

/** Delete markers to remove in one call, and the objects that they hide. */
interface Batch {
  markers: Version[];
  removed: {
    readonly action: Extract<Action, { kind: "remove markers" }>;
    readonly markers: readonly Version[];
  }[];
}

/**
 * Restores a bucket. It lists the bucket again each time, so after any interruption it resumes.
 *
 * @param onDone is called with the number of objects that are done
 */
export async function runRecovery(
  bucket: VersionedBucket,
  scope: Scope,
  {
    earlier,
    report,
    queue,
    onDone = () => {},
  }: {
    readonly earlier: EarlierRecoveries;
    readonly report: Pick<Report, "add" | "sync">;
    readonly queue: Queue;
    readonly onDone?: (done: number) => void;
  },
): Promise<Outcome> {
  const outcome = { done: 0, archived: 0, failed: 0 };
  const finish = (objects: number) => {
    outcome.done += objects;
    onDone(outcome.done);
  };
  const fail = (key: string, error: string) => {
    outcome.failed++;
    report.add({ action: "failed", key, error });
  };
  const setAside = ({ key, versionId, storageClass, bytes }: Changed) => {
    outcome.archived++;
    report.add({ action: "archived", key, versionId, storageClass, bytes });
  };

  /** Runs an action that creates something, and records what it created. */
  const make = (changed: Changed, act: () => Promise<Line>) =>
    queue.add(async () => {
      try {
        report.add(await queue.call(act));
        finish(1);
      } catch (thrown) {
        const error = thrown as Error;
        if (error instanceof Refused || wasInterrupted()) {
          throw error;
        }
        // S3 Intelligent-Tiering archives without another storage class.
        if (error.name === "InvalidObjectState") {
          setAside(changed);
        } else {
          fail(changed.key, `${error.name}: ${error.message}`);
        }
      }
    });

  const remove = ({ markers, removed }: Batch) =>
    queue.add(async () => {
      const until = bucket.now();
      report.add(
        ...removed.map(
          ({ action: { version }, markers: of }): Line => ({
            action: "remove markers",
            key: version.key,
            of: identity(version),
            markers: of.map(({ versionId }) => versionId),
            since: Math.min(...of.map(({ lastModified }) => lastModified)),
            until,
            bytes: version.size,
          }),
        ),
      );
      report.sync();
      const left = new Map<string, string>();
      try {
        for (const { key, code } of await queue.call(() => bucket.removeMarkers(markers))) {
          left.set(key, code);
        }
      } catch (thrown) {
        const error = thrown as Error;
        if (error instanceof Refused || wasInterrupted()) {
          throw error;
        }
        for (const { key } of markers) {
          left.set(key, `${error.name}: ${error.message}`);
        }
      }
      for (const [key, error] of left) {
        fail(key, error);
      }
      finish(removed.length - left.size);
    });

  let batch: Batch = { markers: [], removed: [] };
  try {
    for await (const [, action] of actions(bucket, scope, earlier)) {
      if (action.kind === "remove markers") {
        // One object may have more than fit into one call.
        for (let from = 0; from < action.markers.length; from += batchSize) {
          const markers = action.markers.slice(from, from + batchSize);
          if (batch.markers.length + markers.length > batchSize) {
            await remove(batch);
            batch = { markers: [], removed: [] };
          }
          batch.markers.push(...markers);
          batch.removed.push({ action, markers });
        }
      } else if (action.kind === "copy") {
        const { version } = action;
        await make(changedBy(action), async () => {
          const made = await bucket.copyOnTop(version);
          return { action: "copy", key: version.key, of: identity(version), made, bytes: version.size };
        });
      } else if (action.kind === "hide") {
        const { key } = action.version;
        await make(changedBy(action), async () => ({ action: "hide", key, made: await bucket.hide(key) }));
      } else if (action.kind === "archived") {
        setAside(changedBy(action));
      }
    }
    if (batch.markers.length > 0) {
      await remove(batch);
    }
  } finally {
    // Whatever has started is recorded, however this ends.
    await queue.settle();
  }
  await queue.end();
  return outcome;
}
