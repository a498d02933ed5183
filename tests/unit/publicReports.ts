import type { AccessName } from "../../components/access/profiles";

/** What people report about policies for their backup tools, and what this project does. */
export interface Report {
  /** Repository and number, on GitHub unless an address says otherwise. */
  readonly reports: readonly string[];
  readonly situation: string;
  readonly answer: string;
  readonly access: AccessName;
  /** Further settings for the test. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A part of the error, if the settings are refused. */
  readonly refused?: string;
  readonly grants?: readonly string[];
  readonly withholds?: readonly string[];
  /** A part of the profile's notes. */
  readonly note?: string;
}

const lock = { objectLock: '{"mode":"governance","days":1}' };
const checksum = "uploads without a checksum";

export const reports: readonly Report[] = [
  {
    reports: ["kopia/kopia#2693", "kopia/kopia#3071"],
    situation: "Which policy is enough for Kopia?",
    answer: "`access: kopia`, also under a prefix",
    access: "kopia",
    settings: { prefix: "db1" },
    grants: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    withholds: ["s3:GetBucketLocation", "s3:AbortMultipartUpload"],
    note: "--prefix=db1/",
  },
  {
    reports: ["benbjohnson/litestream#593"],
    situation: "Which policy is enough for Litestream?",
    answer: "`access: litestream`, also under a prefix",
    access: "litestream",
    settings: { prefix: "app" },
    grants: ["s3:GetBucketLocation", "s3:AbortMultipartUpload"],
  },
  {
    reports: ["duplicati/duplicati#2794"],
    situation: "Access denied with a policy that grants the bucket's actions on its objects only",
    answer: "`access: duplicati` grants the listing on the bucket; Duplicati no longer lists all buckets",
    access: "duplicati",
    settings: { prefix: "pc" },
    grants: ["s3:ListBucket"],
    withholds: ["s3:ListAllMyBuckets"],
    note: "duplicati#2794",
  },
  {
    reports: ["wp-media/backwpup#92", "virtualmin/virtualmin-gpl#1009"],
    situation: "The tool wants to list all buckets of the account",
    answer:
      "`access: virtualmin`, or `extraActions: [s3:ListAllMyBuckets]` with any other profile; a warning says what it reveals",
    access: "virtualmin",
    grants: ["s3:ListAllMyBuckets"],
    withholds: ["s3:CreateBucket"],
    note: "can see the names of all buckets",
  },
  {
    reports: ["EnterpriseDB/barman#929", "EnterpriseDB/barman#1101"],
    situation: "Barman calls HeadBucket, and a key that is limited to a folder gets 403",
    answer: "`prefix` is invalid, and the error gives this reason; the whole bucket works",
    access: "barman-cloud",
    settings: { prefix: "pg" },
    refused: "HeadBucket",
  },
  {
    reports: ["EnterpriseDB/barman#786"],
    situation: "A policy names HeadBucket and CreateMultipartUpload, which are operations",
    answer: "The error names the action that covers each operation",
    access: "barman-cloud",
    settings: { extraActions: "s3:CreateMultipartUpload" },
    refused: "it is covered by s3:PutObject",
  },
  {
    reports: ["percona/percona-xtradb-cluster-operator#2251", "percona/percona-xtrabackup#1717"],
    situation: "xbcloud calls HeadBucket; a policy that allows it also shows other tenants' backups",
    answer: "`prefix` is invalid, and the error gives this reason: give it its own bucket",
    access: "xbcloud",
    settings: { prefix: "tenant" },
    refused: "HeadBucket",
  },
  {
    reports: ["restic/restic#4085"],
    situation: "The init of restic 0.14 fails under a prefix",
    answer: "`npm run policy` and the hand-off name the version that works",
    access: "restic",
    settings: { prefix: "db1" },
    note: "0.15 or later",
  },
  {
    reports: ["Altinity/clickhouse-backup#785"],
    situation: "AccessControlListNotSupported in a bucket without ACLs",
    answer: 'The hand-off `clickhouse-backup` sets `acl: ""`',
    access: "clickhouse-backup",
    withholds: ["s3:PutObjectAcl"],
    note: 'acl: ""',
  },
  {
    reports: ["wal-g/wal-g#1960", "wal-g/wal-g#2143"],
    situation: "WAL-G sees that the bucket is versioned, and then deletes old versions for good, or fails",
    answer: "`access: wal-g` doesn't grant `s3:GetBucketVersioning`",
    access: "wal-g",
    withholds: ["s3:GetBucketVersioning", "s3:DeleteObjectVersion"],
  },
  {
    reports: ["rancher/rke2#10687"],
    situation: "The key may not delete, so old etcd snapshots stay without an error",
    answer: "`access: k3s` may delete",
    access: "k3s",
    grants: ["s3:DeleteObject"],
    note: "rke2#10687",
  },
  {
    reports: ["s3tools/s3cmd#1177", "s3tools/s3cmd#1436"],
    situation: "S3 refuses uploads by s3cmd under a default retention",
    answer: "A default retention is invalid, and the error gives this reason",
    access: "s3cmd",
    settings: lock,
    refused: checksum,
  },
  {
    reports: ["offen/docker-volume-backup#727"],
    situation: "The same for docker-volume-backup",
    answer: "A default retention is invalid, and the error gives this reason",
    access: "docker-volume-backup",
    settings: lock,
    refused: checksum,
  },
  {
    reports: ["rancher/backup-restore-operator#468"],
    situation: "The same for Rancher's backup-restore-operator",
    answer: "A default retention is invalid, and the error gives this reason",
    access: "rancher-backup",
    settings: lock,
    refused: checksum,
  },
  {
    reports: ["vmware-tanzu/velero#7400"],
    situation: "The same for one release of Velero's plugin",
    answer: "A default retention is accepted, and a note names the version",
    access: "velero",
    settings: lock,
    note: "must not be 1.9.0",
  },
  {
    reports: ["pgbackrest/pgbackrest#2613"],
    situation: "The same for pgBackRest 2.55.0",
    answer: "A default retention is accepted, and a note names the version",
    access: "pgbackrest",
    settings: lock,
    note: "must not be 2.55.0",
  },
  {
    reports: ["aws/aws-cli#5192"],
    situation: "The same for empty files and older AWS CLIs",
    answer: "A default retention is accepted, and a note names the versions",
    access: "aws-cli",
    settings: lock,
    note: "1.37, 2.23 or later",
  },
];

const link = (report: string) => {
  const [repository, number] = report.split("#");
  return `[${report}](https://github.com/${repository}/issues/${number})`;
};

/** The table of docs/public-reports.md, in Markdown. */
export const reportTable = (): string =>
  [
    ...["| Report | Situation | Here |", "| --- | --- | --- |"],
    ...reports.map(
      ({ reports: of, situation, answer }) => `| ${of.map(link).join(", ")} | ${situation} | ${answer} |`,
    ),
  ].join("\n");
