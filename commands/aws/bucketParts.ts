// A bucket's settings in AWS, each in the form of its resource's inputs in Pulumi.
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { named, orNothing } from "./refused";

type Inputs = Readonly<Record<string, unknown>>;

/** The setting's resource, and the call that reads it; undefined: the bucket has none. */
interface Part {
  readonly type: string;
  /** The call, by the name of the SDK's command. */
  readonly call: string;
  readonly read: (s3: S3Client, Bucket: string) => Promise<Inputs | undefined>;
}

/** Names that differ between the SDK and Pulumi in more than the case of the first letter. */
const renamed: Readonly<Record<string, string>> = {
  ID: "id",
  SSEAlgorithm: "sseAlgorithm",
  KMSMasterKeyID: "kmsMasterKeyId",
};

/** Converts the SDK's values to Pulumi's, sorted by name as in a state. */
function asInputs(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(asInputs);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .map(([name, part]) => [
            renamed[name] ?? `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`,
            asInputs(part),
          ])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      )
    : value;
}

export const bucketParts = {
  ownership: {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    call: "GetBucketOwnershipControls",
    read: async (s3, Bucket) => {
      const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      return { rule: asInputs(OwnershipControls?.Rules?.[0]) };
    },
  },
  publicAccessBlock: {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    call: "GetPublicAccessBlock",
    read: async (s3, Bucket) => {
      const found = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
      return asInputs(found.PublicAccessBlockConfiguration) as Inputs;
    },
  },
  policy: {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    call: "GetBucketPolicy",
    read: async (s3, Bucket) => ({ policy: (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy }),
  },
  versioning: {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    call: "GetBucketVersioning",
    read: async (s3, Bucket) => {
      const { Status: status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
      return status === undefined ? undefined : { versioningConfiguration: { status } };
    },
  },
  encryption: {
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    call: "GetBucketEncryption",
    read: async (s3, Bucket) => {
      const found = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
      const rules = found.ServerSideEncryptionConfiguration?.Rules?.map(
        ({ BlockedEncryptionTypes, ...rule }) => ({
          ...(asInputs(rule) as Inputs),
          blockedEncryptionTypes: BlockedEncryptionTypes?.EncryptionType,
        }),
      );
      return { rules };
    },
  },
  objectLock: {
    type: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    call: "GetObjectLockConfiguration",
    read: async (s3, Bucket) => {
      const found = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
      return asInputs(found.ObjectLockConfiguration) as Inputs;
    },
  },
  logging: {
    type: "aws:s3/bucketLogging:BucketLogging",
    call: "GetBucketLogging",
    read: async (s3, Bucket) => {
      const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket }));
      return LoggingEnabled && (asInputs(LoggingEnabled) as Inputs);
    },
  },
  lifecycle: {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    call: "GetBucketLifecycleConfiguration",
    read: async (s3, Bucket) => ({
      rules: asInputs((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules),
    }),
  },
} satisfies Record<string, Part>;

export type BucketPart = keyof typeof bucketParts;
export const bucketPartNames = Object.keys(bucketParts) as readonly BucketPart[];

/**
 * A bucket's setting, as inputs of its resource; undefined: it isn't set.
 *
 * @throws a `Refused` that names the action which is not allowed
 */
export const readBucketPart = (
  part: BucketPart,
  s3: S3Client,
  bucket: string,
): Promise<Inputs | undefined> => {
  const { call, read }: Part = bucketParts[part];
  return named(call, bucket, orNothing(read(s3, bucket)));
};
