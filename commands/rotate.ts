import { consumerOptions, defineCommand, option } from "./cli/command";

/** The next step of replacing a key, with a working key at all times. */
export const rotate = defineCommand({
  usage: "rotate",
  summary: "Run the next step of a rotation",
  details: `1. creates a new key alongside the one in use, and tries it
2. deactivates the old key, which can be undone
3. deletes the old key

Between steps 1 and 2, hand over the new key. If the target's arguments are in the program's code, rotate shows which of them to change, and continues once you have deployed the change. A consumer with a role has nothing to rotate.`,
  options: {
    ...consumerOptions,
    "dry-run": option.flag("Print the next step without doing it"),
    yes: option.flag(
      "Skip the confirmation of steps 2 and 3, and of deleting an unused key that is in the way",
    ),
  },
  examples: ["--stack prod --dry-run", "--stack prod", "--stack prod --consumer db2 --yes"],
  run: async ({ stack, json, yes, "dry-run": dryRun, ...selection }) => {
    const { printRotation } = await import("./keys/rotation.js");
    return printRotation(stack, selection, { dryRun, yes, json: json === true });
  },
});
