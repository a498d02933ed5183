import { consumerOptions, defineCommand, exitCodes, option } from "./cli/command";

/** Tests a stack's key, with the key itself, or its role. */
export const verify = defineCommand({
  usage: "verify",
  summary:
    "Try a consumer's key or role: the calls that its access profile needs, and harmless calls that must be refused",
  details:
    "Writes a test object of a few bytes and removes it. Needs no AWS credentials except the key itself. A role is assumed with the credentials of this shell; if it doesn't trust them, IAM simulates its policies instead, and nothing is written.",
  options: {
    ...consumerOptions,
    wait: option.text("Maximum seconds to wait for a new key to take effect in AWS (default: 30)"),
    "other-bucket": option.text(
      "A bucket that the key must not open (default: one that AWS owns in the region)",
    ),
  },
  examples: ["--stack prod", "--stack prod --consumer db1 --json"],
  run: async ({ stack, wait, json, "other-bucket": otherBucket, ...selection }) => {
    const { printVerify } = await import("./verify/printVerify.js");
    const ok = await printVerify(stack, selection, { wait, otherBucket, json: json === true });
    return ok ? exitCodes.done : exitCodes.failed;
  },
});
