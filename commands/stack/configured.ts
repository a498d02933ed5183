// A consumer's settings in the stack's configuration, for programs that read them from there.
import { UserError } from "../../common/errors";
import { withSlash } from "../../components/access/checks";
import { defaultAccess } from "../../components/access/profiles";
import { describeProblems } from "../../components/check";
import type { ConsumerAccessArgs } from "../../components/consumerArgs";
import { bucketDefaults, keyDefaults } from "../../components/defaults";
import { ofNamespace } from "../../components/namespace";
import { defaultConsumer, examineSettings, settings as settingTable } from "../../components/settings";
import type { BackupTargetArgs } from "../../components/targetArgs";
import type { ConsumerSettings } from "./consumers";
import type { StateResource } from "./state";

/** Whether this can be the configuration of a program that reads its settings: it has no unknown setting. */
export const isForSettings = (config: Readonly<Record<string, string>>, project: string): boolean =>
  Object.keys(ofNamespace(config, project)).every((name) => Object.hasOwn(settingTable, name));

/**
 * A consumer's settings, as the next update would have them.
 *
 * @param target the name of its target, and of the target's own consumer
 * @returns undefined: it isn't in the configuration
 * @throws a `UserError` that names the invalid settings
 */
export function configuredSettings(
  config: Readonly<Record<string, string>>,
  project: string,
  { name, target }: { readonly name: string; readonly target: string | undefined },
  resources: readonly StateResource[],
): ConsumerSettings | undefined {
  const { problems, values } = examineSettings(ofNamespace(config, project), config["aws:region"]);
  if (problems.length > 0) {
    throw new UserError(`The settings of this stack are invalid:\n${describeProblems(problems)}`);
  }
  const { consumer: own = defaultConsumer, ...args } = values;
  const settings: ConsumerAccessArgs | undefined = name === own ? args : args.consumers?.[name];
  if (target !== own || settings === undefined) {
    return undefined;
  }
  return {
    access: settings.access ?? defaultAccess,
    prefix: settings.prefix === undefined ? "" : withSlash(settings.prefix as string),
    furtherPrefixes: (settings.furtherPrefixes as string[] | undefined)?.map(withSlash),
    extraActions: settings.extraActions ?? [],
    allowedIpRanges: (settings.allowedIpRanges as string[] | undefined) ?? [],
    versioned: isVersioned(args, resources),
    locked: isLocked(args, resources),
    keyGeneration: settings.keyGeneration ?? keyDefaults.keyGeneration,
    previousKey: settings.previousKey ?? keyDefaults.previousKey,
    maxKeyAgeDays: args.maxKeyAgeDays ?? keyDefaults.maxKeyAgeDays,
    expectBackupEvery: settings.expectBackupEvery,
    expectBackupSize: settings.expectBackupSize,
    configured: true,
  };
}

function isVersioned(
  { existingBucket, versioning }: BackupTargetArgs,
  resources: readonly StateResource[],
): boolean {
  if (existingBucket === undefined) {
    return (versioning as boolean | undefined) ?? bucketDefaults.versioning;
  }
  return (existing(resources)?.versioning as { enabled?: boolean } | undefined)?.enabled === true;
}

const isLocked = ({ existingBucket, objectLock }: BackupTargetArgs, resources: readonly StateResource[]) =>
  existingBucket === undefined ? objectLock !== undefined : existing(resources)?.objectLockEnabled === true;

/** The outputs of the bucket that the stack only reads. */
const existing = (resources: readonly StateResource[]) =>
  resources.find(({ type, external }) => type === "aws:s3/bucket:Bucket" && external === true)?.outputs;
