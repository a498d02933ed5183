import { consumerOptions, defineCommand, option } from "./cli/command";

/** For a leak: deactivates a consumer's keys or ends its role's sessions at once, through IAM instead of an update. */
export const revoke = defineCommand({
  usage: "revoke",
  summary: "Deactivate all keys of a consumer at once, or end the sessions of its role, after a leak",
  details:
    "The service has no access until it gets a new key, which the next pulumi up creates. For a role, AWS's inline policy AWSRevokeOlderSessions denies everything to the sessions that began before now; the principals that the role trusts can assume it again.",
  options: { ...consumerOptions, yes: option.flag("Skip the confirmation") },
  examples: ["--stack prod", "--stack prod --consumer db2 --yes"],
  run: async ({ stack, json, yes, ...selection }) => {
    const { printRevocation } = await import("./keys/revocation.js");
    await printRevocation(stack, selection, { yes, json: json === true });
    return undefined;
  },
});
