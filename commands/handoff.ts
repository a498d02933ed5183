import { handoffFormats } from "../components/handoff";
import { consumerOptions, defineCommand } from "./cli/command";
import { formatList } from "./handoff/formats";

/** Prints the credentials of a consumer in the format that it reads. */
export const handoff = defineCommand({
  usage: "handoff [format]",
  summary: "Print the credentials of a consumer, the secret too, in the format that it reads",
  details: `The formats:\n${formatList}\n\nWith npm run, --silent keeps npm's own lines out of what is printed.`,
  options: consumerOptions,
  values: { "": Object.keys(handoffFormats) },
  examples: [
    "rclone --stack prod >> ~/.config/rclone/rclone.conf",
    "form --stack prod",
    "--json --stack prod --consumer db2",
  ],
  run: async ({ stack, json, ...selection }, word) => {
    const { printHandoff } = await import("./handoff/printHandoff.js");
    await printHandoff(stack, selection, word, json === true);
    return undefined;
  },
});
