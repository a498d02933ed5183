import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { UserError } from "../../common/errors";
import { isAlive } from "../../common/processes";
import { asMoment } from "./moment";

/**
 * Unfinished uploads below this prefix mark running recoveries. S3 keeps them separate from objects, and they leave no version.
 */
const prefix = "s3-backup-target-recover/";

/** What a lock needs from a bucket. */
export interface Lockable {
  readonly name: string;
  running(prefix: string): Promise<readonly RunningRecovery[]>;
  begin(key: string): Promise<string>;
  end(recovery: Pick<RunningRecovery, "key" | "uploadId">): Promise<void>;
}

/** A recovery that is running, or was killed. */
export interface RunningRecovery {
  readonly key: string;
  readonly uploadId: string;
  readonly since: Date;
}

/** A key below the prefix that doesn't exist. */
export const unusedKey = `${prefix}unused`;

/**
 * Makes this the only running recovery of a bucket.
 *
 * @returns a function that releases the lock
 * @throws UserError if another one is running
 */
export async function lock(bucket: Lockable): Promise<() => Promise<void>> {
  const key = `${prefix}${hostname()}/${process.pid}/${randomUUID()}`;
  const own = { key, uploadId: await bucket.begin(key) };
  const release = () => bucket.end(own);
  try {
    for (const other of await bucket.running(prefix)) {
      if (other.key === key && other.uploadId !== own.uploadId) {
        await bucket.end(other); // its answer got lost, and the call was repeated
      } else if (other.key !== key) {
        await endIfDead(bucket, other);
      }
    }
    return release;
  } catch (error) {
    await release();
    throw error;
  }
}

async function endIfDead(bucket: Lockable, other: RunningRecovery): Promise<void> {
  const [host = "", pid = ""] = other.key.slice(prefix.length).split("/");
  if (host === hostname() && !isAlive(Number(pid))) {
    await bucket.end(other);
    return;
  }
  throw new UserError(
    `Another recovery of the bucket ${bucket.name} has been running since ${asMoment(Number(other.since))}, on ${host} as process ${pid}. Wait until it ends. If it was killed there, run this first:
  aws s3api abort-multipart-upload --bucket ${bucket.name} --key ${other.key} --upload-id ${other.uploadId}`,
  );
}
