import type * as iam from "@pulumi/aws/iam";
import { plainHttpDenied } from "./denyPlainHttp";

/** What the keys of all access logs begin with. S3 adds the account, the region, the bucket and the day of the requests. */
export const logPrefix = "access-logs/";

/**
 * The policy of a bucket for access logs: S3's logging service may add those of one bucket of one account, and nobody can
 * access them over plain HTTP. The statement is AWS's
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
 */
export function allowLogDelivery(names: {
  readonly logBucketArn: string;
  readonly bucketArn: string;
  readonly accountId: string;
}): iam.PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "S3ServerAccessLogsPolicy",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: `${names.logBucketArn}/${logPrefix}*`,
        Condition: {
          ArnLike: { "aws:SourceArn": names.bucketArn },
          StringEquals: { "aws:SourceAccount": names.accountId },
        },
      },
      plainHttpDenied(names.logBucketArn),
    ],
  };
}
