/**
 * What one backup tool has to be able to do with its bucket. IAM authorises a listing on the bucket and all else on the
 * objects, and knows the prefix of what is asked for (`s3:prefix`) only for the actions under `list`.
 */
export interface AccessProfile {
  /** Who it is for, as docs/access-profiles.md shows it. */
  readonly title: string;
  /** Where the permissions are documented. */
  readonly source: string;
  /** On the bucket, and limited to a prefix where there is one. */
  readonly list: readonly string[];
  /** On the bucket as a whole: these say nothing about objects. */
  readonly bucket: readonly string[];
  /** On the objects. */
  readonly object: readonly string[];
  /** What the tool needs more where the bucket is versioned. */
  readonly versioned?: { readonly list?: readonly string[]; readonly object?: readonly string[] };
  /** On everything, because IAM knows no narrower resource for them. */
  readonly account?: readonly string[];
  /** A folder, below the prefix, outside of which nothing can be deleted. */
  readonly deletesOnlyIn?: string;
  /** Whether the tool reads or writes ACLs, which S3 refuses in a bucket whose ownership is `BucketOwnerEnforced`. */
  readonly usesAcls: boolean;
  /** Whether the statements stay as the source has them, and no condition of ours is added (see {@link accessPolicy}). */
  readonly toTheLetter?: boolean;
  /** Why the tool cannot be limited to a prefix. */
  readonly noPrefix?: string;
  /** Why the tool cannot work in a bucket with a default retention. */
  readonly noObjectLock?: string;
  /** Why the profile keeps no promise in a bucket without versions. */
  readonly needsVersioning?: string;
}

const read = "s3:GetObject";
const write = "s3:PutObject";
const remove = "s3:DeleteObject";
const abort = "s3:AbortMultipartUpload";
const list = "s3:ListBucket";
const locate = "s3:GetBucketLocation";

/** One row for each tool, and four for those that are not here. */
export const profiles = {
  mlab: {
    title: "The guide's own policy, to the letter",
    source: "mLab, Securing your AWS S3 bucket",
    list: [list],
    bucket: [],
    // s3:DeleteObjectAcl is no action of S3 and grants nothing. It stands here because it stands in the guide; IAM stores
    // it without complaint.
    object: [read, "s3:GetObjectAcl", write, "s3:PutObjectAcl", remove, "s3:DeleteObjectAcl"],
    usesAcls: true,
    toTheLetter: true,
    noPrefix: "the service writes a test object at the root of the bucket, and refuses a bucket without it",
    noObjectLock: "the service uploads without a checksum, which S3 refuses under a default retention",
  },
  restic: {
    title: "restic",
    source: "https://restic.readthedocs.io/en/stable/080_examples.html",
    list: [list],
    bucket: [locate],
    object: [read, write, remove, abort],
    usesAcls: false,
  },
  litestream: {
    title: "Litestream",
    source: "https://litestream.io/guides/s3/",
    list: [list],
    bucket: [locate],
    object: [read, write, remove, abort],
    usesAcls: false,
  },
  velero: {
    title: "Velero",
    source: "https://github.com/velero-io/velero-plugin-for-aws#set-permissions-for-velero",
    list: [list],
    bucket: [],
    object: [read, write, remove, abort],
    usesAcls: false,
  },
  pgbackrest: {
    title: "pgBackRest",
    source: "https://pgbackrest.org/user-guide.html#s3-support",
    list: [list],
    bucket: [],
    object: [read, write, remove],
    versioned: { list: ["s3:ListBucketVersions"], object: ["s3:GetObjectVersion"] },
    usesAcls: false,
  },
  "wal-g": {
    title: "WAL-G",
    source: "https://github.com/wal-g/wal-g/blob/master/docs/STORAGES.md",
    list: [list],
    // Not s3:GetBucketVersioning: with it, WAL-G would delete old versions for good.
    bucket: [locate],
    object: [read, write, remove, abort],
    usesAcls: false,
  },
  rclone: {
    title: "rclone",
    source: "https://rclone.org/s3/#s3-permissions",
    list: [list],
    bucket: [],
    object: [read, write, "s3:PutObjectAcl", remove, abort],
    versioned: { object: ["s3:GetObjectVersion"] },
    usesAcls: true,
  },
  pbm: {
    title: "Percona Backup for MongoDB",
    source: "https://docs.percona.com/percona-backup-mongodb/details/storage-configuration.html",
    list: [list],
    bucket: [],
    object: [read, write, remove],
    usesAcls: false,
  },
  veeam: {
    title: "Veeam Backup & Replication, without immutability",
    source: "https://www.veeam.com/kb3151",
    list: [list],
    bucket: [locate, "s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration"],
    object: [read, write, remove],
    usesAcls: false,
    noPrefix: "Veeam keeps its folders at the root of the bucket, and documents no policy for a folder",
    noObjectLock: "Veeam sets the retention of each object itself, and does not support a default retention",
  },
  msp360: {
    title: "MSP360 (CloudBerry)",
    source: "https://kb.msp360.com/standalone-backup/general/granular-agent-permissions",
    list: [list, "s3:ListBucketVersions"],
    bucket: [locate, "s3:ListBucketMultipartUploads", "s3:GetBucketObjectLockConfiguration"],
    // Not s3:DeleteObjectVersion, which the vendor lists: a stolen key could erase all history.
    object: [
      read,
      "s3:GetObjectAcl",
      "s3:GetObjectVersion",
      "s3:GetObjectVersionAcl",
      write,
      "s3:PutObjectAcl",
      "s3:PutObjectVersionAcl",
      remove,
      abort,
      "s3:ListMultipartUploadParts",
      "s3:RestoreObject",
    ],
    account: ["s3:ListAllMyBuckets"],
    usesAcls: true,
    noPrefix: "MSP360 lists unfinished uploads, which IAM cannot limit to a prefix",
  },
  "read-write": {
    title: "Any tool that reads, writes and deletes",
    source: "what most tools ask for",
    list: [list],
    bucket: [locate],
    object: [read, write, remove, abort, "s3:ListMultipartUploadParts"],
    usesAcls: false,
  },
  "read-only": {
    title: "A restore, or an audit",
    source: "read-write without what changes anything",
    list: [list],
    bucket: [locate],
    object: [read],
    usesAcls: false,
  },
  "write-only": {
    title: "A host that is to upload and see nothing",
    source: "read-write without what reads or deletes",
    list: [],
    bucket: [locate],
    object: [write, abort],
    usesAcls: false,
  },
  "append-only": {
    title: "restic and its like, unable to forget",
    source: "https://restic.readthedocs.io/en/stable/080_examples.html",
    list: [list],
    bucket: [locate],
    object: [read, write, abort],
    deletesOnlyIn: "locks/",
    usesAcls: false,
    needsVersioning: "the key can overwrite its own backups, and only an old version can restore them",
  },
} satisfies Record<string, AccessProfile>;

/** The name of an access profile. */
export type AccessName = keyof typeof profiles;

/** All names of access profiles. */
export const accessNames = Object.keys(profiles) as AccessName[];

/** What a consumer may do when nothing else is said. */
export const defaultAccess = "mlab" satisfies AccessName;
