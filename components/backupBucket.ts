// The services that are used, and not the whole of @pulumi/aws, which takes 0.15 s of each run to load.
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as kms from "@pulumi/aws/kms";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { logPrefix } from "./access/allowLogDelivery";
import { denyPlainHttp } from "./access/denyPlainHttp";
import { AccessLogBucket } from "./accessLogBucket";
import {
  atOnce,
  type Check,
  type Checks,
  checkAfter,
  checkArgs,
  checkBoolean,
  checkDays,
  checkOneOf,
  checkTags,
  type Finding,
  refuse,
  warn,
  whenKnown,
} from "./check";
import { bucketContradictions } from "./conflicts";
import { bucketDefaults } from "./defaults";
import { formerNames, twinOf } from "./lineage";
import {
  accountRegionalSuffix,
  bucketNamespaces,
  checkBucketName,
  checkConsumer,
  checkExistingBucketName,
  checkKeyArn,
  keyElsewhere,
  namesFor,
  partsOfArn,
  tooLongWith,
  warnOfBucketName,
} from "./naming";
import { readBoolean, readWord } from "./reading";

const encryptions = ["sse-s3", "sse-kms"] as const;
/** How S3 encrypts what it stores. */
export type Encryption = (typeof encryptions)[number];

/** S3's namespace of a bucket's name. */
export type BucketNamespace = (typeof bucketNamespaces)[number];

const objectOwnerships = ["BucketOwnerEnforced", "BucketOwnerPreferred"] as const;
/** S3's Object Ownership. */
export type ObjectOwnership = (typeof objectOwnerships)[number];

const lockModes = ["governance", "compliance"] as const;
/** A retention mode of S3 Object Lock. */
export type LockMode = (typeof lockModes)[number];
/** S3 Object Lock, with the retention that every upload gets, if any (S3 API, ObjectLockConfiguration). */
export interface ObjectLock {
  /**
   * Object Lock is on. By itself it locks nothing: the backup tool sets the retention of each object. A mode with days turns it on
   * too. It cannot be turned off again, so false is an error.
   */
  readonly enabled?: boolean | undefined;
  /**
   * The mode of the default retention: some principals can be allowed to bypass it (governance), or nobody can (compliance).
   * Needs `days`. Without both, there is no default retention.
   */
  readonly mode?: LockMode | undefined;
  /** The days of the default retention, from 1 to 36500. Needs `mode`. */
  readonly days?: number | undefined;
}

/** What a {@link BackupBucket} can be told. Everything has a default that is safe for backups. */
export interface BackupBucketArgs {
  /**
   * The bucket's exact name, unique among all AWS accounts of a partition, by S3's naming rules. A change replaces the
   * bucket, and stops with an error if it holds anything.
   *
   * @default - Pulumi's own name for it: the consumer's name in lower case, `-backups-` and seven random characters
   */
  readonly bucketName?: pulumi.Input<string> | undefined;

  /**
   * S3's namespace of the bucket's name: `global`, which all AWS accounts share, or `account-regional`, in which nobody else can
   * create a bucket. There the program adds `-ACCOUNT-REGION-an` to `bucketName`, or without one to the consumer's name in lower
   * case and `-backups`; together at most 63 characters. S3 has it in all regions but me-south-1 and me-central-1. A change replaces
   * the bucket, and stops with an error if it holds anything.
   *
   * @default "global"
   */
  readonly bucketNamespace?: BucketNamespace | undefined;

  /**
   * Whether the bucket of `bucketName` is older than the program, as after `npm run adopt` or an import: then its name may be
   * one that S3 would not give today. It changes nothing of the bucket.
   *
   * @default false
   */
  readonly adoptedBucket?: boolean | undefined;

  /**
   * Whether S3 keeps the old version of an object that is overwritten or deleted. Set to false later, it keeps the
   * versions that there are and makes no new ones (S3's word is Suspended).
   *
   * @default true
   */
  readonly versioning?: pulumi.Input<boolean> | undefined;

