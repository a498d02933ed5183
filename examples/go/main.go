package main

import (
	backups "example.com/pulumi-s3-backup-target/sdk/go/s3backuptarget"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		restic, walG := backups.AccessNameRestic, backups.AccessNameWalG
		keyGeneration := 1
		target, err := backups.NewBackupTarget(ctx, "db1", &backups.BackupTargetArgs{
			Access:                &restic,
			Prefix:                pulumi.String("db1"),
			KeyGeneration:         &keyGeneration,
			NoncurrentVersionDays: pulumi.Int(90),
			Consumers: backups.ConsumerAccessMap{
				"db2": backups.ConsumerAccessArgs{Access: &walG, Prefix: pulumi.String("db2")},
			},
			Tags: pulumi.StringMap{"team": pulumi.String("databases")},
		})
		if err != nil {
			return err
		}
		ctx.Export("accessKeyId", target.AccessKeyId)
		ctx.Export("secretAccessKey", target.SecretAccessKey)
		ctx.Export("bucketName", target.BucketName)
		ctx.Export("region", target.Region)
		ctx.Export("consumers", target.Consumers)
		return nil
	})
}
