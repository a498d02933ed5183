import type { AccessName } from "./profiles";
import { bucketActions } from "./s3Actions";

/** For each action that undoes a default protection, what it lets the holder of a key do. */
export const undoes: Readonly<Record<string, string>> = {
  "s3:BypassGovernanceRetention": "can delete what Object Lock keeps in governance mode",
  "s3:DeleteBucket": "can delete the bucket once it is empty",
  "s3:DeleteBucketPolicy": "can remove the bucket's policy, which refuses plain HTTP",
  "s3:DeleteObjectVersion": "can delete old versions, which are needed to undo an overwrite or a deletion",
  "s3:GetBucketVersioning":
    "sees that the bucket is versioned, and WAL-G, clickhouse-backup and similar tools then delete old versions for good, or fail if they may not",
  "s3:InitiateReplication": "can replicate existing objects to the destination of the bucket's replication",
  "s3:ListAllMyBuckets": "sees the names of all buckets of the account, but not what is in the others",
  "s3:ObjectOwnerOverrideToBucketOwner": "can replicate objects into the bucket",
  "s3:PutBucketAcl": "can give other accounts access with an ACL of the bucket",
  "s3:PutBucketObjectLockConfiguration": "can change how long Object Lock keeps what is uploaded",
  "s3:PutBucketOwnershipControls": "can switch ACLs on",
  "s3:PutBucketPolicy": "can grant anyone any access to the bucket",
  "s3:PutBucketPublicAccessBlock": "can open the bucket to the public",
  "s3:PutBucketVersioning": "can suspend versioning, so that what is deleted is gone",
  "s3:PutEncryptionConfiguration":
    "can change how the bucket encrypts, and allow keys of a client's own (SSE-C)",
  "s3:PutLifecycleConfiguration": "can make S3 delete everything, including old versions",
  "s3:PutObjectAcl": "can let other accounts read an object where ACLs are on",
  "s3:PutObjectLegalHold": "can prevent everyone from deleting objects, indefinitely",
  "s3:PutObjectRetention": "can prevent everyone from deleting objects, for up to 100 years",
  "s3:PutObjectVersionAcl": "can let other accounts read an old version where ACLs are on",
  "s3:PutReplicationConfiguration": "can have S3 copy everything that is uploaded to another bucket",
  "s3:ReplicateDelete": "can replicate deletions into the bucket",
  "s3:ReplicateObject": "can replicate objects into the bucket",
  "s3:UpdateObjectEncryption": "can re-encrypt existing objects with a key of their own",
};

const reads = "can read the backups";
const deletes = "can delete the backups";

/** The same, for each action that a profile exists to withhold. */
const undoesProfile: Readonly<Partial<Record<AccessName, Readonly<Record<string, string>>>>> = {
  "append-only": { "s3:DeleteObject": deletes },
  "read-only": { "s3:DeleteObject": deletes, "s3:PutObject": "can overwrite the backups" },
  "write-only": {
    "s3:DeleteObject": deletes,
    "s3:GetObject": reads,
    "s3:GetObjectVersion": reads,
    "s3:ListBucket": "can list the backups",
    "s3:ListBucketVersions": "can list the backups",
  },
};

/** What an extra action lets the holder of a key do that its profile or the bucket should prevent; undefined: nothing. */
export function undoing(action: string, access: AccessName): string | undefined {
  const ofProfile = undoesProfile[access]?.[action];
  if (ofProfile !== undefined) {
    return ofProfile;
  }
  if (Object.hasOwn(undoes, action)) {
    return undoes[action];
  }
  const changesBucket =
    (bucketActions as readonly string[]).includes(action) && !/^s3:(Get|List)/.test(action);
  return changesBucket ? "can change the bucket itself" : undefined;
}