  /**
   * For how many days an old version is kept after it was overwritten or deleted. It has to outlast the time that you
   * need to notice a bad overwrite. From 1 to 2147483647.
   *
   * @default 30
   */
  readonly noncurrentVersionDays?: pulumi.Input<number> | undefined;

  /**
   * After how many days S3 removes the parts of a multipart upload that was never finished; until then they are billed
   * and no listing shows them. From 1 to 2147483647.
   *
   * @default 7
   */
  readonly abortIncompleteUploadDays?: pulumi.Input<number> | undefined;

  /**
   * How S3 encrypts what it stores: `sse-s3` by keys of its own, `sse-kms` by a KMS key. What is stored already stays as it
   * is. Back from `sse-kms`, KMS deletes the key that we made after 30 days, and what it encrypted is lost with it.
   *
   * @default "sse-s3"
   */
  readonly encryption?: Encryption | undefined;

  /**
   * The ARN of the KMS key to encrypt by, in the bucket's region.
   *
   * @default - with `sse-kms`, a key that we make: with yearly rotation, an alias named after the bucket, and 30 days between
   * its deletion and its end
   */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;

  /**
   * S3 Object Lock. With `mode` and `days`, no version of an object can be deleted for so many days after its upload: in mode
   * `governance` by nobody without the permission to bypass it, in mode `compliance` by nobody at all, the account's root and AWS
   * included. An upload needs a checksum then, which old clients do not send. With `enabled` alone, the backup tool sets the
   * retention of each object. A change, from nothing too, updates the bucket and replaces nothing. Object Lock cannot be switched
   * off again: without this setting later, S3 goes on as it was told.
   *
   * @default - none
   */
  readonly objectLock?: ObjectLock | undefined;

  /**
   * For how many days to keep S3's access logs of the bucket, in a bucket of their own: which user or role deleted or overwrote
   * what, from which address, and when. They come some hours late. From 1 to 2147483647. Turned off later, or in a destroy, the
   * logs stay in their bucket until they expire, unless `forceDestroy` is true (not an Output of it).
   *
   * @default - no logs
   */
  readonly accessLogs?: number | undefined;

  /**
   * The name of an existing bucket to log to instead, in the same region and account. Nothing is changed of it: it has to let
   * S3's logging service write below `access-logs/`.
   *
   * @default - none
   */
  readonly existingLogBucket?: pulumi.Input<string> | undefined;

  /**
   * Who owns an uploaded object, and whether ACLs are on (`BucketOwnerPreferred`) or off (`BucketOwnerEnforced`). Clients
   * that send or read ACLs, as the guide's policy lets them, need them on. No ACL can make anything public either way.
   *
   * @default "BucketOwnerPreferred"
   */
  readonly objectOwnership?: pulumi.Input<ObjectOwnership> | undefined;

  /**
   * Whether `pulumi destroy` stops at the bucket and its KMS key even if the bucket is empty, as Pulumi's resource option of
   * the same name has it. For these two it takes precedence over the component's own option.
   *
   * @default - the component's option `protect`
   */
  readonly protect?: boolean | undefined;

  /**
   * Whether a destroy deletes the backups too. Without it, a destroy stops at a bucket that holds anything.
   *
   * @default false
   */
  readonly forceDestroy?: pulumi.Input<boolean> | undefined;

