// A bucket whose name is known only when another resource is there, and is then found to be none.
import * as aws from "@pulumi/aws";
import { BackupBucket } from "../../../components";

const user = new aws.iam.User("late", { name: "late" });
new BackupBucket("late", { bucketName: user.name.apply((name) => `${name}_Backups`) });
