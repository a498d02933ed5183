// The calls to AWS for a stack's status: their number doesn't depend on how much is in the buckets.
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { UserError } from "../../common/errors";
import { foldersOf } from "../../components/access/policy";
import { bucketNameOf } from "../../components/naming";
import { type Logged, readAccessLogs } from "../accessLogs/accessLogs";
import { readBucketPart } from "../aws/bucketParts";
import type { Clients } from "../aws/clients";
import { UsageError } from "../cli/command";
import { keysInUse } from "../keys/keyUse";
import { S3Bucket } from "../recover/bucket";
import type { Version } from "../recover/history";
import { accountOf, type DeployedConsumer, hasKey, type Selection, stateOf } from "../stack/consumers";
import type { Stack } from "../stack/stack";
import type { StateResource } from "../stack/state";
import { deployedParts, type PartStatus, partStatus } from "./drift";
import { type Folder, readFolder } from "./folder";
import { type KeyStatus, keyStatus } from "./keys";
import { type RoleStatus, readRole } from "./role";
import { type Expectation, expectationOf, type Verdict, verdictOf } from "./verdict";

/** The most unfinished uploads that are counted: one page of S3's listing. */
export const mostUploads = 1000;
/** How far back the access logs are read, and the maximum number of files. */
export const hoursOfLogs = 24;
const mostLogFiles = 500;

export interface ConsumerStatus {
  readonly consumer: DeployedConsumer;
  /** The folders that were listed; an empty one is the whole bucket. */
  readonly prefixes: readonly string[];
  /** Folders within it that belong to other consumers, and aren't counted. */
  readonly except: readonly string[];
  readonly folder: Folder;
  /** Unfinished uploads, at most {@link mostUploads}, and when the oldest of them began. */
  readonly uploads: { readonly uploads: number; readonly oldest: number | undefined };
  /** Undefined: it doesn't exist, or was deleted. */
  readonly role: RoleStatus | undefined;
  readonly keys: readonly KeyStatus[];
  /** Of the role, too. */
  readonly keyProblems: readonly string[];
  readonly expectation: Expectation | undefined;
  /** Undefined: nothing is expected. */
  readonly verdict: Verdict | undefined;
}

export interface BucketStatus {
  readonly name: string;
  readonly region: string;
  /** What to do about a bucket that was deleted, about which there is nothing else to say; undefined: it exists. */
  readonly gone: string | undefined;
  /** The deployed settings; none for a bucket that the stack doesn't manage. */
  readonly protection: readonly PartStatus[];
  /** What its access logs say about the last {@link hoursOfLogs} hours. */
  readonly logged: Logged;
  readonly consumers: readonly ConsumerStatus[];
}

export interface StackStatus {
  readonly stack: string;
  /** When it was read, by the clock of S3, in milliseconds since 1970. */
  readonly at: number;
  readonly buckets: readonly BucketStatus[];
}

export interface StatusOptions {
  /** The maximum number of pages listed of a folder. */
  readonly pages: number;
  /** The prefix to list instead of the selected consumer's whole folder. */
  readonly prefix?: string | undefined;
  /** The number of versions in a page: S3's, except in tests. */
  readonly pageSize?: number | undefined;
  /** Whose credentials to use: those of `pulumi up`, except in tests. */
  readonly connect?: (consumer: DeployedConsumer) => Promise<Clients>;
}

/** Reads the status of a stack's consumers. */
export async function readStatus(
  stack: Stack,
  selection: Selection,
  { connect: connectTo = (consumer) => stack.deployer(consumer), ...options }: StatusOptions,
): Promise<StackStatus> {
  const known = new Map<string | undefined, Promise<Clients>>();
  const connect = (consumer: DeployedConsumer): Promise<Clients> => {
    const clients = known.get(consumer.provider) ?? connectTo(consumer);
    known.set(consumer.provider, clients);
    return clients;
  };
  const { consumers, resources, all } = await stack.consumers(selection);
  checkPrefix(consumers, options.prefix);
  const folders = all.flatMap((found) => stateOf(found) ?? []);
  const names = [...new Set(consumers.map(({ bucketName }) => bucketName))];
  const read = await Promise.all(
    names.map(async (name) => {
      const own = consumers.filter(({ bucketName }) => bucketName === name);
      const others = folders.filter(({ bucketArn }) => bucketNameOf(bucketArn) === name);
      return readBucket(own, { ...options, connect, resources, folders: others.flatMap(prefixesOf) });
    }),
  );
  return {
    stack: stack.name,
    at: Math.max(...read.map(({ at }) => at)),
    buckets: read.map(({ bucket }) => bucket),
  };
}

/** The folders of a consumer; an empty one is the whole bucket. */
function prefixesOf(consumer: Pick<DeployedConsumer, "prefix" | "furtherPrefixes">): readonly string[] {
  const folders = foldersOf(consumer);
  return folders.length === 0 ? [""] : folders;
}

/** All versions in several folders, page by page, like {@link S3Bucket.versions} for one. */
async function* versionsIn(
  bucket: S3Bucket,
  prefixes: readonly string[],
  pages: number,
  pageSize: number | undefined,
): AsyncGenerator<readonly Version[], boolean> {
  let complete = true;
  for (const prefix of prefixes) {
    complete = (yield* bucket.versions(prefix, pages, pageSize)) && complete;
  }
  return complete;
}

