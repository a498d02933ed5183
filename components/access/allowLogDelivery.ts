import type * as iam from "@pulumi/aws/iam";
import { plainHttpDenied } from "./denyPlainHttp";

/** The prefix of all access logs' keys. S3 appends the account, the region, the bucket and the day of the requests. */
export const logPrefix = "access-logs/";

/**
 * The policy of a bucket for access logs: S3's logging service can write the logs of one bucket in one account, and nobody can
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
