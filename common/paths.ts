import { join } from "node:path";

/** The project's folder. */
export const root = join(__dirname, "..");
/** The folder for everything that exists only on this machine; git ignores it. */
export const localFolder = join(root, ".local");
/** The state of the local AWS that the stack `dev` is deployed to. */
export const awsFolder = join(localFolder, "aws", "dev");
/** Where Pulumi keeps the state of the stack `dev`. */
export const stateFolder = join(localFolder, "state");
/** A shell script that sets the environment for `npx pulumi`. */
export const envFile = join(localFolder, "env");