  /**
   * Tags for the bucket.
   *
   * @default - none
   */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** Object Lock by itself, or both parts of a default retention (S3 API, DefaultRetention: at most 100 years). */
const checkObjectLock: Check = checkAfter(readObjectLock, (value): Finding[] => {
  const { enabled, mode, days, ...more } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Record<string, unknown>;
  if (enabled === false) {
    const rule = "Object Lock can't be turned off: S3 keeps it once it is on";
    return [{ rule, fix: "remove objectLock, and the bucket keeps the lock that it has" }];
  }
  const alone = enabled === true && mode === undefined && days === undefined;
  const retention =
    checkOneOf(...lockModes)(mode).length === 0 && checkDays(days).length === 0 && Number(days) <= 36_500;
  return (alone || (retention && (enabled === undefined || enabled === true))) &&
    Object.keys(more).length === 0
    ? []
    : [
        {
          rule: `must have a mode, ${lockModes.join(" or ")}, and a whole number of days from 1 to 36500; or for no default retention only enabled, true`,
          fix: 'for example {"mode": "governance", "days": 30}, or {"enabled": true}',
        },
      ];
});

function readObjectLock(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === "mode"
        ? readWord(part, lockModes)
        : name === "days"
          ? checkDays.read?.(part)
          : name === "enabled"
            ? readBoolean(part)
            : part,
    ]),
  );
}

/** How each argument of a {@link BackupBucket} is checked. */
export const bucketChecks = {
  bucketName: checkBucketName,
  bucketNamespace: atOnce(checkOneOf(...bucketNamespaces)),
  adoptedBucket: atOnce(checkBoolean),
  versioning: checkBoolean,
  noncurrentVersionDays: checkDays,
  abortIncompleteUploadDays: checkDays,
  encryption: atOnce(checkOneOf(...encryptions)),
  kmsKeyArn: checkKeyArn,
  objectLock: atOnce(checkObjectLock),
  accessLogs: atOnce(checkDays),
  existingLogBucket: checkExistingBucketName,
  objectOwnership: checkOneOf(...objectOwnerships),
  protect: atOnce(checkBoolean),
  forceDestroy: checkBoolean,
  tags: checkTags,
} satisfies Checks<BackupBucketArgs>;

/**
 * A bucket for backups: private, encrypted by S3 (SSE-S3), versioned, closed to plain HTTP, and cleaned of what nobody
 * sees (old versions, unfinished uploads, delete markers with nothing behind them).
 *
 * ```ts
 * const bucket = new BackupBucket("mLab", { noncurrentVersionDays: 90 });
 * ```
 */
export class BackupBucket extends pulumi.ComponentResource {
  /** The bucket's name. */
  readonly bucketName: pulumi.Output<string>;
  /** The bucket's ARN, as policies name it. */
  readonly bucketArn: pulumi.Output<string>;
  /** The region that the bucket is in. */
  readonly region: pulumi.Output<string>;
  /** The ARN of the KMS key that the bucket encrypts by, where it does. */
  readonly kmsKeyArn: pulumi.Output<string> | undefined;
  /** The name of the bucket that its access logs go to, where there are any. */
  readonly logBucketName: pulumi.Output<string> | undefined;
  /** The bucket itself, to attach notifications or a replication to. */
  readonly bucket: s3.Bucket;

