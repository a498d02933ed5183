// A target, and what a program of someone's own attaches to its bucket, its user and its policy.
import * as aws from "@pulumi/aws";
import { BackupTarget } from "../../../components";

const { bucket, consumer, kmsKeyArn, ...target } = new BackupTarget("attached", { encryption: "sse-kms" });
if (bucket === undefined || consumer.user === undefined) {
  throw new Error("The target has made no bucket, or no user");
}
const auditor = new aws.iam.User("auditor", { forceDestroy: true });
new aws.iam.UserPolicyAttachment("shared", { user: auditor.name, policyArn: consumer.policy.arn });
const further = new aws.iam.Policy("further", {
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetBucketTagging", Resource: bucket.bucket.arn }],
  },
});
new aws.iam.UserPolicyAttachment("further", { user: consumer.user.name, policyArn: further.arn });

export const { accessKeyId, secretAccessKey, bucketName } = target;
export const bucketId = bucket.bucket.id;
export const auditorName = auditor.name;
export { kmsKeyArn };
