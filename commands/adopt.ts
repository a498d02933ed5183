// `npm run adopt`: brings under a stack what somebody has made by hand, as the guide says. Nothing changes at AWS by it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../common/errors";
import { holdInterrupts, throwIfInterrupted } from "../common/script";
import { describeProblems } from "../components/check";
import { checkBucketName } from "../components/naming";
import { defaultConsumer, examineSettings } from "../components/settings";
import { type Announcement, announce } from "./adopt/changes";
import { copyOf } from "./adopt/copy";
import { changesOf } from "./adopt/difference";
import { fillIn, type ImportFile, lacking } from "./adopt/importFile";
import { find, type Names } from "./adopt/inspect";
import { whyNot } from "./adopt/preconditions";
import { confirm, progress, runCommand, UsageError } from "./cli/command";
import { Stack, settingTexts } from "./stack/stack";

const help = `Brings under a stack what was made by hand, as the guide says: a bucket, a user with its key, a group and a policy. It
reads them, says what the next update will change of them, and asks. Nothing changes at AWS before that update, and the
key stays in use, until a first rotation replaces it.

  npm run adopt -- --bucket NAME --user NAME --group NAME --policy NAME --stack STACK
                   [--yes] [--dry-run] [--json]

  --bucket, --user, --group, --policy   their names at AWS
  --stack STACK      the stack, with nothing deployed yet, such as prod; npx pulumi stack init prod makes one
  --yes              does not ask
  --dry-run          says what would be done, and does nothing
  --json             prints one JSON document
  --help             prints this

It ends with 0 when all is well, with 1 when it is not, with 2 when the command line is wrong, and with 3 when nobody agreed.

  npm run adopt -- --bucket youraccountname-mlab-backups --user mLabUser --group mLabGroup \\
                   --policy mLabS3BackupsPolicy --stack prod`;

const options = {
  bucket: { type: "string" },
  user: { type: "string" },
  group: { type: "string" },
  policy: { type: "string" },
  stack: { type: "string" },
  yes: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
} as const;

interface AdoptOptions {
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  /** Gets the announcement, before anybody is asked. */
  readonly say?: ((text: string) => void) | undefined;
}

/** Announces what the next update will change, asks, writes the settings and imports; or goes on where that was cut short. */
export async function adopt(
  stack: Stack,
  names: Names,
  { dryRun, yes, say }: AdoptOptions = {},
): Promise<Announcement & { adopted: boolean }> {
  const settings = settingsFor(names);
  const config = await stack.config();
  const region = config["aws:region"] ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const consumer = consumerIn({ ...settingTexts(config), ...settings }, region);

  progress("Reading what there is at AWS…");
  const found = await find(await stack.deployer(), names, region);
  const state = await stack.resources();
  const refusal = whyNot(stack.name, found, state);
  if (refusal !== undefined) {
    throw new UserError(refusal);
  }

  const folder = mkdtempSync(join(tmpdir(), "s3-backup-target-")); // which nobody else can look into
  try {
    progress(
      "Trying the import on a copy of the stack, to see what an update would change; about 20 seconds…",
    );
    const copy = await copyOf(stack, settings, folder);
    const importFile = join(folder, "import.json");
    await copy.run("preview", "--import-file", importFile);
    throwIfInterrupted();
    const resources = fillIn(JSON.parse(readFileSync(importFile, "utf8")), consumer, found);
    await importInto(copy, resources, importFile);
    throwIfInterrupted();
    const { steps } = JSON.parse(await copy.run("preview", "--json", "--show-sames"));
    throwIfInterrupted();

    const announcement = { stack: stack.name, settings, found, changes: changesOf(steps) };
    say?.(announce(announcement));
    if (dryRun === true) {
      return { ...announcement, adopted: false };
    }
    await confirm(`Bring it under the stack ${stack.name}?`, yes);
    await stack.set(settings);
    throwIfInterrupted();
    progress(`Importing into the stack ${stack.name}…`);
    await importInto(stack, lacking(resources, state), importFile);
    throwIfInterrupted();
    return { ...announcement, adopted: true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the stack has to say of them; of the bucket's name also that S3 would not give it today, where that is so. */
export function settingsFor({ bucket, user, group, policy }: Names): Record<string, string> {
  return {
    bucketName: bucket,
    ...(checkBucketName(bucket).length > 0 && { adoptedBucket: "true" }),
    userName: user,
    groupName: group,
    policyName: policy,
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

function namesIn(given: Partial<Names>): Names {
  const { bucket, user, group, policy } = given;
  if (!bucket || !user || !group || !policy) {
    throw new UsageError("It needs all four names: --bucket, --user, --group and --policy.");
  }
  return { bucket, user, group, policy };
}

/** The stack's own consumer, if its settings can be used together with the names. */
export function consumerIn(texts: Readonly<Record<string, string>>, region?: string): string {
  const { problems, values } = examineSettings(texts, region);
  if (problems.length > 0) {
    throw new UsageError(
      `The program could not build a stack of these names and the stack's settings:\n${describeProblems(problems)}`,
    );
  }
  if (values.keyGeneration !== undefined && values.keyGeneration !== 1) {
    throw new UsageError(
      `The setting keyGeneration is ${values.keyGeneration}, and the key that was made by hand is the first. Remove it: npx pulumi config rm keyGeneration`,
    );
  }
  return values.consumer ?? defaultConsumer;
}

if (require.main === module) {
  runCommand("adopt", help, options, async ({ stack: name, yes, json, "dry-run": dryRun, ...given }) => {
    const names = namesIn(given);
    if (json === true && yes !== true && dryRun !== true) {
      throw new UsageError("With --json nobody is asked, so it needs --yes or --dry-run.");
    }
    holdInterrupts();
    const stack = await Stack.open(name);
    const result = await adopt(stack, names, { dryRun, yes, say: json === true ? undefined : console.log });
    if (json === true) {
      console.log(JSON.stringify(result, undefined, 2));
    } else if (result.adopted) {
      console.log(`The stack ${stack.name} looks after it now. Nothing has changed at AWS.
Next: npx pulumi preview --stack ${stack.name}, then npx pulumi up --stack ${stack.name}`);
    }
    return undefined;
  });
}
