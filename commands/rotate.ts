import { consumerOptions, defineCommand, option } from "./cli/command";

/** The next step of replacing a key by another, with no moment in which none works. */
export const rotate = defineCommand({
  usage: "rotate",
  summary: "Do the next step of a rotation",
  details: `1. creates a new key beside the one in use, and tries it
2. deactivates the old key, which can be taken back
3. deletes the old key

Between the first and the second, hand the new key over. Where the arguments are in the program's code, it says which to change, and goes on when that is deployed.`,
  options: {
    ...consumerOptions,
    "dry-run": option.flag("Say what the step is, and do nothing"),
    yes: option.flag(
      "Agree beforehand to steps 2 and 3, and to the deletion of an unused key that is in the new one's way",
    ),
  },
  examples: ["--stack prod --dry-run", "--stack prod", "--stack prod --consumer db2 --yes"],
  run: async ({ stack, json, yes, "dry-run": dryRun, ...selection }) => {
    const { printRotation } = await import("./keys/rotation.js");
    return printRotation(stack, selection, { dryRun, yes, json: json === true });
  },
});
