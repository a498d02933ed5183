using System.Collections.Generic;
using Pulumi;
using Pulumi.S3BackupTarget;
using Pulumi.S3BackupTarget.Inputs;

return await Deployment.RunAsync(() =>
{
    var target = new BackupTarget("db1", new BackupTargetArgs
    {
        Access = AccessName.Restic,
        Prefix = "db1",
        KeyGeneration = 1,
        NoncurrentVersionDays = 90,
        Consumers =
        {
            ["db2"] = new ConsumerAccessArgs { Access = AccessName.WalG, Prefix = "db2" },
        },
        Tags = { ["team"] = "databases" },
    });

    return new Dictionary<string, object?>
    {
        ["accessKeyId"] = target.AccessKeyId,
        ["secretAccessKey"] = target.SecretAccessKey,
        ["bucketName"] = target.BucketName,
        ["region"] = target.Region,
        ["consumers"] = target.Consumers,
    };
});
