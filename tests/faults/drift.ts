// What someone else can do to each resource of a stack, by hand in the console.
import {
  CreatePolicyVersionCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  ListPolicyVersionsCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type { clientsOf, Outputs } from "../support/environment";

export interface Drift {
  readonly resource: string;
  readonly what: "changed" | "removed";
  readonly act: (owner: ReturnType<typeof clientsOf>, outputs: Outputs) => Promise<unknown>;
}

type Act = Drift["act"];

const removeFromGroup: Act = ({ iam }, { userName, groupName }) =>
  iam.send(new RemoveUserFromGroupCommand({ UserName: userName, GroupName: groupName }));
const detach: Act = ({ iam }, { groupName, policyArn }) =>
  iam.send(new DetachGroupPolicyCommand({ GroupName: groupName, PolicyArn: policyArn }));
const removeKey: Act = ({ iam }, { userName, accessKeyId }) =>
  iam.send(new DeleteAccessKeyCommand({ UserName: userName, AccessKeyId: accessKeyId }));

/** One after the other. */
const both =
  (...acts: Act[]): Act =>
  async (owner, outputs) => {
    for (const act of acts) {
      await act(owner, outputs);
    }
  };

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
};

const removePolicy: Act = async ({ iam }, { policyArn: PolicyArn }) => {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  for (const { VersionId, IsDefaultVersion } of Versions) {
    if (!IsDefaultVersion) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
  }
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
};

const table: Readonly<Record<string, Partial<Record<Drift["what"], Act>>>> = {
  bucket: {
    changed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "by", Value: "hand" }] } })),
    removed: ({ s3 }, { bucketName: Bucket }) => s3.send(new DeleteBucketCommand({ Bucket })),
  },
  "bucket's ownership": {
    changed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
        }),
      ),
    removed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  },
  "bucket's public access block": {
    changed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: false,
            RestrictPublicBuckets: true,
          },
        }),
      ),
    removed: ({ s3 }, { bucketName: Bucket }) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
  "bucket's policy": {
    changed: ({ s3 }, { bucketName: Bucket, bucketArn }) => {
      const Statement = [{ Effect: "Deny", Principal: "*", Action: "s3:DeleteBucket", Resource: bucketArn }];
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      return s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    },
    removed: ({ s3 }, { bucketName: Bucket }) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  // A bucket's versioning cannot be removed.
  "bucket's versioning": {
    changed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
  },
  // Nor can its encryption: S3 goes back to keys of its own, which is what the stack asks for.
  "bucket's encryption": {
    changed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }],
          },
        }),
      ),
  },
  "bucket's lifecycle": {
    changed: ({ s3 }, { bucketName: Bucket }) =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ ID: "mine", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
          },
        }),
      ),
    removed: ({ s3 }, { bucketName: Bucket }) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  policy: {
    changed: ({ iam }, { policyArn: PolicyArn }) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn,
          PolicyDocument: JSON.stringify(everything),
          SetAsDefault: true,
        }),
      ),
    removed: both(detach, removePolicy),
  },
  // The local AWS cannot change a group, which has nothing but a name and a path.
  group: {
    removed: both(removeFromGroup, detach, ({ iam }, { groupName: GroupName }) =>
      iam.send(new DeleteGroupCommand({ GroupName })),
    ),
  },
  "policy's attachment to the group": { removed: detach },
  user: {
    changed: ({ iam }, { userName: UserName }) =>
      iam.send(new TagUserCommand({ UserName, Tags: [{ Key: "by", Value: "hand" }] })),
    removed: both(removeFromGroup, removeKey, ({ iam }, { userName: UserName }) =>
      iam.send(new DeleteUserCommand({ UserName })),
    ),
  },
  "user's membership in the group": { removed: removeFromGroup },
  "access key": {
    changed: ({ iam }, { userName: UserName, accessKeyId: AccessKeyId }) =>
      iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" })),
    removed: removeKey,
  },
};

/** Each resource, changed and removed. */
export const drifts: readonly Drift[] = Object.entries(table).flatMap(([resource, { changed, removed }]) => [
  ...(changed ? [{ resource, what: "changed" as const, act: changed }] : []),
  ...(removed ? [{ resource, what: "removed" as const, act: removed }] : []),
]);
