import { handoffFormats } from "../components/handoff";
import { consumerOptions, defineCommand, option } from "./cli/command";
import { formatList } from "./handoff/formats";

/** Prints a consumer's credentials in the format that its tool reads. */
export const handoff = defineCommand({
  usage: "handoff [format]",
  summary: "Print a consumer's credentials, including the secret, in the format that its tool reads",
  details: `The formats:\n${formatList}\n\nWith npm run, --silent suppresses npm's own output.`,
  options: {
    ...consumerOptions,
    duration: option.text(
      "Print temporary credentials with the consumer's permissions, valid for this long (15m to 12h; for a role, up to 1h)",
    ),
  },
  values: { "": Object.keys(handoffFormats) },
  examples: [
    "rclone --stack prod >> ~/.config/rclone/rclone.conf",
    "form --stack prod",
    "--json --stack prod --consumer db2",
    "env --stack prod --duration 1h",
  ],
  run: async ({ stack, json, duration, ...selection }, word) => {
    const { printHandoff } = await import("./handoff/printHandoff.js");
    await printHandoff(stack, selection, word, { json: json === true, duration });
    return undefined;
  },
});
