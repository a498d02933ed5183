package backups;

import com.pulumi.Pulumi;
import com.pulumi.s3backuptarget.BackupTarget;
import com.pulumi.s3backuptarget.BackupTargetArgs;
import com.pulumi.s3backuptarget.enums.AccessName;
import com.pulumi.s3backuptarget.inputs.ConsumerAccessArgs;
import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(context -> {
            var target = new BackupTarget("db1", BackupTargetArgs.builder()
                .access(AccessName.Restic)
                .prefix("db1")
                .keyGeneration(1)
                .noncurrentVersionDays(90)
                .consumers(Map.of("db2", ConsumerAccessArgs.builder()
                    .access(AccessName.WalG)
                    .prefix("db2")
                    .build()))
                .tags(Map.of("team", "databases"))
                .build());

            context.export("accessKeyId", target.accessKeyId());
            context.export("secretAccessKey", target.secretAccessKey());
            context.export("bucketName", target.bucketName());
            context.export("region", target.region());
            context.export("consumers", target.consumers());
        });
    }
}
