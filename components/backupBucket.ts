// Only the services in use: loading all of @pulumi/aws adds 0.15 s to each run.
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as kms from "@pulumi/aws/kms";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { logPrefix } from "./access/allowLogDelivery";
import { denyPlainHttp } from "./access/denyPlainHttp";
import { AccessLogBucket } from "./accessLogBucket";
import { type BackupBucketArgs, bucketChecks } from "./bucketArgs";
import { checkArgs, refuse, warn, whenKnown } from "./checkArgs";
import { bucketContradictions } from "./conflicts";
import { bucketDefaults } from "./defaults";
import { childOptions, twinOf } from "./lineage";
import {
  accountRegionalSuffix,
  checkConsumer,
  keyElsewhere,
  namesFor,
  partsOfArn,
  tooLongWith,
  warnOfBucketName,
} from "./naming";

/**
 * A bucket for backups: private, encrypted by S3 (SSE-S3), versioned, HTTPS only, and self-cleaning
 * (old versions, unfinished uploads and orphaned delete markers are removed).
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
  /** The bucket's region. */
  readonly region: pulumi.Output<string>;
  /** The ARN of the KMS key that the bucket encrypts with, if it does. */
  readonly kmsKeyArn: pulumi.Output<string> | undefined;
  /** The name of the bucket that its access logs go to, if there are any. */
  readonly logBucketName: pulumi.Output<string> | undefined;
  /** The bucket itself, to attach notifications or replication to. */
  readonly bucket: s3.Bucket;

  /**
   * @param name the consumer's name; the bucket is named after it
   * @param args what differs from the defaults
   * @param opts the usual options of a component
   * @throws a `pulumi.ResourceError` that names every invalid argument
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
      // Pulumi derives the bucket's name from it.
      refuse(
        checkConsumer(name).map((finding) => ({ ...finding, name: "name", value: name })),
        this,
      );
    } else {
      whenKnown(bucketName, (exact) => warn(this, warnOfBucketName(exact)));
    }
    const isAccountRegional = bucketNamespace === "account-regional";
    // Setting the option, even to false, overrides the component's own.
    const protection = protect === undefined ? {} : { protect };
    // Pulumi infers a child's alias only if its name starts with its parent's; these names are in lowercase.
    const child = (suffix: string) => childOptions(this, (consumer) => namesFor.bucket(consumer) + suffix);

    // Created before the bucket, so destroyed after it: a bucket that stays because of its backups can still be read.
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

    // Before the bucket too: one that stays keeps its logs.
    const logs =
      accessLogs === undefined
        ? undefined
        : new AccessLogBucket(
            name,
            { days: accessLogs, deleteLogs: forceDestroy === true, tags },
            { parent: this },
          );

    // A new name needs a new bucket. The old one is deleted first, which S3 refuses unless it is empty: so the change stops
    // before any consumer is sent to an empty bucket.
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
        // KMS allows no periods in an alias, and at most 256 characters (KMS API, CreateAlias).
        {
          name: bucket.bucket.apply((name) => `alias/${name.replaceAll(".", "_").slice(0, 250)}`),
          targetKeyId: key.keyId,
        },
        child("-key-alias"),
      );
    }
    const kmsKeyArn = key ? key.arn : keyOf(bucket, existingKeyArn, this);

    // S3 answers 409 OperationAborted if two settings of a bucket change at once, so each waits for the one before. They are
    // deleted with the bucket: a destroy that stops at a bucket with backups must not have opened it up first.
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

    // SSE-C is how a stolen key takes backups hostage: it overwrites them, encrypted with a key that only the thief has.
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
    // Unlike the settings above, it is turned off when it is no longer set.
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

    // Last, and nothing depends on it: the provider polls a new lifecycle for 55 s before it is done.
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

/** The name in the namespace of the AWS provider's account and region. */
function accountRegionalName(name: pulumi.Input<string>, parent: pulumi.Resource): pulumi.Output<string> {
  const { accountId } = getCallerIdentityOutput({}, { parent });
  const { region } = getRegionOutput({}, { parent });
  return pulumi.all([name, accountId, region]).apply(([known, account, place]) => {
    const suffix = accountRegionalSuffix(account, place);
    refuse(tooLongWith(suffix, known), parent);
    return known + suffix;
  });
}

/** The bucket's KMS key, once both are known to be in the same region. */
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
