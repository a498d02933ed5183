import type { AccessName } from "../../components/access/profiles";

/** What people report of backup tools and their policies, and what comes of it here. */
export interface Report {
  /** Repository and number, on GitHub unless an address says otherwise. */
  readonly reports: readonly string[];
  readonly situation: string;
  readonly answer: string;
  readonly access: AccessName;
  /** Settings beside `access`, with which it is tried. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What the error has to say, where there is one; else the settings are taken. */
  readonly refused?: string;
  readonly grants?: readonly string[];
  readonly withholds?: readonly string[];
  /** What a note of the profile has to say. */
  readonly note?: string;
}

const lock = { objectLock: '{"mode":"governance","days":1}' };
const checksum = "sends no checksum";

export const reports: readonly Report[] = [
  {
    reports: ["kopia/kopia#2693", "kopia/kopia#3071"],
    situation: "Which policy is enough for Kopia?",
    answer: "`access: kopia`, in a folder too",
    access: "kopia",
    settings: { prefix: "db1" },
    grants: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    withholds: ["s3:GetBucketLocation", "s3:AbortMultipartUpload"],
    note: "--prefix=db1/",
  },
  {
    reports: ["benbjohnson/litestream#593"],
    situation: "Which policy is enough for Litestream?",
    answer: "`access: litestream`, in a folder too",
    access: "litestream",
    settings: { prefix: "app" },
    grants: ["s3:GetBucketLocation", "s3:AbortMultipartUpload"],
  },
  {
    reports: ["duplicati/duplicati#2794"],
    situation:
      "Access denied with a policy that lists the bucket's actions on its objects, and none on the account",
    answer: "`access: duplicati` lists on the bucket itself; the list of all buckets is not needed any more",
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
      "`access: virtualmin`, or `extraActions: [s3:ListAllMyBuckets]` with any other: it shows names, and a warning says so",
    access: "virtualmin",
    grants: ["s3:ListAllMyBuckets"],
    withholds: ["s3:CreateBucket"],
    note: "sees the names of all buckets",
  },
  {
    reports: ["EnterpriseDB/barman#929", "EnterpriseDB/barman#1101"],
    situation: "Barman asks for the whole bucket (HeadBucket), and a key for a folder gets 403",
    answer: "`prefix` is refused at once, with this reason; the whole bucket works",
    access: "barman-cloud",
    settings: { prefix: "pg" },
    refused: "HeadBucket",
  },
  {
    reports: ["EnterpriseDB/barman#786"],
    situation: "HeadBucket and CreateMultipartUpload are written as actions",
    answer: "the error names the action that covers each operation",
    access: "barman-cloud",
    settings: { extraActions: "s3:CreateMultipartUpload" },
    refused: "the action that covers it is s3:PutObject",
  },
  {
    reports: ["percona/percona-xtradb-cluster-operator#2251", "percona/percona-xtrabackup#1717"],
    situation: "xbcloud asks for the whole bucket (HeadBucket), which would show other tenants' backups",
    answer: "`prefix` is refused at once, with this reason: give it a bucket of its own",
    access: "xbcloud",
    settings: { prefix: "tenant" },
    refused: "HeadBucket",
  },
  {
    reports: ["restic/restic#4085"],
    situation: "restic init of 0.14 fails in a folder",
    answer: "`npm run policy` and the hand-off say which restic it takes",
    access: "restic",
    settings: { prefix: "db1" },
    note: "0.15 or later",
  },
  {
    reports: ["Altinity/clickhouse-backup#785"],
    situation: "AccessControlListNotSupported in a bucket without ACLs",
    answer: '`acl: ""`, which the hand-off `clickhouse-backup` sets',
    access: "clickhouse-backup",
    withholds: ["s3:PutObjectAcl"],
    note: 'acl: ""',
  },
  {
    reports: ["wal-g/wal-g#1960", "wal-g/wal-g#2143"],
    situation: "WAL-G sees that the bucket is versioned, and deletes old versions for good, or fails",
    answer: "`access: wal-g` does not let it see that",
    access: "wal-g",
    withholds: ["s3:GetBucketVersioning", "s3:DeleteObjectVersion"],
  },
  {
    reports: ["rancher/rke2#10687"],
    situation: "A key that cannot delete: etcd snapshots pile up unseen",
    answer: "`access: k3s` deletes",
    access: "k3s",
    grants: ["s3:DeleteObject"],
    note: "rke2#10687",
  },
  {
    reports: ["s3tools/s3cmd#1177", "s3tools/s3cmd#1436"],
    situation: "Uploads of s3cmd are refused under a default retention",
    answer: "`objectLock` is refused at once, with this reason",
    access: "s3cmd",
    settings: lock,
    refused: checksum,
  },
  {
    reports: ["offen/docker-volume-backup#727"],
    situation: "The same of docker-volume-backup",
    answer: "`objectLock` is refused at once, with this reason",
    access: "docker-volume-backup",
    settings: lock,
    refused: checksum,
  },
  {
    reports: ["rancher/backup-restore-operator#468"],
    situation: "The same of Rancher's backup-restore-operator",
    answer: "`objectLock` is refused at once, with this reason",
    access: "rancher-backup",
    settings: lock,
    refused: checksum,
  },
  {
    reports: ["vmware-tanzu/velero#7400"],
    situation: "The same of one release of Velero's plugin",
    answer: "`objectLock` is taken, and a note names the release",
    access: "velero",
    settings: lock,
    note: "must not be 1.9.0",
  },
  {
    reports: ["pgbackrest/pgbackrest#2613"],
    situation: "The same of pgBackRest 2.55.0",
    answer: "`objectLock` is taken, and a note names the release",
    access: "pgbackrest",
    settings: lock,
    note: "must not be 2.55.0",
  },
  {
    reports: ["aws/aws-cli#5192"],
    situation: "The same of older AWS CLIs with empty files",
    answer: "`objectLock` is taken, and a note names the releases",
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
