import { accessNames } from "../components/access/profiles";
import { defineCommand, jsonOption, option } from "./cli/command";

/** What a key could do, before it exists. */
export const policy = defineCommand({
  usage: "policy",
  summary: "Print the policy that a key would get, and what it means",
  details: "Needs no AWS account and no stack. The options are named after the settings.",
  options: {
    access: option.text("The access profile"),
    prefix: option.text("The folder that the key is limited to"),
    "further-prefixes": {
      ...option.text("An additional folder that the key can access; repeatable"),
      type: "array",
      string: true,
    },
    "allowed-ip-ranges": {
      ...option.text("A CIDR block that the key works from; repeatable"),
      type: "array",
      string: true,
    },
    "extra-actions": { ...option.text("An additional S3 action; repeatable"), type: "array", string: true },
    versioning: option.text("Whether the bucket keeps old versions: true or false"),
    "object-lock": option.flag("The bucket has Object Lock"),
    "kms-key-arn": option.text("The KMS key that the bucket encrypts with"),
    "bucket-name": option.text("The name of the bucket"),
    "existing-bucket": option.text("The name of an existing bucket"),
    json: { ...jsonOption.json, describe: "Print the policy and nothing else" },
  },
  values: { access: accessNames, versioning: ["true", "false"] },
  examples: ["--access restic --prefix db1", "--access read-write --allowed-ip-ranges 3.5.140.0/22 --json"],
  run: async ({ json, ...given }) => {
    const { printPolicy } = await import("./policy/printPolicy.js");
    printPolicy(
      {
        access: given.access,
        prefix: given.prefix,
        furtherPrefixes: given["further-prefixes"],
        allowedIpRanges: given["allowed-ip-ranges"],
        extraActions: given["extra-actions"],
        versioning: given.versioning,
        kmsKeyArn: given["kms-key-arn"],
        bucketName: given["bucket-name"],
        existingBucket: given["existing-bucket"],
      },
      {
        objectLock: given["object-lock"] === true,
        policyOnly: json === true,
      },
    );
    return undefined;
  },
});
