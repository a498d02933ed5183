import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BackupTarget } from "../../../components";

const contradicts = new pulumi.Config().getBoolean("contradicts") === true;
const { name } = new aws.iam.User("later", { name: "later", forceDestroy: true });
const { bucketName, consumers } = new BackupTarget("later", {
  access: "restic",
  prefix: "first",
  tags: { team: name, kind: "backups" },
  consumers: { second: { access: contradicts ? "mlab" : "restic", prefix: name } },
});
export = { bucketName, policyArn: consumers.second?.policyArn };
