import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { allowLogDelivery } from "./access/allowLogDelivery";
import { formerNames } from "./lineage";
import { namesFor } from "./naming";

/** What a bucket for access logs is made for. */
export interface AccessLogBucketArgs {
  /** The bucket whose access logs it holds. */
  readonly bucket: s3.Bucket;
  /** After how many days each log expires. */
  readonly days: number;
  /** Whether a destroy deletes it with all its logs; else it leaves both. */
  readonly deleteLogs: boolean;
  readonly tags: s3.BucketArgs["tags"];
}

/**
 * A bucket for the access logs of one other: private, encrypted by S3, closed to plain HTTP and to all writers but S3's logging
 * service. SSE-KMS and a default retention by Object Lock are left out, because S3 delivers no logs under either
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
 *
 * A component, so that `adopt` never takes its resources for those of the bucket that is adopted.
 */
export class AccessLogBucket extends pulumi.ComponentResource {
  /** Its name, once logs can be delivered there. */
  readonly bucketName: pulumi.Output<string>;

  /**
   * @param name the consumer's name; the bucket is named after it
   * @param args what it is made for; these are not checked again
   * @param opts the usual options of a component
   */
  constructor(
    name: string,
    { bucket, days, deleteLogs, tags }: AccessLogBucketArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("s3-backup-target:index:AccessLogBucket", name, {}, opts);
    const logicalName = namesFor.logBucket(name);
    const child = (suffix: string) => ({
      parent: this,
      aliases: formerNames(this).map((former) => ({
        name: former.apply((consumer) => namesFor.logBucket(consumer) + suffix),
      })),
    });

    const logBucket = new s3.Bucket(
      logicalName,
      { forceDestroy: deleteLogs, tags },
      // S3 delivers late: a bucket that must be empty before it goes would never go.
      { ...child(""), retainOnDelete: !deleteLogs },
    );
    const at = { bucket: logBucket.bucket };
    // One after the other, as the settings of every bucket; and like those, they go with it.
    const after = (previous: pulumi.Resource, suffix: string) => ({
      ...child(suffix),
      dependsOn: previous,
      retainOnDelete: true,
    });

    const ownership = new s3.BucketOwnershipControls(
      `${logicalName}-ownership`,
      { ...at, rule: { objectOwnership: "BucketOwnerEnforced" } },
      after(logBucket, "-ownership"),
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
      after(ownership, "-public-access-block"),
    );

    const encryption = new s3.BucketServerSideEncryptionConfiguration(
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
      after(publicAccessBlock, "-encryption"),
    );

    const { accountId } = getCallerIdentityOutput({}, { parent: this });
    const policy = new s3.BucketPolicy(
      `${logicalName}-policy`,
      {
        ...at,
        policy: pulumi
          .all([logBucket.arn, bucket.arn, accountId])
          .apply(([logBucketArn, bucketArn, account]) =>
            JSON.stringify(allowLogDelivery({ logBucketArn, bucketArn, accountId: account })),
          ),
      },
      after(encryption, "-policy"),
    );

    new s3.BucketLifecycleConfiguration(
      `${logicalName}-lifecycle`,
      {
        ...at,
        rules: [{ id: "expire-access-logs", status: "Enabled", filter: {}, expiration: { days } }],
      },
      after(policy, "-lifecycle"),
    );

    // By way of the policy, so that whoever names it waits for that.
    this.bucketName = policy.bucket;
    this.registerOutputs({ bucketName: this.bucketName });
  }
}
