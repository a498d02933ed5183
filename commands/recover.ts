import { consumerOptions, defineCommand, exitCodes, option } from "./cli/command";
import { mostCalls, usualCalls } from "./recover/limits";

/** Brings a bucket back to what it held at a moment. */
export const recover = defineCommand({
  usage: "recover",
  summary: "Bring a bucket, or a consumer's folder, back to what it held at a moment",
  details:
    "Removes the delete markers of objects deleted since, and copies on top the old version of objects overwritten since. It deletes no version of any object. It shows what it would do first.",
  options: {
    ...consumerOptions,
    to: option.text("The moment: an ISO 8601 time with a zone"),
    consumer: option.text("Only what is in this consumer's folder; without it, the whole bucket"),
    prefix: option.text("Only objects whose keys begin with this; without it, the whole bucket"),
    exact: option.flag("Also hide, by delete markers, what was not there then"),
    hold: option.flag("Suspend the lifecycle rules that erase old versions until all is recovered"),
    "dry-run": option.flag("Only show what it would do"),
    yes: option.flag("Confirm in advance"),
    report: option.text("The file that it notes in what it does (recover-BUCKET.jsonl)"),
    concurrency: option.text(`How many calls to make at once, from 1 to ${mostCalls} (${usualCalls})`),
  },
  examples: [
    "--stack prod --to 2026-11-20T10:00Z --dry-run",
    "--stack prod --to 2026-11-20T11:00+01:00 --consumer db1 --hold --yes",
  ],
  run: async ({ stack, json, "dry-run": dryRun, target, consumer, ...options }) => {
    const { printRecovery } = await import("./recover/printRecovery.js");
    const complete = await printRecovery(
      stack,
      { target, consumer },
      { ...options, dryRun: dryRun === true, json: json === true },
    );
    return complete ? exitCodes.done : exitCodes.failed;
  },
});
