// The S3 calls that backup tools make, one for each IAM action that authorizes one. `npm run verify` makes them with a key, and
// the tests with every key.
import { createHash, randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { grantedActions } from "../../components/access/policy";
import { type AccessProfile, profiles } from "../../components/access/profiles";
import type { DeployedConsumer } from "../stack/consumers";

/** An object, and one of its versions: "null" where the bucket keeps none. */
interface ObjectVersion {
  readonly Key: string;
  readonly VersionId: string;
}

/** Where calls are made, and on what. Calls record here what later ones use. */
export interface Place {
  readonly Bucket: string;
  /** With a slash at its end; empty: the root. */
  readonly folder: string;
  /** The object that calls write, change and delete. */
  object: ObjectVersion;
  /** The object that they read, once it is known to exist. */
  sample?: ObjectVersion;
  /** An unfinished upload. It may never have existed: S3 says so only to callers with permission. */
  readonly upload: { readonly Key: string; readonly UploadId: string | undefined };
  /** An object that can be deleted even if nothing else can. */
  readonly lock: string;
}

/** A call of S3. */
export interface Call {
  /** As `npm run verify` lists it. */
  readonly words: string;
  /** What IAM decides on. */
  readonly action: string;
  readonly send: (s3: S3Client, place: Place) => Promise<unknown>;
  /** Whether it leaves an object behind. */
  readonly writes?: boolean;
  /** If S3 may allow it without its action, a key without the action proves nothing. */
  readonly allowedOtherwise?: boolean;
  /** Without Object Lock in the bucket, it does nothing, even if it is allowed. */
  readonly needsLock?: boolean;
}

/** An SSE-C key: S3 encrypts with it, and doesn't store it. */
const customerKey = randomBytes(32);
const sampleOf = ({ sample, object }: Place) => sample ?? object;
const Body = "Written by npm run verify of s3-backup-target. It can be deleted.\n";

/** In an order in which one does not spoil the next: those that delete come last. */
export const calls = {
  "list buckets": {
    words: "list the account's buckets",
    action: "s3:ListAllMyBuckets",
    send: (s3) => s3.send(new ListBucketsCommand({})),
  },
  list: {
    words: "list what is there",
    action: "s3:ListBucket",
    send: async (s3, place) => {
      const { Bucket, folder: Prefix } = place;
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }));
      const [Key] = Contents.map((object) => object.Key);
      if (place.sample === undefined && Key !== undefined) {
        place.sample = { Key, VersionId: "null" };
      }
    },
  },
  "list versions": {
    words: "list old versions",
    action: "s3:ListBucketVersions",
    send: (s3, { Bucket, folder: Prefix }) =>
      s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys: 1 })),
  },
  location: {
    words: "read the bucket's region",
    action: "s3:GetBucketLocation",
    send: (s3, { Bucket }) => s3.send(new GetBucketLocationCommand({ Bucket })),
  },
  versioning: {
    words: "read the bucket's versioning",
    action: "s3:GetBucketVersioning",
    send: (s3, { Bucket }) => s3.send(new GetBucketVersioningCommand({ Bucket })),
  },
  "lock settings": {
    words: "read the bucket's Object Lock",
    action: "s3:GetBucketObjectLockConfiguration",
    send: (s3, { Bucket }) => s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
  },
  "list uploads": {
    words: "list unfinished uploads",
    action: "s3:ListBucketMultipartUploads",
    send: (s3, { Bucket, folder: Prefix }) =>
      s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads: 1 })),
  },
  "bucket policy": {
    words: "read the bucket policy",
    action: "s3:GetBucketPolicy",
    send: (s3, { Bucket }) => s3.send(new GetBucketPolicyCommand({ Bucket })),
  },
  // Only the caller could read it afterwards: this is how backups are taken hostage. Before the next call, which overwrites it.
  "put under own key": {
    words: "put an object with SSE-C",
    action: "s3:PutObject",
    writes: true,
    send: (s3, { Bucket, object: { Key } }) =>
      s3.send(
        new PutObjectCommand({
          ...{ Bucket, Key, Body },
          SSECustomerAlgorithm: "AES256",
          SSECustomerKey: customerKey.toString("base64"),
          SSECustomerKeyMD5: createHash("md5").update(customerKey).digest("base64"),
        }),
      ),
  },
  put: {
    words: "put an object",
    action: "s3:PutObject",
    writes: true,
    send: async (s3, place) => {
      const { Bucket, object } = place;
      const { VersionId = "null" } = await s3.send(new PutObjectCommand({ Bucket, Key: object.Key, Body }));
      place.object = place.sample = { Key: object.Key, VersionId };
    },
  },
  get: {
    words: "get an object",
    action: "s3:GetObject",
    // Only the first byte, because it may be large.
    send: async (s3, place) => {
      const { Bucket } = place;
      const { Key } = sampleOf(place);
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=0-0" }));
      await answer.Body?.transformToByteArray();
    },
  },
  "get version": {
    words: "get a version of it",
    action: "s3:GetObjectVersion",
    send: async (s3, place) => {
      const { Bucket } = place;
      const answer = await s3.send(new GetObjectCommand({ Bucket, ...sampleOf(place), Range: "bytes=0-0" }));
      await answer.Body?.transformToByteArray();
    },
  },
  "get acl": {
    words: "read its ACL",
    action: "s3:GetObjectAcl",
    send: (s3, place) => s3.send(new GetObjectAclCommand({ Bucket: place.Bucket, Key: sampleOf(place).Key })),
  },
  "get version's acl": {
    words: "read the ACL of a version",
    action: "s3:GetObjectVersionAcl",
    send: (s3, place) => s3.send(new GetObjectAclCommand({ Bucket: place.Bucket, ...sampleOf(place) })),
  },
  "get tags": {
    words: "read its tags",
    action: "s3:GetObjectTagging",
    send: (s3, place) =>
      s3.send(new GetObjectTaggingCommand({ Bucket: place.Bucket, Key: sampleOf(place).Key })),
  },
  "put acl": {
    words: "write its ACL",
    action: "s3:PutObjectAcl",
    send: (s3, { Bucket, object: { Key } }) =>
      s3.send(new PutObjectAclCommand({ Bucket, Key, ACL: "bucket-owner-full-control" })),
  },
  "put version's acl": {
    words: "write the ACL of a version",
    action: "s3:PutObjectVersionAcl",
    send: (s3, { Bucket, object }) =>
      s3.send(new PutObjectAclCommand({ Bucket, ...object, ACL: "bucket-owner-full-control" })),
  },
  "put tags": {
    words: "write its tags",
    action: "s3:PutObjectTagging",
    send: (s3, { Bucket, object: { Key } }) =>
      s3.send(
        new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "verify", Value: "1" }] } }),
      ),
  },
  "put in parts": {
    words: "put an object in parts",
    action: "s3:PutObject",
    writes: true,
    send: async (s3, { Bucket, object: { Key } }) => {
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
    },
  },
  "get retention": {
    words: "read its retention",
    action: "s3:GetObjectRetention",
    needsLock: true,
    send: (s3, place) =>
      s3.send(new GetObjectRetentionCommand({ Bucket: place.Bucket, Key: sampleOf(place).Key })),
  },
  "get legal hold": {
    words: "read its legal hold",
    action: "s3:GetObjectLegalHold",
    needsLock: true,
    send: (s3, place) =>
      s3.send(new GetObjectLegalHoldCommand({ Bucket: place.Bucket, Key: sampleOf(place).Key })),
  },
  // For an object that doesn't exist: an existing one could no longer be removed.
  "put retention": {
    words: "set a retention",
    action: "s3:PutObjectRetention",
    needsLock: true,
    send: (s3, { Bucket, object: { Key } }) => {
      const RetainUntilDate = new Date(Date.now() + 60_000);
      const Retention = { Mode: "GOVERNANCE", RetainUntilDate } as const;
      return s3.send(new PutObjectRetentionCommand({ Bucket, Key: `${Key}-missing`, Retention }));
    },
  },
  "put legal hold": {
    words: "set a legal hold",
    action: "s3:PutObjectLegalHold",
    needsLock: true,
    send: (s3, { Bucket, object: { Key } }) =>
      s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: `${Key}-missing`, LegalHold: { Status: "OFF" } })),
  },
  // On AWS, the user who started an upload may do these two, whatever the policy says.
  "list parts": {
    words: "list the parts of an upload",
    action: "s3:ListMultipartUploadParts",
    allowedOtherwise: true,
    send: (s3, { Bucket, upload }) => s3.send(new ListPartsCommand({ Bucket, ...upload })),
  },
  abort: {
    words: "abort an upload",
    action: "s3:AbortMultipartUpload",
    allowedOtherwise: true,
    send: (s3, { Bucket, upload }) => s3.send(new AbortMultipartUploadCommand({ Bucket, ...upload })),
  },
  // The object isn't archived, so this costs nothing.
  restore: {
    words: "restore it from an archive",
    action: "s3:RestoreObject",
    send: (s3, { Bucket, object: { Key } }) =>
      s3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days: 1 } })),
  },
  "delete version": {
    words: "delete an old version",
    action: "s3:DeleteObjectVersion",
    send: (s3, { Bucket, object }) => s3.send(new DeleteObjectCommand({ Bucket, ...object })),
  },
  unlock: {
    words: "delete a lock",
    action: "s3:DeleteObject",
    send: (s3, { Bucket, lock: Key }) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  },
  delete: {
    words: "delete it",
    action: "s3:DeleteObject",
    send: (s3, { Bucket, object: { Key } }) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  },
} satisfies Record<string, Call>;

