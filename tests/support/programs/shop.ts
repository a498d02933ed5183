// A program of someone's own, with its arguments in the code: two targets, one of them by a provider of its own, and nothing
// exported.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BackupTarget } from "../../../components";

new BackupTarget("orders", {
  access: "restic",
  prefix: "db",
  forceDestroy: true,
});

const config = new pulumi.Config("aws");
const second = new aws.Provider("second", {
  region: "us-east-1",
  accessKey: config.require("accessKey"),
  secretKey: config.require("secretKey"),
  endpoints: config.requireObject("endpoints"),
  insecure: true,
  s3UsePathStyle: true,
  skipCredentialsValidation: true,
  skipMetadataApiCheck: true,
  skipRequestingAccountId: true,
});

new BackupTarget(
  "users",
  {
    access: "read-write",
    forceDestroy: true,
    consumers: { reports: { access: "read-only", prefix: "reports" } },
  },
  { providers: [second] },
);
