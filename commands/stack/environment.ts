import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { skipsWaits, withoutWaits } from "../../components/providerWaits";

/** Variables for a process in addition to those of this one; undefined unsets one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The endpoint of S3 over plain HTTP, if it isn't AWS's; `.local/env` sets it for the local AWS. */
export const plainHttpVariable = "S3_BACKUP_TARGET_PLAIN_HTTP";

/** The stack of `npm start`, whose environment is in a separate file. */
const localStack = "dev";
const localFile = join(".local", "env");

/**
 * The variables that Pulumi needs for a stack in addition to this process's environment: for the stack `dev` of `npm start`,
 * those in the project's `.local/env`, so that you don't have to source it.
 */
export function environmentFor(stack: string, folder: string): Environment {
  return stack === localStack ? read(join(folder, localFile)) : withWaits(stack);
}

/** A shell script that only exports. */
function read(file: string): Environment {
  if (!existsSync(file)) {
    return {};
  }
  const lines = readFileSync(file, "utf8").matchAll(/^export (\w+)='(.*)'$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = "", value = ""]) => [name, value.replaceAll(`'\\''`, "'")]),
  );
}

/** The environment without the variables that `.local/env` sets for the local AWS. */
function withWaits(stack: string): Environment {
  if (!skipsWaits(process.env)) {
    return {};
  }
  console.error(
    `VCR_MODE is set in this shell, perhaps by ". .local/env". It is for the local AWS only, and ignored for the stack ${stack}.`,
  );
  return Object.fromEntries(Object.keys(withoutWaits).map((name) => [name, undefined]));
}
