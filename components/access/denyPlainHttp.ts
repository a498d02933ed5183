import type * as iam from "@pulumi/aws/iam";

/**
 * The bucket policy: nobody, including the account's owner, can access the bucket over plain HTTP. A Deny for every principal can
 * lock everyone out; this one can't, and it denies nothing else.
 */
export function denyPlainHttp(bucketArn: string): iam.PolicyDocument {
  return { Version: "2012-10-17", Statement: [plainHttpDenied(bucketArn)] };
}

/** The policy's only statement. */
export const plainHttpDenied = (bucketArn: string): iam.PolicyStatement => ({
  Sid: "DenyPlainHttp",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