  /**
   * @param name the consumer's name; the bucket is named after it
   * @param args what differs from the defaults
   * @param opts the usual options of a component
   * @throws a `pulumi.ResourceError` that names every argument which cannot be used
   */
  constructor(name: string, args: BackupBucketArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("s3-backup-target:index:BackupBucket", name, {}, opts);
    const {
      bucketName,
      bucketNamespace,
      versioning: versioned = bucketDefaults.versioning,
      noncurrentVersionDays = bucketDefaults.noncurrentVersionDays,
      abortIncompleteUploadDays = bucketDefaults.abortIncompleteUploadDays,
      encryption: encryptedBy = bucketDefaults.encryption,
      kmsKeyArn: existingKeyArn,
      objectLock,
      accessLogs,
      existingLogBucket,
      objectOwnership = bucketDefaults.objectOwnership,
      protect,
      forceDestroy = bucketDefaults.forceDestroy,
      tags,
    } = checkArgs(args, bucketChecks, bucketContradictions, this);
    const logicalName = namesFor.bucket(name);
    const twin = twinOf(this, logicalName);
    if (twin !== undefined) {
      throw new pulumi.ResourceError(
        `the name "${name}" must differ from "${twin}" in more than case: the resources of both buckets would be named ${logicalName}; use another name.`,
        this,
        true,
      );
    }
    if (bucketName === undefined) {
      // Pulumi makes the bucket's name of it.
      refuse(
        checkConsumer(name).map((finding) => ({ ...finding, name: "name", value: name })),
        this,
      );
    } else {
      whenKnown(bucketName, (exact) => warn(this, warnOfBucketName(exact)));
    }
    const isAccountRegional = bucketNamespace === "account-regional";
    // An option that is there, even as false, keeps the component's own from being inherited.
    const protection = protect === undefined ? {} : { protect };
    // Pulumi infers a child's alias only where its name starts with its parent's, and these are in lower case.
    const child = (suffix: string) => ({
      parent: this,
      aliases: formerNames(this).map((former) => ({
        name: former.apply((consumer) => namesFor.bucket(consumer) + suffix),
      })),
    });

    // Before the bucket, and so in a destroy after it: a bucket that stays because it holds backups can go on reading them.
    const key =
      encryptedBy === "sse-kms" && existingKeyArn === undefined
        ? new kms.Key(
            `${logicalName}-key`,
            {
              description: `Encrypts the backups in ${logicalName}`,
              enableKeyRotation: true,
              deletionWindowInDays: 30,
              tags,
            },
            { ...child("-key"), ...protection },
          )
        : undefined;

    // Before the bucket too: one that stays finds its logs again.
    const logs =
      accessLogs === undefined
        ? undefined
        : new AccessLogBucket(
            name,
            { days: accessLogs, deleteLogs: forceDestroy === true, tags },
            { parent: this },
          );

    // A new name needs a new bucket. The old one is deleted first, which S3 refuses as long as it holds anything: so the change
    // stops there, before any consumer is sent to an empty bucket.
    const bucket = new s3.Bucket(
      logicalName,
      {
        bucket: isAccountRegional ? accountRegionalName(bucketName ?? logicalName, this) : bucketName,
        bucketNamespace: isAccountRegional ? bucketNamespace : undefined,
        forceDestroy,
        tags,
      },
      {
        ...child(""),
        ...protection,
        deleteBeforeReplace: true,
        dependsOn: [key ?? [], logs?.bucket ?? []].flat(),
      },
    );

    if (key) {
      new kms.Alias(
        `${logicalName}-key-alias`,
        // KMS takes no period in an alias, and 256 characters (KMS API, CreateAlias).
        {
          name: bucket.bucket.apply((name) => `alias/${name.replaceAll(".", "_").slice(0, 250)}`),
          targetKeyId: key.keyId,
        },
        child("-key-alias"),
      );
    }
    const kmsKeyArn = key ? key.arn : keyOf(bucket, existingKeyArn, this);

    // S3 answers 409 OperationAborted to two settings of one bucket at a time, so each of them waits for the one before.
    // They go when the bucket goes: a destroy that stops at a bucket with backups in it must not have opened it before.
    const after = (previous: pulumi.Resource, suffix: string) => ({
      ...child(suffix),
      dependsOn: previous,
      retainOnDelete: true,
    });

    // The guide's policy grants calls about ACLs, which S3 refuses in a bucket where ACLs are off.
    const ownership = new s3.BucketOwnershipControls(
      `${logicalName}-ownership`,
      { bucket: bucket.bucket, rule: { objectOwnership } },
      after(bucket, "-ownership"),
    );

    const publicAccessBlock = new s3.BucketPublicAccessBlock(
      `${logicalName}-public-access-block`,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      after(ownership, "-public-access-block"),
    );

    const policy = new s3.BucketPolicy(
      `${logicalName}-policy`,
      { bucket: bucket.bucket, policy: bucket.arn.apply((arn) => JSON.stringify(denyPlainHttp(arn))) },
      after(publicAccessBlock, "-policy"),
    );

    const versioning = new s3.BucketVersioning(
      `${logicalName}-versioning`,
      {
        bucket: bucket.bucket,
        versioningConfiguration: {
          status: pulumi.output(versioned).apply((on) => (on ? "Enabled" : "Suspended")),
        },
      },
      after(policy, "-versioning"),
    );

    // SSE-C is how a stolen key takes backups hostage: it overwrites them, encrypted by a key that only the thief has.
    const encryption = new s3.BucketServerSideEncryptionConfiguration(
      `${logicalName}-encryption`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            ...(kmsKeyArn === undefined
              ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
              : {
                  applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
                  bucketKeyEnabled: true,
                }),
            blockedEncryptionTypes: ["SSE-C"],
          },
        ],
      },
      after(versioning, "-encryption"),
    );

    const lock =
      objectLock &&
      new s3.BucketObjectLockConfiguration(
        `${logicalName}-object-lock`,
        {
          bucket: bucket.bucket,
          objectLockEnabled: "Enabled",
          ...(objectLock.mode !== undefined && {
            rule: { defaultRetention: { mode: objectLock.mode.toUpperCase(), days: objectLock.days } },
          }),
        },
        after(encryption, "-object-lock"),
      );

    const logBucketName = logs === undefined ? existingLogBucket : logs.allowLogsOf(bucket);
    const settled = lock ?? encryption;
    // Unlike the settings above it is turned off when it is no longer asked for.
    const logging =
      logBucketName === undefined
        ? undefined
        : new s3.BucketLogging(
            `${logicalName}-logging`,
            {
              bucket: bucket.bucket,
              targetBucket: logBucketName,
              targetPrefix: logPrefix,
              targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
            },
            { ...child("-logging"), dependsOn: settled },
          );

    // Last, and nothing waits for it: the provider reads a new lifecycle for 55 s before it calls it done.
    new s3.BucketLifecycleConfiguration(
      `${logicalName}-lifecycle`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "abort-incomplete-uploads",
            status: "Enabled",
            filter: {},
            abortIncompleteMultipartUpload: { daysAfterInitiation: abortIncompleteUploadDays },
          },
          {
            id: "expire-noncurrent-versions",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: noncurrentVersionDays },
            expiration: { expiredObjectDeleteMarker: true },
          },
        ],
      },
      after(logging ?? settled, "-lifecycle"),
    );

    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.region = bucket.region;
    this.kmsKeyArn = kmsKeyArn === undefined ? undefined : pulumi.output(kmsKeyArn);
    this.logBucketName = logBucketName === undefined ? undefined : pulumi.output(logBucketName);
    this.bucket = bucket;
    this.registerOutputs({
      bucketName: this.bucketName,
      bucketArn: this.bucketArn,
      region: this.region,
      kmsKeyArn: this.kmsKeyArn,
      logBucketName: this.logBucketName,
    });
  }
}

/** The name in the namespace of the account and the region that the AWS provider is for. */
function accountRegionalName(name: pulumi.Input<string>, parent: pulumi.Resource): pulumi.Output<string> {
  const { accountId } = getCallerIdentityOutput({}, { parent });
  const { region } = getRegionOutput({}, { parent });
  return pulumi.all([name, accountId, region]).apply(([known, account, place]) => {
    const suffix = accountRegionalSuffix(account, place);
    refuse(tooLongWith(suffix, known), parent);
    return known + suffix;
  });
}

/** The KMS key that a bucket encrypts by, once it is known that both are in the same place. */
export function keyOf(
  bucket: s3.Bucket,
  kmsKeyArn: BackupBucketArgs["kmsKeyArn"],
  resource: pulumi.Resource,
): pulumi.Output<string> | undefined {
  return kmsKeyArn === undefined
    ? undefined
    : pulumi.all([kmsKeyArn, bucket.arn, bucket.region]).apply(([keyArn, bucketArn, region]) => {
        const { partition } = partsOfArn(bucketArn);
        refuse(keyElsewhere(keyArn, { partition, region }), resource);
        return keyArn;
      });
}
