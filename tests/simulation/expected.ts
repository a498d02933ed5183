// What each profile has to allow, and by that what it has to refuse: everything else. Written by hand from what the
// tools' own documents ask for, never from components/access: two tables that agree prove something, one table with
// itself does not.
import type { AccessName } from "../../components/access/profiles";
import { bucketArn, keyArn, listed, objectIn, type Request, region, sseC } from "./requests";

/** Names of actions, separated by blanks: S3's, but for `key`, where they are KMS's. */
export interface Expected {
  /** On what belongs to no bucket. */
  readonly account?: string;
  readonly bucket: string;
  readonly objects: string;
  /** On the objects under `locks/` alone. */
  readonly locks?: string;
  /** In addition, where the bucket is versioned. */
  readonly versioned?: { readonly bucket?: string; readonly objects: string };
  /** In addition, where the bucket has Object Lock. */
  readonly locked?: { readonly bucket?: string; readonly objects?: string };
  /** On the KMS key of a bucket that has one: writing takes both, because a multipart upload decrypts. */
  readonly key: string;
  /** Whether it can be confined to a prefix. */
  readonly prefix: boolean;
  /** Whether the consumer may encrypt with a key that it keeps to itself. */
  readonly sseC?: true;
}

const key = "GenerateDataKey Decrypt";
const bucket = "ListBucket";
/** Tools that put, get and delete whole objects. */
const whole = { bucket, objects: "GetObject PutObject DeleteObject", key };
/** Those that abort what they cannot complete. */
const parts = { bucket, objects: "GetObject PutObject DeleteObject AbortMultipartUpload", key };
const anywhere = { prefix: true } as const;
/** Those that ask for the bucket as a whole, or list it without a prefix, or have documents for nothing less. */
const wholeBucket = { prefix: false } as const;

/** What Veeam also needs, for immutability (KB3151). */
const immutable = {
  bucket: "ListBucketVersions",
  objects:
    "GetObjectVersion GetObjectRetention GetObjectLegalHold PutObjectRetention PutObjectLegalHold DeleteObjectVersion",
};

