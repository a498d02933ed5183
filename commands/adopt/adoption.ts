import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../common/errors";
import { holdInterrupts, throwIfInterrupted } from "../../common/script";
import { describeProblems } from "../../components/check";
import { ofNamespace } from "../../components/namespace";
import { checkBucketName } from "../../components/naming";
import { examineSettings } from "../../components/settings";
import { defaultProvider, regionOf } from "../aws/provider";
import { confirm, invocation, progress, UsageError, Waiting } from "../cli/command";
import { changeInCode } from "../keys/inCode";
import { isForSettings } from "../stack/configured";
import { Stack } from "../stack/stack";
import { type Announcement, announce } from "./changes";
import { copyOf } from "./copy";
import { changesOf } from "./difference";
import { fillIn, type ImportFile, lacking } from "./importFile";
import { find, type Names } from "./inspect";
import { type PlannedTarget, plannedTargets, selectTarget, stepsWithin } from "./planned";
import { whyNot } from "./preconditions";

interface AdoptOptions {
  /** The name of the target that will manage them; undefined: the only one. */
  readonly target?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  /** Called with the announcement, before the confirmation. */
  readonly say?: ((text: string) => void) | undefined;
}

/** Announces what the next update will change, asks, writes the settings and imports; or resumes where that was interrupted. */
export async function adopt(
  stack: Stack,
  names: Names,
  { target: targetName, dryRun, yes, say }: AdoptOptions = {},
): Promise<Announcement & { adopted: boolean }> {
  const wanted = settingsFor(names);
  const config = await stack.config();
  const region = regionOf(defaultProvider(config));
  const project = stack.place.project.name;
  if (isForSettings(config, project)) {
    refuseUnusable({ ...ofNamespace(config, project), ...wanted }, region);
  }

  progress("Reading what exists in AWS…");
  const found = await find(await stack.deployer(), names, region);
  const state = await stack.resources();
  const refusal = whyNot(stack.name, found, state);
  if (refusal !== undefined) {
    throw new UserError(refusal);
  }

  const folder = mkdtempSync(join(tmpdir(), "s3-backup-target-")); // readable only for this user
  try {
    progress(
      "Trying the import on a copy of the stack, to find what an update would change (about 20 seconds)…",
    );
    const copy = await copyOf(stack, folder);
    const importFile = join(folder, "import.json");
    const plan = async () => {
      const { steps } = JSON.parse(await copy.run("preview", "--json", "--import-file", importFile));
      throwIfInterrupted();
      return selectTarget(plannedTargets(steps), targetName, stack.name);
    };
    let settings: Record<string, string> = {};
    let target = await plan();
    if (Object.keys(missingIn(target, wanted)).length > 0) {
      // Either the program reads its settings from the configuration, or its code must be changed.
      settings = wanted;
      await copy.set(settings);
      target = await plan();
    }
    const missing = missingIn(target, wanted);
    if (Object.keys(missing).length > 0) {
      throw new Waiting(
        `The target ${target.name} must have the names of the existing resources.
${changeInCode({ declaredIn: `the BackupTarget ${target.name}` }, missing, stack.place.project)}
Then, without deploying it, run this again: ${invocation("adopt", "…")}`,
      );
    }
    const resources = fillIn(JSON.parse(readFileSync(importFile, "utf8")), target.name, found);
    await importInto(copy, resources, importFile);
    throwIfInterrupted();
    const { steps } = JSON.parse(await copy.run("preview", "--json", "--show-sames"));
    throwIfInterrupted();

    const changes = changesOf(stepsWithin(steps, target.urn));
    const announcement = { stack: stack.name, settings, found, changes };
    say?.(announce(announcement));
    if (dryRun === true) {
      return { ...announcement, adopted: false };
    }
    await confirm(`Import them into the stack ${stack.name}?`, yes);
    if (Object.keys(settings).length > 0) {
      await stack.set(settings);
    }
    throwIfInterrupted();
    progress(`Importing into the stack ${stack.name}…`);
    await importInto(stack, lacking(resources, state), importFile);
    throwIfInterrupted();
    return { ...announcement, adopted: true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The settings that name them, with `adoptedBucket` if S3 would not accept the bucket's name today. */
export function settingsFor({ bucket, user, group, policy }: Names): Record<string, string> {
  return {
    bucketName: bucket,
    ...(checkBucketName(bucket).length > 0 && { adoptedBucket: "true" }),
    userName: user,
    groupName: group,
    policyName: policy,
  };
}

/** The settings that a target still lacks. */
function missingIn(
  { names }: PlannedTarget,
  wanted: Readonly<Record<string, string>>,
): Record<string, string | boolean> {
  const missing = Object.entries(names).filter(([name, planned]) => wanted[name] !== planned);
  const isBucket = missing.some(([name]) => name === "bucketName");
  return {
    ...Object.fromEntries(missing.map(([name]) => [name, wanted[name] ?? ""])),
    ...(isBucket && wanted.adoptedBucket !== undefined && { adoptedBucket: true }),
  };
}

async function importInto(stack: Stack, resources: ImportFile, path: string): Promise<void> {
  writeFileSync(path, JSON.stringify(resources));
  const how = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
  const args = ["import", "--file", path, ...how];
  const finished = await stack.pulumi(args, { sheltered: true });
  if (finished.code !== 0) {
    throw stack.failure(args, finished);
  }
}

/** The names given on the command line. */
type Given = { readonly [Name in keyof Names]: Names[Name] | undefined };

function namesIn(given: Given): Names {
  const { bucket, user, group, policy } = given;
  if (!bucket || !user || !group || !policy) {
    throw new UsageError("Give all four names: --bucket, --user, --group and --policy.");
  }
  return { bucket, user, group, policy };
}

/** @throws a `UsageError` if a stack's settings conflict with the names */
export function refuseUnusable(texts: Readonly<Record<string, string>>, region?: string): void {
  const { problems, values } = examineSettings(texts, region);
  if (problems.length > 0) {
    throw new UsageError(`These names conflict with the stack's settings:\n${describeProblems(problems)}`);
  }
  if (values.keyGeneration !== undefined && values.keyGeneration !== 1) {
    throw new UsageError(
      `The setting keyGeneration is ${values.keyGeneration}, but the existing key is the first. Remove the setting: npx pulumi config rm keyGeneration`,
    );
  }
}

/** Adopts, and prints the result. */
export async function printAdoption(
  stackName: string | undefined,
  given: Given,
  { json, ...options }: Omit<AdoptOptions, "say"> & { readonly json: boolean },
): Promise<void> {
  const names = namesIn(given);
  if (json && options.yes !== true && options.dryRun !== true) {
    throw new UsageError("With --json there is no prompt: add --yes or --dry-run.");
  }
  holdInterrupts();
  const stack = Stack.open(stackName);
  const result = await adopt(stack, names, { ...options, say: json ? undefined : console.log });
  if (json) {
    console.log(JSON.stringify(result, undefined, 2));
  } else if (result.adopted) {
    console.log(`The stack ${stack.name} manages them now. Nothing has changed in AWS.
Next: npx pulumi preview --stack ${stack.name}, then npx pulumi up --stack ${stack.name}`);
  }
}
