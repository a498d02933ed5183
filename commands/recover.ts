import { consumerOptions, defineCommand, exitCodes, option } from "./cli/command";
import { mostCalls } from "./recover/limits";

/** Restores a bucket to a point in time. */
export const recover = defineCommand({
  usage: "recover",
  summary: "Restore a bucket, or a consumer's folder, to a point in time",
  details:
    "Removes the delete markers of objects that were deleted since then. For objects that were overwritten since then, a copy of the old version becomes the current version. It first shows what it would do, and never deletes an object version.",
  options: {
    ...consumerOptions,
    to: option.text("The point in time: an ISO 8601 time with a time zone"),
    consumer: option.text("Only this consumer's folder (default: the whole bucket)"),
    prefix: option.text("Only objects whose keys begin with this (default: the whole bucket)"),
    exact: option.flag("Also hide objects that did not exist then (adds delete markers)"),
    hold: option.flag("Suspend the lifecycle rules that delete old versions until everything is recovered"),
    "dry-run": option.flag("Print what would be done, without doing it"),
    yes: option.flag("Skip the confirmation"),
    report: option.text("The file in which to record what it does (default: recover-BUCKET.jsonl)"),
    concurrency: option.text(
      `Maximum number of concurrent calls, from 1 to ${mostCalls} (default: ${mostCalls})`,
    ),
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
