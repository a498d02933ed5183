import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { bucketPolicy } from "./expected";

/** Every setting of a bucket, as the AWS API shows it. */
export async function readBucket(s3: S3Client, Bucket: string) {
  const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
  const { Rules } = await s3
    .send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    .catch((error: Error) => {
      expect(error.name).to.equal("NoSuchLifecycleConfiguration");
      return { Rules: undefined };
    });
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  const tags = await s3.send(new GetBucketTaggingCommand({ Bucket })).catch((error: Error) => {
    expect(error.name).to.equal("NoSuchTagSet");
    return { TagSet: [] };
  });
  return {
    publicAccessBlock: PublicAccessBlockConfiguration,
    ownership: OwnershipControls?.Rules,
    versioning: Status,
    encryption: ServerSideEncryptionConfiguration?.Rules?.map(
      ({ ApplyServerSideEncryptionByDefault, BlockedEncryptionTypes }) => ({
        ...ApplyServerSideEncryptionByDefault,
        blocked: BlockedEncryptionTypes?.EncryptionType,
      }),
    ),
    lifecycle: Rules,
    policy: JSON.parse(Policy ?? ""),
    tags: Object.fromEntries((tags.TagSet ?? []).map(({ Key, Value }) => [Key, Value])),
  };
}

/** What {@link readBucket} returns for a bucket with the default settings. */
export const expectedBucket = (arn: string) => ({
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ownership: [{ ObjectOwnership: "BucketOwnerPreferred" }],
  versioning: "Enabled",
  encryption: [{ SSEAlgorithm: "AES256", blocked: ["SSE-C"] }],
  lifecycle: [
    {
      ID: "abort-incomplete-uploads",
      Status: "Enabled",
      Filter: { Prefix: "" },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    },
    {
      ID: "expire-noncurrent-versions",
      Status: "Enabled",
      Filter: { Prefix: "" },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      Expiration: { ExpiredObjectDeleteMarker: true },
    },
  ],
  policy: bucketPolicy(arn),
  tags: {},
});
