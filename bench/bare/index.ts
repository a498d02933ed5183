// The same resources as this project's program, without components, settings or checks: the baseline for the components (npm run
// bench).
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config("bare");
const tags = config.getObject<Record<string, string>>("tags");

const bucket = new aws.s3.Bucket(
  "mlab-backups",
  { forceDestroy: false, tags },
  { deleteBeforeReplace: true },
);

const after = (previous: pulumi.Resource) => ({ dependsOn: previous, retainOnDelete: true });

const ownership = new aws.s3.BucketOwnershipControls(
  "mlab-backups-ownership",
  { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerPreferred" } },
  after(bucket),
);

const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
  "mlab-backups-public-access-block",
  {
    bucket: bucket.bucket,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  },
  after(ownership),
);

const bucketPolicy = new aws.s3.BucketPolicy(
  "mlab-backups-policy",
  {
    bucket: bucket.bucket,
    policy: bucket.arn.apply((arn) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "DenyPlainHttp",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      }),
    ),
  },
  after(publicAccessBlock),
);

const versioning = new aws.s3.BucketVersioning(
  "mlab-backups-versioning",
  { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
  after(bucketPolicy),
);

const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
  "mlab-backups-encryption",
  {
    bucket: bucket.bucket,
    rules: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
        blockedEncryptionTypes: ["SSE-C"],
      },
    ],
  },
  after(versioning),
);

new aws.s3.BucketLifecycleConfiguration(
  "mlab-backups-lifecycle",
  {
    bucket: bucket.bucket,
    rules: [
      {
        id: "abort-incomplete-uploads",
        status: "Enabled",
        filter: {},
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
      {
        id: "expire-noncurrent-versions",
        status: "Enabled",
        filter: {},
        noncurrentVersionExpiration: { noncurrentDays: 30 },
        expiration: { expiredObjectDeleteMarker: true },
      },
    ],
  },
  after(encryption),
);

const policy = new aws.iam.Policy("mLabS3BackupsPolicy", {
  policy: bucket.arn.apply((arn) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["s3:ListBucket"], Resource: [arn] },
        {
          Effect: "Allow",
          Action: [
            "s3:GetObject",
            "s3:GetObjectAcl",
            "s3:PutObject",
            "s3:PutObjectAcl",
            "s3:DeleteObject",
            "s3:DeleteObjectAcl",
          ],
          Resource: [`${arn}/*`],
        },
      ],
    }),
  ),
  tags,
});

const group = new aws.iam.Group("mLabGroup", {}, { replaceOnChanges: ["name"] });

new aws.iam.GroupPolicyAttachment("mLabGroupPolicyAttachment", { group: group.name, policyArn: policy.arn });

const user = new aws.iam.User("mLabUser", { forceDestroy: true, tags }, { replaceOnChanges: ["name"] });

new aws.iam.UserGroupMembership("mLabUserGroupMembership", { user: user.name, groups: [group.name] });

const accessKey = new aws.iam.AccessKey(
  "mLabAccessKey",
  { user: user.name },
  { replacementTrigger: 1, deleteBeforeReplace: true },
);

export const accessKeyId = accessKey.id;
export const secretAccessKey = accessKey.secret;
export const bucketName = bucket.bucket;
export const bucketArn = bucket.arn;
export const region = bucket.region;
export const userName = user.name;
export const userArn = user.arn;
export const groupName = group.name;
export const policyArn = policy.arn;
