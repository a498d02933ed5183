import { UserError } from "../../common/errors";

/** What the commands' calls to a bucket need, by the names of the SDK's commands: the IAM actions, where they have another name. */
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

/** A call that AWS does not let these credentials make. */
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

/** Says of a refusal which call it was of, and what that takes. */
export async function named<T>(call: string, bucket: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const { name, message, $metadata } = thrown as ServiceError;
    // The answer to a HEAD request has no body that could name the error.
    if (name === "AccessDenied" || $metadata?.httpStatusCode === 403) {
      throw new Refused(call, bucket, message);
    }
    throw thrown;
  }
}

/** An answer, or undefined where AWS says that there is no such thing. */
export const orNothing = <T>(request: Promise<T>): Promise<T | undefined> =>
  request.catch((error: ServiceError) => {
    if (error.$metadata?.httpStatusCode === 404) {
      return undefined;
    }
    throw error;
  });
