// Reads the access logs of a bucket.
import {
  GetBucketLoggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { throwIfInterrupted, wasInterrupted } from "../../common/script";
import { Activity, type Actor, type LogRecord, parseRecord } from "./activity";

/** Which logs to read: of which bucket, since when, and which records. */
export interface Wanted {
  readonly bucketName: string;
  readonly region: string;
  /** The bucket's account. */
  readonly accountId: string;
  /** In milliseconds since 1970. */
  readonly since: number;
  /** The maximum number of files to read, newest first. A file may have a single record, or thousands. */
  readonly mostFiles: number;
  readonly where: (record: LogRecord) => boolean;
}

/** What the access logs say. */
export type Logged =
  /** The bucket has no access logs. */
  | { readonly state: "off" }
  | { readonly state: "unreadable"; readonly why: string }
  | {
      readonly state: "read";
      /** The bucket that they are in. */
      readonly logBucket: string;
      readonly filesRead: number;
      /** Of the older ones. */
      readonly filesLeftOut: number;
      readonly actors: readonly Actor[];
    };

/** The number of files read in parallel. */
const atOnce = 16;

/** Reads the access logs. It only reads, and returns errors instead of throwing them: nothing depends on the logs. */
export async function readAccessLogs(s3: S3Client, wanted: Wanted): Promise<Logged> {
  try {
    return await read(s3, wanted);
  } catch (thrown) {
    if (wasInterrupted()) {
      throw thrown;
    }
    const { name, message } = thrown as Error;
    return { state: "unreadable", why: `${name}: ${message}` };
  }
}

async function read(s3: S3Client, { where, since, mostFiles, ...wanted }: Wanted): Promise<Logged> {
  const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket: wanted.bucketName }));
  if (LoggingEnabled?.TargetBucket === undefined) {
    return { state: "off" };
  }
  const { TargetBucket: Bucket, TargetPrefix = "", TargetObjectKeyFormat } = LoggingEnabled;
  const day = new Date(Math.max(0, since)).toISOString().slice(0, 10);
  const isPartitioned = TargetObjectKeyFormat?.PartitionedPrefix !== undefined;
  const prefix = isPartitioned
    ? `${TargetPrefix}${wanted.accountId}/${wanted.region}/${wanted.bucketName}/`
    : TargetPrefix;
  const files = await listFiles(s3, {
    Bucket,
    Prefix: prefix,
    // In the order of their keys, which begin with the day.
    StartAfter: `${prefix}${isPartitioned ? day.replaceAll("-", "/") : day}`,
  });
  const chosen = files.sort((a, b) => b.at - a.at).slice(0, mostFiles);
  const activity = new Activity();
  const next = chosen.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const { key: Key } of next) {
        throwIfInterrupted();
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        for (const line of ((await Body?.transformToString()) ?? "").split("\n")) {
          const record = parseRecord(line);
          if (record !== undefined && record.at >= since && where(record)) {
            activity.add(record);
          }
        }
      }
    }),
  );
  return {
    state: "read",
    logBucket: Bucket,
    filesRead: chosen.length,
    filesLeftOut: files.length - chosen.length,
    actors: activity.actors(),
  };
}

async function listFiles(
  s3: S3Client,
  from: { readonly Bucket: string; readonly Prefix: string; readonly StartAfter: string },
): Promise<{ key: string; at: number }[]> {
  const files: { key: string; at: number }[] = [];
  let ContinuationToken: string | undefined;
  do {
    throwIfInterrupted();
    const page = await s3.send(new ListObjectsV2Command({ ...from, ContinuationToken }));
    files.push(
      ...(page.Contents ?? []).map(({ Key = "", LastModified }) => ({ key: Key, at: Number(LastModified) })),
    );
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return files;
}
