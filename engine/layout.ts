import { readFileSync } from "node:fs";
import { join } from "node:path";
import { localFolder, root } from "../common/paths";

/** Pulumi CLI, Node language host and aws plugin, ready for `npx pulumi`. */
export interface Engine {
  readonly description: string;
  /** To be added to the environment of `npx pulumi`, which then downloads nothing. */
  readonly env: Readonly<Record<string, string>>;
}

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;

/** The npm packages determine the engine's versions. */
export const versions = { pulumi: versionOf("pulumi"), aws: versionOf("@pulumi/aws") };

/** What `npx pulumi` runs, without npx in between. */
export const npxPulumi = join(root, "node_modules", "pulumi", "run.js");

export const engineDir = join(localFolder, "engine");

/** Where `npx pulumi` and the CLI look for the engine's parts in a PULUMI_HOME. */
export function partsIn(home: string) {
  const bin = join(home, "versions", versions.pulumi, "bin");
  const plugin = join(home, "plugins", `resource-aws-v${versions.aws}`);
  return {
    cli: join(bin, "pulumi"),
    host: join(bin, "pulumi-language-nodejs"),
    plugin: join(plugin, "pulumi-resource-aws"),
  };
}

/** What plain `npx pulumi` needs in its environment to run the engine in this PULUMI_HOME. */
export function environment(home: string): Record<string, string> {
  return { PULUMI_HOME: home, PULUMI_VERSION: versions.pulumi, PULUMI_SKIP_UPDATE_CHECK: "true" };
}

/** The file next to a binary that we built, with its inputs. */
export const stampOfBinary = (binary: string): string => `${binary}.stamp`;
