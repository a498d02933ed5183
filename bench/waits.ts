import { withoutWaits as noWaits } from "../components/providerWaits";
import type { Command } from "./measure";

/** The same, without the waits of the AWS provider. */
export const withoutWaits = (command: Command): Command => ({
  ...command,
  env: { ...command.env, ...noWaits },
});

/** Whatever the shell sets: by default, the provider waits as on AWS. */
export function waitAsOnAws(): void {
  for (const name of Object.keys(noWaits)) {
    delete process.env[name];
  }
}
