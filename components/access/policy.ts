import type * as iam from "@pulumi/aws/iam";
import { partsOfArn } from "../naming";
import { domainOf } from "../partitions";
import { withSlash } from "./checks";
import { type AccessName, type AccessProfile, profiles } from "./profiles";
import { accountActions, bucketActions } from "./s3Actions";

/** What an access policy depends on. */
export interface AccessPolicyArgs {
  /** The ARN of the bucket. */
  readonly bucketArn: string;
  /** What the consumer may do. */
  readonly access: AccessName;
  /** Whether the bucket is versioned: some tools then need more permissions. */
  readonly versioned: boolean;
  /** Whether the bucket has Object Lock: some tools then need more permissions. */
  readonly locked?: boolean | undefined;
  /** The folder that the consumer is limited to, with or without a trailing slash. None: the whole bucket. */
  readonly prefix?: string | undefined;
  /** Additional folders. */
  readonly furtherPrefixes?: readonly string[] | undefined;
  /** CIDR blocks that requests must come from. None: from anywhere. */
  readonly allowedIpRanges?: readonly string[] | undefined;
  /** Additional S3 actions, each on the account, the bucket or its objects as IAM knows it. */
  readonly extraActions?: readonly string[] | undefined;
  /** Whether requests over plain HTTP are refused here, because no policy of the bucket does it. */
  readonly requireTls?: boolean | undefined;
  /** The ARN of the KMS key that the bucket encrypts with. */
  readonly kmsKeyArn?: string | undefined;
}

/** The actions whose requests carry a prefix. */
export const listActions: readonly string[] = ["s3:ListBucket", "s3:ListBucketVersions"];

/** The actions that an access policy grants, by the type of resource that IAM authorizes them on. */
export interface GrantedActions {
  readonly account: readonly string[];
  readonly onBucket: readonly string[];
  readonly onObjects: readonly string[];
}

/** What an access profile and extra actions grant, except for deletion in a single folder (`deletesOnlyIn`). */
export function grantedActions({
  access,
  versioned,
  locked = false,
  extraActions = [],
}: Pick<AccessPolicyArgs, "access" | "versioned" | "locked" | "extraActions">): GrantedActions {
  const profile: AccessProfile = profiles[access];
  const ifLocked = locked ? profile.locked : undefined;
  const isOnAccount = (action: string) => (accountActions as readonly string[]).includes(action);
  const isOnBucket = (action: string) => (bucketActions as readonly string[]).includes(action);
  return {
    account: [...(profile.account ?? []), ...extraActions.filter(isOnAccount)],
    onBucket: [
      ...profile.list,
      ...(versioned ? (profile.versioned?.list ?? []) : []),
      ...(ifLocked?.list ?? []),
      ...profile.bucket,
      ...(ifLocked?.bucket ?? []),
      ...extraActions.filter(isOnBucket),
    ],
    onObjects: [
      ...profile.object,
      ...(versioned ? (profile.versioned?.object ?? []) : []),
      ...(ifLocked?.object ?? []),
      ...extraActions.filter((action) => !isOnBucket(action) && !isOnAccount(action)),
    ],
  };
}

/** The folders that a key is limited to, each with a trailing slash; none: the whole bucket. */
export const foldersOf = ({
  prefix,
  furtherPrefixes = [],
}: Pick<AccessPolicyArgs, "prefix" | "furtherPrefixes">): string[] =>
  prefix ? [prefix, ...furtherPrefixes].map(withSlash) : [];

type Statement = iam.PolicyStatement;
type Conditions = NonNullable<Statement["Condition"]>;

/**
 * The policy of one consumer: an Allow for each kind of resource, and no Deny, which could lock the owner out. What limits the
 * consumer as a whole is a condition on each statement.
 */
export function accessPolicy(args: AccessPolicyArgs): iam.PolicyDocument {
  const { bucketArn, allowedIpRanges = [], requireTls, kmsKeyArn } = args;
  const folders = foldersOf(args);
  const profile: AccessProfile = profiles[args.access];
  const within = (folder = ""): string[] =>
    (folders.length === 0 ? [""] : folders).map((prefix) => `${bucketArn}/${prefix}${folder}*`);
  const prefixes = folders.map((prefix) => `${prefix}*`);
  const always: Conditions = {
    ...(allowedIpRanges.length > 0 && { IpAddress: { "aws:SourceIp": allowedIpRanges } }),
    ...(requireTls === true && { Bool: { "aws:SecureTransport": "true" } }),
  };
  const allow = (
    actions: readonly string[],
    resources: readonly string[],
    conditions?: Conditions,
  ): Statement[] => statement(actions, resources, { ...always, ...conditions });

  const { account, onBucket, onObjects } = grantedActions(args);
  const isLimited = (action: string) => folders.length > 0 && listActions.includes(action);
  // SSE-C is how a stolen key takes backups hostage: it overwrites them, encrypted with a key that only the thief has.
  const isGuarded = (action: string) => profile.toTheLetter !== true && action === "s3:PutObject";

  return {
    Version: "2012-10-17",
    Statement: [
      ...allow(account, ["*"]),
      ...allow(
        onBucket.filter((action) => !isLimited(action)),
        [bucketArn],
      ),
      ...allow(onBucket.filter(isLimited), [bucketArn], {
        StringLike: { "s3:prefix": prefixes.length === 1 ? String(prefixes[0]) : prefixes },
      }),
      ...allow(
        onObjects.filter((action) => !isGuarded(action)),
        within(),
      ),
      ...allow(onObjects.filter(isGuarded), within(), {
        Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "true" },
      }),
      ...(profile.deletesOnlyIn === undefined
        ? []
        : allow(["s3:DeleteObject"], within(profile.deletesOnlyIn))),
      // Without the other statements' conditions: S3 calls KMS from its own address, and only for requests that they allow.
      ...(kmsKeyArn === undefined
        ? []
        : statement(kmsActions(onObjects), [kmsKeyArn], throughS3(bucketArn, kmsKeyArn))),
    ],
  };
}

/** An Allow for these actions; no statement if there are none. */
function statement(
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions,
): Statement[] {
  return actions.length === 0
    ? []
    : [
        {
          Effect: "Allow",
          Action: [...new Set(actions)],
          Resource: [...resources],
          ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
        },
      ];
}

/** S3 generates a data key to write, decrypts one to read, and needs both to complete a multipart upload. */
function kmsActions(actions: readonly string[]): string[] {
  const writes = actions.includes("s3:PutObject");
  const reads = actions.includes("s3:GetObject");
  return [...(writes ? ["kms:GenerateDataKey"] : []), ...(writes || reads ? ["kms:Decrypt"] : [])];
}

/**
 * Only through S3 in the key's region, and only for this bucket: the encryption context names the bucket or, without a bucket
 * key, the object.
 */
function throughS3(bucketArn: string, kmsKeyArn: string): Conditions {
  const { region } = partsOfArn(kmsKeyArn);
  return {
    StringEquals: { "kms:ViaService": `s3.${region}.${domainOf(region)}` },
    StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucketArn, `${bucketArn}/*`] },
  };
}
