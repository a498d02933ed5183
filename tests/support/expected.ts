// The policies as they have to be on AWS, to the letter.

/** The bucket policy. */
export const bucketPolicy = (arn: string) => ({
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
});

/** The policy of a bucket for the access logs of another. */
export const logBucketPolicy = (arn: string, sourceArn: string, account: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "S3ServerAccessLogsPolicy",
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `${arn}/access-logs/*`,
      Condition: {
        ArnLike: { "aws:SourceArn": sourceArn },
        StringEquals: { "aws:SourceAccount": account },
      },
    },
    ...bucketPolicy(arn).Statement,
  ],
});

/** The policy of the guide. */
export const guidePolicy = (arn: string) => ({
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
});
