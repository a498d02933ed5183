import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainHttpVariable } from "../commands/stack/environment";
import { type Finished, pulumi } from "../commands/stack/pulumi";
import { UserError } from "../common/errors";
import { awsFolder, envFile, localFolder, root, stateFolder } from "../common/paths";
import { isAlive } from "../common/processes";
import { holdInterrupts, throwIfInterrupted } from "../common/script";
import { withoutWaits } from "../components/providerWaits";
import type { Engine } from "../engine";
import { ensurePortIsFree, isRunning, type LocalAws, startLocalAws } from "./aws";

export const stack = "dev";
const stackFile = join(root, `Pulumi.${stack}.yaml`);

/** Where Pulumi finds the stack's state, its passphrase, and the switch for the provider's waits. */
export const env = {
  PULUMI_BACKEND_URL: `file://${stateFolder}`,
  // The state holds the secrets of a local AWS that is open to this machine's user anyway.
  PULUMI_CONFIG_PASSPHRASE: "",
  ...withoutWaits,
  // `VCR_MODE= npm start` waits as on AWS.
  ...(process.env.VCR_MODE !== undefined && { VCR_MODE: process.env.VCR_MODE }),
};

/** The local AWS's port, from the stack's configuration, so that it is set only once. */
function configuredPort(): number {
  const [, port] = /s3: https:\/\/127\.0\.0\.1:(\d+)/.exec(readFileSync(stackFile, "utf8")) ?? [];
  if (port === undefined) {
    throw new UserError(
      `Pulumi.${stack}.yaml names no local AWS. Under aws:endpoints it needs "s3: https://127.0.0.1:PORT", and the same for iam and sts.`,
    );
  }
  return Number(port);
}

/** Throws if the stack's local AWS could not be started. */
export const ensurePort = (): Promise<void> =>
  ensurePortIsFree({ port: configuredPort(), folder: awsFolder });

/**
 * Does the work on the local AWS of the stack `dev`, which keeps running. If the work fails or is interrupted, a local AWS that
 * was started for it is stopped.
 */
export async function onLocalAws(work: (aws: LocalAws) => Promise<void>): Promise<void> {
  holdInterrupts();
  const ranBefore = await isRunning({ folder: awsFolder });
  const aws = await startLocalAws({
    port: configuredPort(),
    folder: awsFolder,
    log: console.log,
    outlives: true,
  });
  try {
    await work(aws);
    throwIfInterrupted();
  } catch (error) {
    if (!ranBefore) {
      await aws.stop();
    }
    throw error;
  }
}

/** Runs Pulumi on the stack `dev`, in the terminal. */
export async function inTerminal(engine: Engine, ...args: string[]): Promise<Finished> {
  throwIfInterrupted();
  return pulumi(args, { cwd: root, env: { ...engine.env, ...env }, show: true });
}

/** Runs Pulumi on the stack `dev`; throws its output if it fails. */
export async function quietly(engine: Engine, ...args: string[]): Promise<string> {
  throwIfInterrupted();
  const { code, stdout, stderr } = await pulumi(args, { cwd: root, env: { ...engine.env, ...env } });
  if (code !== 0) {
    throw new UserError(`pulumi ${args[0]} failed:\n${stderr.trim() || stdout.trim()}`);
  }
  return stdout;
}

/** Creates the stack if necessary, selects it, and unlocks it if the previous run was killed. */
export async function selectStack(engine: Engine): Promise<void> {
  mkdirSync(stateFolder, { recursive: true });
  await quietly(engine, "stack", "select", "--create", stack);
  if (isLockedByTheDead()) {
    console.log("The last run was killed. Releasing its lock on the stack.");
    await quietly(engine, "cancel", "--yes", stack);
  }
}

/** Pulumi's lock files contain the ID of the process that holds the stack. */
function isLockedByTheDead(): boolean {
  const folder = join(stateFolder, ".pulumi", "locks", "organization", "s3-backup-target", stack);
  const locks = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
  return (
    locks.length > 0 &&
    locks.every((file) => !isAlive(JSON.parse(readFileSync(join(folder, file), "utf8")).pid))
  );
}

/** Whether there is anything to destroy. */
export const hasStack = (): boolean =>
  existsSync(join(stateFolder, ".pulumi", "stacks", "s3-backup-target", `${stack}.json`));

/** The buckets that the stack created, not those that it only uses. */
export async function bucketsOfStack(engine: Engine): Promise<string[]> {
  const { deployment } = JSON.parse(await quietly(engine, "stack", "export", "--stack", stack));
  const resources: { type: string; external?: boolean; outputs?: { bucket: string } }[] =
    deployment.resources ?? [];
  return resources.flatMap(({ type, external, outputs }) =>
    type === "aws:s3/bucket:Bucket" && external !== true && outputs !== undefined ? [outputs.bucket] : [],
  );
}

/** Writes the script that lets a user continue by hand, and that the commands read to find the local AWS. */
export function writeEnvFile(engine: Engine, aws: LocalAws): void {
  const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  const all = { ...engine.env, ...env, [plainHttpVariable]: aws.httpEndpoint };
  const lines = Object.entries(all).map(([name, value]) => `export ${name}=${quote(value)}`);
  mkdirSync(localFolder, { recursive: true });
  writeFileSync(envFile, `# For npx pulumi on the stack dev: . .local/env\n${lines.join("\n")}\n`);
}
