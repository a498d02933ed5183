// `npm run rotate`: the next step of replacing a key by another, with no moment in which none works.
import { DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import { UserError } from "../common/errors";
import { holdInterrupts } from "../common/script";
import { confirm, progress, runCommand, stackHelp, stackOptions } from "./cli/command";
import { isDeployed, type KeySettings, nextStep } from "./keys/keySteps";
import { describeUse, type KeyInUse, keysInUse } from "./keys/keyUse";
import { type DeployedConsumer, Stack } from "./stack/stack";
import { printVerification, verifyKey } from "./verify/verifyKey";

const help = `Does the next step of a rotation. Between the first and the second, hand the new key over.

  1. makes a new key beside the one in use, and tries it
  2. deactivates the old key, which can be taken back
  3. deletes the old key

  npm run rotate -- --stack prod --dry-run
  npm run rotate -- --stack prod
  npm run rotate -- --stack prod --consumer db2 --yes

  --dry-run          tells the step, and does nothing
  --yes              agrees to steps 2 and 3 beforehand, and to the deletion of a key that is in the new one's way
                     and that nobody has used; without a terminal nobody can be asked
${stackHelp}
Where nobody has agreed, it ends with 3.`;

const options = { ...stackOptions, "dry-run": { type: "boolean" }, yes: { type: "boolean" } } as const;

/** What a step does, to whoever has to agree to it. */
function describe(consumer: DeployedConsumer, settings: KeySettings, old: KeyInUse | undefined): string {
  const { name, accessKeyId } = consumer;
  if (settings.keyGeneration > consumer.keyGeneration) {
    return `make a new key for ${name}, beside ${accessKeyId}, which stays in use.`;
  }
  if (old === undefined) {
    return `forget the old key of ${name}, which somebody has deleted.`;
  }
  const what = settings.previousKey === "inactive" ? "deactivate" : "delete";
  return `${what} the old key ${old.accessKeyId} of ${name}. It ${describeUse(old)}.`;
}

/** What comes after it. */
function next({ stack, further }: DeployedConsumer, { previousKey }: KeySettings): string {
  const which = `--stack ${stack}${further === undefined ? "" : ` --consumer ${further}`}`;
  switch (previousKey) {
    case "active":
      return `Both keys work now. Hand the new one over:
  npm run handoff -- form ${which}
Once the service uses it, go on: npm run rotate -- ${which}`;
    case "inactive":
      return `If the service complains, it still has the old key. To make that active again:
  npx pulumi config set --path ${further === undefined ? "" : `consumers.${further}.`}previousKey active --stack ${stack}
  npx pulumi up --stack ${stack}
Else, to delete it: npm run rotate -- ${which}`;
    case "none":
      return "The rotation is complete.";
  }
}

/** Nothing but keys may change by the update that this command runs: nobody has looked at anything else. */
async function refuseOtherChanges(stack: Stack): Promise<void> {
  const { steps } = JSON.parse(await stack.run("preview", "--json")) as {
    steps: { op: string; urn: string }[];
  };
  const others = steps.filter(
    // A bucket that is there already is read each time.
    ({ op, urn }) => op !== "same" && op !== "read" && !urn.includes("aws:iam/accessKey:AccessKey"),
  );
  if (others.length > 0) {
    const names = others.map(({ op, urn }) => `  ${op} ${urn.split("::").at(-1)}`).join("\n");
    throw new UserError(
      `The stack ${stack.name} has other changes waiting, which a rotation would carry out unseen:\n${names}\nDeploy them first: npx pulumi up --stack ${stack.name}`,
    );
  }
}

/** The consumer's key has to work before anything is taken from the one before. */
async function tryKey(consumer: DeployedConsumer): Promise<void> {
  progress(`Trying the key ${consumer.accessKeyId}…`);
  const verification = await verifyKey(consumer, { log: progress });
  if (!verification.ok) {
    printVerification(verification, progress);
    throw new UserError(
      "The new key does not do what it should, so nothing is taken from the old one. Mend what the lines above say, and run this again.",
    );
  }
}

/** AWS allows a user so many keys, the inactive ones included. */
const maximumKeys = 2;

/**
 * An update that was cut short just when AWS had made a key has left it there: no state knows it, nobody its secret. The
 * next key needs its place.
 */
async function makeRoom(
  stack: Stack,
  { name, userName, keys }: DeployedConsumer,
  yes: boolean | undefined,
): Promise<void> {
  const { iam } = await stack.deployer();
  const all = await keysInUse(iam, userName);
  const stray = all.find(({ accessKeyId }) => keys.every((known) => known.accessKeyId !== accessKeyId));
  if (all.length < maximumKeys || stray === undefined) {
    return;
  }
  const what = `${name} has an access key that the stack ${stack.name} does not know, ${stray.accessKeyId}; it ${describeUse(stray)}. AWS allows ${maximumKeys} keys, so a new one needs its place.`;
  if (stray.lastUsed !== undefined) {
    throw new UserError(
      `${what} Somebody uses it. When they have another: aws iam delete-access-key --user-name ${userName} --access-key-id ${stray.accessKeyId}`,
    );
  }
  await confirm(`${what} An update that was cut short may have left it.\nDelete it?`, yes);
  await iam.send(new DeleteAccessKeyCommand({ UserName: userName, AccessKeyId: stray.accessKeyId }));
  progress(`Deleted ${stray.accessKeyId}.`);
}

/** Does the next step, or the rest of one that was interrupted. */
export async function rotate(
  stack: Stack,
  {
    consumer: name,
    dryRun = false,
    yes,
  }: { consumer?: string | undefined; dryRun?: boolean | undefined; yes?: boolean | undefined } = {},
): Promise<{ done: string; next: string; accessKeyId: string; previousAccessKeyId: string | undefined }> {
  const consumer = await stack.consumer(name);
  const { keyGeneration, previousKey, keys } = consumer;
  // Where the program was ended by force, the key may be there while the outputs still tell of the one before.
  const isTold = keys.some(
    (key) => key.generation === keyGeneration && key.accessKeyId === consumer.accessKeyId,
  );
  const isInterrupted = !isDeployed(consumer, keys) || !isTold;
  let settings: KeySettings = { keyGeneration, previousKey };
  let does = `do what the settings ask for and is not done yet: a key of generation ${keyGeneration}, and of the one before it: ${previousKey}.`;
  if (!isInterrupted) {
    settings = nextStep(consumer).settings;
    if (previousKey === "none") {
      does = describe(consumer, settings, undefined);
    } else {
      const { iam } = await stack.deployer();
      const all = await keysInUse(iam, consumer.userName);
      const old = all.find(({ accessKeyId }) => accessKeyId === consumer.previousAccessKeyId);
      settings = old === undefined ? { keyGeneration, previousKey: "none" } : settings;
      does = describe(consumer, settings, old);
      if (!dryRun) {
        await tryKey(consumer);
        await confirm(`Next: ${does}\nGo on?`, yes);
      }
    }
  }
  if (dryRun) {
    return {
      done: `Next: ${does}\nNothing was done (--dry-run).`,
      next: "",
      accessKeyId: consumer.accessKeyId,
      previousAccessKeyId: consumer.previousAccessKeyId,
    };
  }
  await refuseOtherChanges(stack);
  if (settings.keyGeneration > Math.max(...keys.map(({ generation }) => generation))) {
    await makeRoom(stack, consumer, yes);
  }
  if (!isInterrupted) {
    await stack.set({ ...settings }, consumer.further);
  }
  await stack.up();
  const after = await stack.consumer(name);
  if (after.previousKey === "active") {
    await tryKey(after);
  }
  return {
    done: `Done: ${does}`,
    next: next(after, after),
    accessKeyId: after.accessKeyId,
    previousAccessKeyId: after.previousAccessKeyId,
  };
}

if (require.main === module) {
  runCommand("rotate", help, options, async ({ stack: name, consumer, json, yes, "dry-run": dryRun }) => {
    holdInterrupts();
    const stack = await Stack.open(name);
    const result = await rotate(stack, { consumer, yes, dryRun });
    console.log(json ? JSON.stringify(result, undefined, 2) : `${result.done}\n${result.next}`.trim());
    return undefined;
  });
}
