import { consumerOptions, defineCommand, exitCodes, option } from "./cli/command";

/** Tries a stack's key, by the key itself. */
export const verify = defineCommand({
  usage: "verify",
  summary: "Try a consumer's key: what its access profile needs, and harmless calls that it must not have",
  details:
    "It writes a test object of a few bytes and removes it. It needs no AWS credentials but the key itself.",
  options: {
    ...consumerOptions,
    wait: option.text("How many seconds to wait, in all, until AWS knows a new key everywhere (30)"),
    "other-bucket": option.text("A bucket that the key must not open (one of AWS's own in the region)"),
  },
  examples: ["--stack prod", "--stack prod --consumer db1 --json"],
  run: async ({ stack, wait, json, "other-bucket": otherBucket, ...selection }) => {
    const { printVerify } = await import("./verify/printVerify.js");
    const ok = await printVerify(stack, selection, { wait, otherBucket, json: json === true });
    return ok ? exitCodes.done : exitCodes.failed;
  },
});
