import { consumerOptions, defineCommand, option } from "./cli/command";
import { mostPages, statusFormats, usualPages } from "./status/limits";

/** The status of a stack's consumers. It only reads. */
export const status = defineCommand({
  usage: "status",
  summary: "Show the newest backup, what is stored, the keys, and any drift from the deployed protection",
  details:
    "Changes nothing. It exits with 1 if a backup is late according to the setting expectBackupEvery, if a key or the bucket's protection differs from what is deployed, or if a bucket was deleted; and with 4 if it can't determine whether a backup is late. Each problem is one line on stderr.",
  options: {
    ...consumerOptions,
    consumer: option.text("Only this consumer (default: all)"),
    prefix: option.text("Only look for backups in objects whose keys begin with this"),
    pages: option.text(
      `Maximum number of pages of 1,000 versions to list for a folder, from 1 to ${mostPages} (default: ${usualPages})`,
    ),
    format: option.text(`${statusFormats.join(", ")}: for node_exporter's textfile collector`),
  },
  values: { format: statusFormats },
  examples: [
    "--stack prod",
    "--stack prod --consumer db1 --json",
    "--stack prod --format prometheus > s3-backup-target.prom",
  ],
  run: async ({ stack, json, target, consumer, ...options }) => {
    const { printStatus } = await import("./status/printStatus.js");
    return printStatus(stack, { target, consumer }, { ...options, json: json === true });
  },
});
