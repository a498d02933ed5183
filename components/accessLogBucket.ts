import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { allowLogDelivery } from "./access/allowLogDelivery";
import { childOptions } from "./lineage";
import { namesFor } from "./naming";

/** Arguments for {@link AccessLogBucket}. */
export interface AccessLogBucketArgs {
  /** Number of days after which each log expires. */
  readonly days: number;
  /** Whether a destroy deletes the bucket and its logs; otherwise it keeps both. */
  readonly deleteLogs: boolean;
  readonly tags: s3.BucketArgs["tags"];
}

/**
 * A bucket for the access logs of one other bucket: private, encrypted by S3, HTTPS only, and writable only for S3's logging
 * service. SSE-KMS and a default retention by Object Lock are left out, because S3 delivers no logs under either
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
 *
 * A component, so that `adopt` never mistakes its resources for those of the adopted bucket.
 */
export class AccessLogBucket extends pulumi.ComponentResource {
  readonly bucket: s3.Bucket;
  private readonly encryption: s3.BucketServerSideEncryptionConfiguration;

  /**
   * @param name the consumer's name; the bucket is named after it
   * @param args its arguments, already checked
   * @param opts the usual options of a component
   */
  constructor(
    private readonly name: string,
    private readonly args: AccessLogBucketArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("s3-backup-target:index:AccessLogBucket", name, {}, opts);
    const { deleteLogs, tags } = args;
    const logicalName = namesFor.logBucket(name);

    this.bucket = new s3.Bucket(
      logicalName,
      { forceDestroy: deleteLogs, tags },
      // S3 delivers late, so a bucket that had to be empty could never be deleted.
      { ...this.child(""), retainOnDelete: !deleteLogs },
    );
    const at = { bucket: this.bucket.bucket };

    const ownership = new s3.BucketOwnershipControls(
      `${logicalName}-ownership`,
      { ...at, rule: { objectOwnership: "BucketOwnerEnforced" } },
      this.after(this.bucket, "-ownership"),
    );

    const publicAccessBlock = new s3.BucketPublicAccessBlock(
      `${logicalName}-public-access-block`,
      {
        ...at,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      this.after(ownership, "-public-access-block"),
    );

    this.encryption = new s3.BucketServerSideEncryptionConfiguration(
      `${logicalName}-encryption`,
      {
        ...at,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
            blockedEncryptionTypes: ["SSE-C"],
          },
        ],
      },
      this.after(publicAccessBlock, "-encryption"),
    );

    this.registerOutputs({ bucketName: this.bucket.bucket });
  }

  /**
   * Lets S3's logging service write the logs of one bucket, and makes them expire. Not in the constructor, because the logged
   * bucket depends on this one and is destroyed first: if the destroy stops at backups, the next update still has their logs.
   *
   * @returns the name of this bucket, once logs can be delivered
   */
  allowLogsOf(source: s3.Bucket): pulumi.Output<string> {
    const { accountId } = getCallerIdentityOutput({}, { parent: this });
    const logicalName = namesFor.logBucket(this.name);
    const at = { bucket: this.bucket.bucket };

    const policy = new s3.BucketPolicy(
      `${logicalName}-policy`,
      {
        ...at,
        policy: pulumi
          .all([this.bucket.arn, source.arn, accountId])
          .apply(([logBucketArn, bucketArn, account]) =>
            JSON.stringify(allowLogDelivery({ logBucketArn, bucketArn, accountId: account })),
          ),
      },
      this.after(this.encryption, "-policy"),
    );

    // Last, and nothing depends on it, as in the logged bucket.
    new s3.BucketLifecycleConfiguration(
      `${logicalName}-lifecycle`,
      {
        ...at,
        rules: [
          {
            id: "expire-access-logs",
            status: "Enabled",
            filter: {},
            expiration: { days: this.args.days },
          },
        ],
      },
      this.after(policy, "-lifecycle"),
    );
    return policy.bucket;
  }

  private child(suffix: string) {
    return childOptions(this, (consumer) => namesFor.logBucket(consumer) + suffix);
  }

  /** One after the other, and deleted with the bucket, like the settings of any bucket here. */
  private after(previous: pulumi.Resource, suffix: string) {
    return { ...this.child(suffix), dependsOn: previous, retainOnDelete: true };
  }
}
