import { UserError } from "../../common/errors";

/** The IAM actions that the SDK's commands for a bucket need, if their names differ. */
export const actionsOf: Readonly<Record<string, readonly string[]>> = {
  ListObjectVersions: ["s3:ListBucketVersions"],
  DeleteObjects: ["s3:DeleteObjectVersion"],
  CopyObject: ["s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:PutObject", "s3:PutObjectTagging"],
  UploadPartCopy: ["s3:GetObjectVersion", "s3:PutObject"],
  HeadObject: ["s3:GetObjectVersion"],
  GetObjectTagging: ["s3:GetObjectVersionTagging"],
  CreateMultipartUpload: ["s3:PutObject"],
  CompleteMultipartUpload: ["s3:PutObject"],
  ListMultipartUploads: ["s3:ListBucketMultipartUploads"],
  GetBucketEncryption: ["s3:GetEncryptionConfiguration"],
  GetBucketLifecycleConfiguration: ["s3:GetLifecycleConfiguration"],
  PutBucketLifecycleConfiguration: ["s3:PutLifecycleConfiguration"],
  GetPublicAccessBlock: ["s3:GetBucketPublicAccessBlock"],
  GetObjectLockConfiguration: ["s3:GetBucketObjectLockConfiguration"],
};

const inWords = (names: readonly string[]): string =>
  [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" and ");

/** A call that AWS denies to these credentials. */
export class Refused extends UserError {
  constructor(call: string, bucket: string, message: string) {
    super(
      `AWS does not allow these credentials to call ${call} on the bucket ${bucket}: ${message}\nAllow ${inWords(actionsOf[call] ?? [`s3:${call}`])}; docs/permissions.md lists everything that the commands need. Then run this again.`,
    );
  }
}

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Adds to a refusal which call it was, and which action that needs. */
export async function named<T>(call: string, bucket: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const { name, message, $metadata } = thrown as ServiceError;
    // The response to a HEAD request has no body to name the error.
    if (name === "AccessDenied" || $metadata?.httpStatusCode === 403) {
      throw new Refused(call, bucket, message);
    }
    throw thrown;
  }
}

/** The response, or undefined if AWS says that the resource doesn't exist. */
export const orNothing = <T>(request: Promise<T>): Promise<T | undefined> =>
  request.catch((error: ServiceError) => {
    if (error.$metadata?.httpStatusCode === 404) {
      return undefined;
    }
    throw error;
  });