export const expected: Readonly<Record<AccessName, Expected>> = {
  mlab: {
    bucket: "ListBucket",
    objects: "GetObject GetObjectAcl PutObject PutObjectAcl DeleteObject",
    key: "GenerateDataKey Decrypt",
    prefix: false,
    sseC: true,
  },
  restic: {
    bucket: "ListBucket",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  litestream: {
    bucket: "ListBucket GetBucketLocation",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  velero: {
    bucket: "ListBucket",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  pgbackrest: {
    bucket: "ListBucket",
    objects: "GetObject PutObject DeleteObject",
    // Only for --repo-target-time.
    versioned: { bucket: "ListBucketVersions", objects: "GetObjectVersion" },
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  "wal-g": {
    // No GetBucketVersioning: with it, WAL-G takes to deleting versions, and fails where it may not.
    bucket: "ListBucket GetBucketLocation",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  rclone: {
    bucket: "ListBucket",
    objects: "GetObject PutObject PutObjectAcl DeleteObject AbortMultipartUpload",
    versioned: { objects: "GetObjectVersion" },
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  pbm: {
    bucket: "ListBucket",
    objects: "GetObject PutObject DeleteObject",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  veeam: {
    locked: immutable,
    bucket: "ListBucket GetBucketLocation GetBucketVersioning GetBucketObjectLockConfiguration",
    objects: "GetObject PutObject DeleteObject",
    key: "GenerateDataKey Decrypt",
    prefix: false,
  },
  msp360: {
    account: "ListAllMyBuckets",
    bucket:
      "ListBucket ListBucketVersions GetBucketLocation ListBucketMultipartUploads GetBucketObjectLockConfiguration",
    // No DeleteObjectVersion, though its document asks for it: it would erase the history.
    objects:
      "GetObject GetObjectAcl GetObjectVersion GetObjectVersionAcl PutObject PutObjectAcl PutObjectVersionAcl " +
      "DeleteObject AbortMultipartUpload ListMultipartUploadParts RestoreObject",
    key: "GenerateDataKey Decrypt",
    prefix: false,
  },
  "read-write": {
    bucket: "ListBucket GetBucketLocation",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  "read-only": {
    bucket: "ListBucket GetBucketLocation",
    objects: "GetObject",
    key: "Decrypt",
    prefix: true,
  },
  "write-only": {
    bucket: "GetBucketLocation",
    objects: "PutObject AbortMultipartUpload",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  "append-only": {
    bucket: "ListBucket",
    objects: "GetObject PutObject AbortMultipartUpload",
    locks: "DeleteObject",
    key: "GenerateDataKey Decrypt",
    prefix: true,
  },
  "aws-cli": { ...parts, ...anywhere },
  "barman-cloud": { ...parts, ...wholeBucket, locked: { objects: "GetObjectRetention GetObjectLegalHold" } },
  bareos: { ...whole, ...wholeBucket, bucket: "ListBucket GetBucketLocation" },
  borg: { ...whole, ...anywhere },
  // No GetBucketVersioning: with it, clickhouse-backup takes to deleting versions.
  "clickhouse-backup": { ...parts, ...anywhere },
  clickhouse: { ...parts, ...anywhere },
  "cloudnative-pg": {
    ...parts,
    ...wholeBucket,
    locked: { objects: "GetObjectRetention GetObjectLegalHold" },
  },
  cockroachdb: { ...parts, ...wholeBucket },
  commvault: {
    locked: { objects: "PutObjectRetention" },
    account: "ListAllMyBuckets",
    bucket: "ListBucket GetBucketLocation",
    // No PutObjectRetention and no CreateBucket, though its document has them.
    objects: "GetObject PutObject PutObjectTagging DeleteObject",
    key,
    prefix: false,
  },
  coolify: {
    ...parts,
    ...wholeBucket,
    bucket: "ListBucket GetBucketLocation",
    locked: { bucket: "GetBucketObjectLockConfiguration" },
  },
  "docker-volume-backup": {
    bucket: "ListBucket GetBucketLocation",
    // It has no restore.
    objects: "PutObject DeleteObject AbortMultipartUpload",
    key,
    prefix: true,
  },
  duplicati: { ...whole, ...anywhere, locked: { objects: "GetObjectRetention PutObjectRetention" } },
  duplicity: { ...parts, ...wholeBucket },
  elasticdump: {
    bucket: "",
    // It uploads and downloads the file that it is told, in parts that it never aborts.
    objects: "GetObject PutObject",
    key,
    prefix: true,
  },
  elasticsearch: {
    bucket: "ListBucket ListBucketMultipartUploads",
    objects: "GetObject PutObject PutObjectAcl DeleteObject AbortMultipartUpload",
    key,
    prefix: false,
  },
  "git-annex": { ...whole, ...wholeBucket },
  gitlab: {
    bucket: "GetBucketLocation",
    // It uploads, with an ACL, and no more.
    objects: "PutObject PutObjectAcl AbortMultipartUpload",
    key,
    prefix: true,
  },
  "home-assistant": { ...parts, ...wholeBucket },
  k3s: { ...parts, ...wholeBucket },
  k8up: { ...parts, ...wholeBucket, bucket: "ListBucket GetBucketLocation" },
  kopia: { ...whole, ...anywhere, locked: { objects: "PutObjectRetention" } },
  longhorn: { ...whole, ...anywhere },
  mc: { ...parts, ...anywhere, locked: { bucket: "GetBucketObjectLockConfiguration" } },
  medusa: { ...parts, ...anywhere },
  "mysql-backup": { ...parts, ...wholeBucket },
  "mysql-shell": {
    bucket: "ListBucket ListBucketMultipartUploads",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts",
    key,
    prefix: false,
  },
  opensearch: {
    bucket: "ListBucket",
    objects: "GetObject PutObject PutObjectAcl DeleteObject AbortMultipartUpload",
    key,
    prefix: true,
  },
  pgmoneta: { ...whole, ...anywhere },
  plakar: { ...parts, ...wholeBucket },
  "proxmox-backup-server": { ...whole, ...wholeBucket },
  "rancher-backup": { ...parts, ...wholeBucket },
  rustic: { ...parts, ...anywhere },
  s3cmd: { ...whole, ...anywhere },
  s4cmd: { ...parts, ...anywhere },
  s5cmd: { ...parts, ...anywhere },
  "scylla-manager": {
    bucket: "ListBucket GetBucketLocation ListBucketMultipartUploads",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts",
    key,
    prefix: false,
  },
  "sql-server": { bucket: "ListBucket", objects: "GetObject PutObject", key, prefix: false },
  syncbackpro: {
    bucket: "ListBucket GetBucketLocation ListBucketMultipartUploads",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts",
    key,
    prefix: false,
  },
  "tidb-br": { ...parts, ...wholeBucket, locked: { bucket: "GetBucketObjectLockConfiguration" } },
  truenas: {
    account: "ListAllMyBuckets",
    bucket: "ListBucket GetBucketLocation",
    objects: "GetObject PutObject PutObjectAcl DeleteObject AbortMultipartUpload",
    versioned: { objects: "GetObjectVersion" },
    key,
    prefix: false,
  },
  updraftplus: {
    bucket: "ListBucket GetBucketLocation ListBucketMultipartUploads",
    objects: "GetObject PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts",
    key,
    prefix: false,
  },
  "veeam-agent": {
    locked: immutable,
    account: "ListAllMyBuckets",
    bucket: "ListBucket GetBucketLocation GetBucketVersioning GetBucketObjectLockConfiguration",
    objects: "GetObject PutObject DeleteObject",
    key,
    prefix: false,
  },
  virtualmin: { ...whole, ...wholeBucket, account: "ListAllMyBuckets" },
  vitess: { ...parts, ...wholeBucket },
  vmbackup: { ...parts, ...anywhere },
  xbcloud: { ...whole, ...wholeBucket },
  xopero: { ...whole, ...wholeBucket },
  yugabytedb: {
    account: "ListAllMyBuckets",
    bucket: "ListBucket GetBucketLocation",
    objects: "GetObject PutObject DeleteObject",
    key,
    prefix: false,
  },
};

/** What the policy is made for. */
export interface Variant {
  readonly access: AccessName;
  readonly prefix?: string;
  readonly versioned: boolean;
  readonly locked: boolean;
  readonly kms: boolean;
  readonly ipRanges: boolean;
  /** TLS is demanded by the consumer's own policy, because the bucket's policy is not ours. */
  readonly existingBucket: boolean;
}

/** Where the consumer calls from, and how. */
export interface Caller {
  readonly tls: boolean;
  readonly address: string;
  readonly inRange: boolean;
}

/** Whether the request has to be allowed, by the table above and the rules for prefixes, TLS, addresses and keys. */
export function isExpected(row: Expected, variant: Variant, caller: Caller, request: Request): boolean {
  const { action, resource, context } = request;
  const among = (names = "", service = "s3") =>
    names.split(" ").some((name) => action === `${service}:${name}`);
  if (action === "sts:GetCallerIdentity") {
    return true; // No policy of an IAM user can take it away.
  }
  if (resource === keyArn) {
    // S3 makes this call, from its own address and over TLS, after the consumer's own call has passed the rules below.
    const used = context["kms:EncryptionContext:aws:s3:arn"] ?? "";
    return (
      variant.kms &&
      among(row.key, "kms") &&
      context["kms:ViaService"] === `s3.${region}.amazonaws.com` &&
      (used === bucketArn || used.startsWith(`${bucketArn}/`))
    );
  }
  if (variant.ipRanges && !caller.inRange) {
    return false;
  }
  if (resource === "*") {
    // It concerns no bucket, so a bucket's policy cannot demand TLS for it.
    return among(row.account) && (caller.tls || !variant.existingBucket);
  }
  const prefix = variant.prefix ?? "";
  const key = objectIn(bucketArn, resource);
  if (!caller.tls || (key === undefined && resource !== bucketArn)) {
    return false;
  }
  const versioned = variant.versioned ? row.versioned : undefined;
  const locked = variant.locked ? row.locked : undefined;
  if (key === undefined) {
    const confined = prefix !== "" && among("ListBucket ListBucketVersions");
    return (
      (among(row.bucket) || among(versioned?.bucket) || among(locked?.bucket)) &&
      (!confined || !!context[listed]?.startsWith(prefix))
    );
  }
  return (
    key.startsWith(prefix) &&
    (row.sseC === true || context[sseC] === undefined) &&
    (among(row.objects) ||
      among(versioned?.objects) ||
      among(locked?.objects) ||
      (key.startsWith(`${prefix}locks/`) && among(row.locks)))
  );
}
