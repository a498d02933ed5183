// A key for a bucket that someone else has made.
import * as pulumi from "@pulumi/pulumi";
import { BackupConsumer } from "../../../components";

const bucketArn = new pulumi.Config().require("bucketArn");
const { accessKeyId, secretAccessKey } = new BackupConsumer("only", { bucketArn });
export = { accessKeyId, secretAccessKey };
