// As many backup targets as its setting says, to see how the time grows with them (npm run bench).
import * as pulumi from "@pulumi/pulumi";
import { BackupTarget } from "../../components";

const count = new pulumi.Config().requireNumber("targets");
const targets = Array.from({ length: count }, (_, index) => new BackupTarget(`db${index + 1}`));

export const buckets = targets.map(({ bucketName }) => bucketName);
