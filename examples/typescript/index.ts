import { BackupTarget } from "s3-backup-target";

const target = new BackupTarget("db1", {
  access: "restic",
  prefix: "db1",
  keyGeneration: 1,
  noncurrentVersionDays: 90,
  consumers: { db2: { access: "wal-g", prefix: "db2" } },
  tags: { team: "databases" },
});

export const { accessKeyId, secretAccessKey, bucketName, region, consumers } = target;