function checkPrefix(consumers: readonly DeployedConsumer[], prefix: string | undefined): void {
  const [consumer, ...more] = consumers;
  if (prefix === undefined || consumer === undefined) {
    return;
  }
  if (more.length > 0) {
    throw new UsageError("--prefix applies to one consumer. Name it: --consumer NAME");
  }
  const folders = prefixesOf(consumer);
  if (!folders.some((folder) => prefix.startsWith(folder))) {
    throw new UsageError(
      `--prefix ${prefix}: must begin with ${folders.join(" or ")}, the folder of ${consumer.name}.`,
    );
  }
}

interface BucketOptions extends StatusOptions {
  readonly connect: (consumer: DeployedConsumer) => Promise<Clients>;
  readonly resources: readonly StateResource[];
  /** Those of all its consumers. */
  readonly folders: readonly string[];
}

/** A bucket, and its selected consumers. */
async function readBucket(
  consumers: readonly DeployedConsumer[],
  { connect, resources, ...options }: BucketOptions,
): Promise<{ bucket: BucketStatus; at: number }> {
  const [first] = consumers;
  if (first === undefined) {
    throw new Error("a bucket without consumers");
  }
  const { bucketName: name, region } = first;
  const { s3 } = await connect(first);
  const bucket = new S3Bucket(s3, name);
  const gone = await bucket.versioning().then(
    () => undefined,
    (error: Error) => {
      if (error.name === "NoSuchBucket") {
        return describeGone(first);
      }
      throw error;
    },
  );
  const at = bucket.now();
  if (gone !== undefined) {
    return {
      bucket: { name, region, gone, protection: [], logged: { state: "off" }, consumers: [] },
      at,
    };
  }
  const [{ rules }, protection, logged] = await Promise.all([
    bucket.lifecycle(),
    Promise.all(
      deployedParts(resources, name).map(async ([part, deployed]) =>
        partStatus(part, deployed, await readBucketPart(part, s3, name)),
      ),
    ),
    readAccessLogs(s3, {
      ...first,
      accountId: accountOf(first),
      since: at - hoursOfLogs * 60 * 60 * 1000,
      mostFiles: mostLogFiles,
      where: () => true,
    }),
  ]);
  const read = consumers.map(async (consumer) => {
    const { iam } = await connect(consumer);
    return readConsumer(consumer, bucket, iam, { ...options, rules, at });
  });
  return {
    bucket: { name, region, gone, protection, logged, consumers: await Promise.all(read) },
    at,
  };
}

/** A deleted bucket is a problem like a deleted key, and must not hide others. */
export const describeGone = ({
  bucketName,
  ownBucket,
  stack,
}: Pick<DeployedConsumer, "bucketName" | "ownBucket" | "stack">): string =>
  `the bucket was deleted, with all backups. ${
    ownBucket
      ? `To create a new, empty one: npx pulumi up --refresh --stack ${stack}`
      : `The stack doesn't manage it: create ${bucketName} again`
  }`;

async function readConsumer(
  consumer: DeployedConsumer,
  bucket: S3Bucket,
  iam: Clients["iam"],
  {
    rules,
    at,
    pages,
    pageSize,
    folders,
    prefix,
  }: Pick<BucketOptions, "pages" | "pageSize" | "folders" | "prefix"> & {
    readonly rules: readonly LifecycleRule[];
    readonly at: number;
  },
): Promise<ConsumerStatus> {
  // A recent backup in another consumer's folder isn't this consumer's.
  const prefixes = prefix === undefined ? prefixesOf(consumer) : [prefix];
  const except = [...new Set(folders)].filter((folder) =>
    prefixes.some((own) => folder !== own && folder.startsWith(own)),
  );
  const [folder, running, { keys, problems }, { role, problems: roleProblems }] = await Promise.all([
    readFolder(versionsIn(bucket, prefixes, pages, pageSize), { rules, except }),
    Promise.all(prefixes.map((own) => bucket.running(own))),
    readKeys(consumer, iam, new Date(at)),
    consumer.role === undefined ? { role: undefined, problems: [] } : readRole(iam, consumer.role),
  ]);
  const mine = running.flat().filter(({ key }) => !except.some((other) => key.startsWith(other)));
  const expectation = expectationOf(consumer);
  return {
    ...{ consumer, prefixes, except, folder, role, keys, expectation },
    uploads: {
      uploads: mine.length,
      oldest: mine.length === 0 ? undefined : Math.min(...mine.map(({ since }) => Number(since))),
    },
    keyProblems: [...roleProblems, ...problems],
    verdict:
      expectation &&
      verdictOf(expectation, {
        objects: folder.objects,
        complete: folder.complete,
        created: consumer.created && Number(consumer.created),
        now: at,
      }),
  };
}

/** A deleted user is a problem like a deleted key, and must not hide others. */
async function readKeys(
  consumer: DeployedConsumer,
  iam: Clients["iam"],
  now: Date,
): Promise<ReturnType<typeof keyStatus>> {
  if (!hasKey(consumer)) {
    return { keys: [], problems: [] };
  }
  try {
    return keyStatus(consumer, await keysInUse(iam, consumer.userName), now);
  } catch (error) {
    if (error instanceof UserError) {
      return { keys: [], problems: [error.message] };
    }
    throw error;
  }
}
