import pulumi
import pulumi_s3_backup_target as backups

target = backups.BackupTarget(
    "db1",
    access=backups.AccessName.RESTIC,
    prefix="db1",
    key_generation=1,
    noncurrent_version_days=90,
    consumers={"db2": backups.ConsumerAccessArgs(access=backups.AccessName.WAL_G, prefix="db2")},
    tags={"team": "databases"},
)

pulumi.export("accessKeyId", target.access_key_id)
pulumi.export("secretAccessKey", target.secret_access_key)
pulumi.export("bucketName", target.bucket_name)
pulumi.export("region", target.region)
pulumi.export("consumers", target.consumers)
