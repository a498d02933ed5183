import { existsSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Engine, engineDir, environment, npxPulumi, partsIn, stampOfBinary, versions } from "./layout";
import { type Log, withProgress } from "./progress";
import { run } from "./run";

/** Named after its versions and renamed into place when it is complete: if it exists, it can be used. */
const downloaded = join(engineDir, `official-${versions.pulumi}-${versions.aws}`);

/** The official engine, if the user or an earlier run has downloaded it. */
export function findOfficial(): Engine | undefined {
  const users = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  // A PULUMI_HOME inside engineDir was set by an earlier call.
  const homes = users.startsWith(engineDir) ? [downloaded] : [users, downloaded];
  const home = homes.find((home) => {
    const { cli, host, plugin } = partsIn(home);
    // With a stamp next to it, it would be an engine that we have built, in another clone.
    return [cli, host, plugin].every((file) => existsSync(file)) && !existsSync(stampOfBinary(plugin));
  });
  if (home === undefined) {
    return undefined;
  }
  return {
    description: `the official Pulumi ${versions.pulumi} and aws plugin ${versions.aws} in ${home}`,
    env: environment(home),
  };
}

/** Undefined if the network blocks the download. */
export async function downloadOfficial(log: Log): Promise<Engine | undefined> {
  const home = `${downloaded}.partial`;
  const options = { env: environment(home), timeoutMinutes: 10 };
  const pulumi = (...args: string[]) => run(process.execPath, [npxPulumi, ...args], options);
  rmSync(home, { recursive: true, force: true });
  try {
    const cli = pulumi("version");
    await withProgress(log, () => `Downloading the Pulumi CLI ${versions.pulumi}`, cli);
    const plugin = pulumi("plugin", "install", "resource", "aws", `v${versions.aws}`);
    await withProgress(log, () => `Downloading the aws plugin ${versions.aws}`, plugin);
    renameSync(home, downloaded);
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split("\n").at(-1) : error;
    log(`The official Pulumi engine could not be downloaded (${reason}).`);
    rmSync(home, { recursive: true, force: true });
  }
  return findOfficial();
}
