import type * as iam from "@pulumi/aws/iam";

/**
 * The bucket policy: nobody, the account's owner included, gets at the bucket over plain HTTP. It is the one Deny for
 * every principal that locks nobody out, and it denies nothing else.
 */
export function denyPlainHttp(bucketArn: string): iam.PolicyDocument {
  return { Version: "2012-10-17", Statement: [plainHttpDenied(bucketArn)] };
}

/** Its statement. */
export const plainHttpDenied = (bucketArn: string): iam.PolicyStatement => ({
  Sid: "DenyPlainHttp",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