/** The name of a call. */
export type CallName = keyof typeof calls;

/** Actions that profiles grant but no call tests, and why. */
export const withoutCall: Readonly<Record<string, string>> = {
  "s3:DeleteObjectAcl": "it is in the guide's policy, but S3 has no such action",
};

/** Errors that only a caller with permission gets. */
const afterPermission: readonly string[] = [
  "NoSuchKey",
  "NoSuchVersion",
  "NoSuchUpload",
  "NoSuchBucketPolicy",
  "ObjectLockConfigurationNotFoundError",
  "NoSuchObjectLockConfiguration", // the object has no retention, or no legal hold
  "InvalidObjectState", // archived or, for a restore, not archived
  "ObjectAlreadyInActiveTierError",
  "InvalidRange", // an empty object has no first byte
];

/** What the SDK throws; only the parts that are needed. */
export interface CallError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The result of a call. */
export type Answer =
  | { readonly kind: "allowed" }
  | { readonly kind: "refused" | "failed"; readonly error: CallError };

/** Makes a call, and says whether it was allowed, refused, or failed in any other way. */
export async function answerTo(request: Promise<unknown>): Promise<Answer> {
  try {
    await request;
    return { kind: "allowed" };
  } catch (thrown) {
    const error = thrown as CallError;
    const { name, $metadata } = error;
    if (afterPermission.includes(name)) {
      return { kind: "allowed" };
    }
    // The response to a HEAD request has no body to name the error.
    const refused = name === "AccessDenied" || (name === "Unknown" && $metadata?.httpStatusCode === 403);
    return { kind: refused ? "refused" : "failed", error };
  }
}

/** What determines a key's permissions. */
type Access = Pick<DeployedConsumer, "access" | "versioned" | "locked" | "extraActions" | "ownBucket">;

/** The expected result of a call with a correct key; undefined: it would prove nothing. */
export function expectedOf(name: CallName, consumer: Access): "allowed" | "refused" | undefined {
  const { action, allowedOtherwise, needsLock }: Call = calls[name];
  const { deletesOnlyIn, toTheLetter }: AccessProfile = profiles[consumer.access];
  const granted = Object.values(grantedActions(consumer)).flat().includes(action);
  if (needsLock === true && consumer.locked !== true) {
    return undefined;
  }
  if (name === "unlock") {
    return deletesOnlyIn === undefined || granted ? undefined : "allowed";
  }
  if (name === "put under own key") {
    // The guide's policy allows it, so the bucket must refuse it, and an existing bucket may not.
    return toTheLetter === true && !consumer.ownBucket ? undefined : "refused";
  }
  return granted ? "allowed" : allowedOtherwise === true ? undefined : "refused";
}
