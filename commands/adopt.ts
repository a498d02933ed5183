import { defineCommand, jsonOption, option, stackOption } from "./cli/command";

/** Puts resources that were created by hand, following the guide, under a stack's management. It changes nothing in AWS. */
export const adopt = defineCommand({
  usage: "adopt",
  summary: "Let a stack manage what was created by hand: a bucket, a user with its key, a group and a policy",
  details:
    "Reads them, shows what the next update will change, and asks for confirmation. Nothing changes in AWS before that update. The key stays in use until a rotation replaces it. The stack must be empty; npx pulumi stack init prod creates one.",
  options: {
    bucket: option.text("The bucket's name in AWS"),
    user: option.text("The user's name in AWS"),
    group: option.text("The group's name in AWS"),
    policy: option.text("The policy's name in AWS"),
    ...stackOption,
    target: option.text("The BackupTarget of the program, if it has several"),
    yes: option.flag("Skip the confirmation"),
    "dry-run": option.flag("Print what would be done, without doing it"),
    ...jsonOption,
  },
  examples: [
    "--bucket youraccountname-mlab-backups --user mLabUser --group mLabGroup --policy mLabS3BackupsPolicy --stack prod",
  ],
  run: async ({ stack, json, yes, "dry-run": dryRun, target, ...names }) => {
    const { printAdoption } = await import("./adopt/adoption.js");
    await printAdoption(stack, names, { dryRun, yes, target, json: json === true });
    return undefined;
  },
});
