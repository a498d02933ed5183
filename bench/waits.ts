import type { Command } from "./measure";

// With both in its environment, the AWS provider reads as often as ever what it has made, but never waits in between. It has
// this for its own tests, which record its calls there; it does not.
const noWaits = { VCR_MODE: "REPLAY_ONLY", VCR_PATH: "unused" };

/** The same, without the waits of the AWS provider. */
export const withoutWaits = (command: Command): Command => ({
  ...command,
  env: { ...command.env, ...noWaits },
});

/** Whatever the shell says: where nothing else is said here, the provider waits as on AWS. */
export function waitAsOnAws(): void {
  for (const name of Object.keys(noWaits)) {
    delete process.env[name];
  }
}
