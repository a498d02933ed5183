import { defineCommand, jsonOption, option, stackOption } from "./cli/command";

/** Brings under a stack what somebody has created by hand, as the guide says. Nothing changes in AWS by it. */
export const adopt = defineCommand({
  usage: "adopt",
  summary:
    "Bring under a stack what was created by hand: a bucket, a user with its key, a group and a policy",
  details:
    "It reads them, says what the next update will change of them, and asks. Nothing changes in AWS before that update, and the key stays in use, until a first rotation replaces it. The stack must have nothing deployed yet; npx pulumi stack init prod creates one.",
  options: {
    bucket: option.text("The bucket's name in AWS"),
    user: option.text("The user's name in AWS"),
    group: option.text("The group's name in AWS"),
    policy: option.text("The policy's name in AWS"),
    ...stackOption,
    target: option.text("The BackupTarget of the program, where it has several"),
    yes: option.flag("Do not ask"),
    "dry-run": option.flag("Say what would be done, and do nothing"),
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
