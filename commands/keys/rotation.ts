import { DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import { UserError } from "../../common/errors";
import { holdInterrupts } from "../../common/script";
import { confirm, exitCodes, invocation, progress } from "../cli/command";
import { type DeployedConsumer, hasKey, type KeyConsumer, type Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { nameOf } from "../stack/state";
import { printVerification, verifyKey } from "../verify/verifyKey";
import { changeInCode } from "./inCode";
import { isDeployed, isOfKey, type KeySettings, nextStep } from "./keySteps";
import { describeUse, type KeyInUse, keysInUse } from "./keyUse";

/** What a step does, for the user who has to confirm it. */
function describe(consumer: DeployedConsumer, settings: KeySettings, old: KeyInUse | undefined): string {
  const { name, accessKeyId } = consumer;
  if (settings.keyGeneration > consumer.keyGeneration) {
    return `create a new key for ${name}, alongside ${accessKeyId}, which stays in use.`;
  }
  if (old === undefined) {
    return `remove the old key of ${name} from the state, because someone deleted it.`;
  }
  const what = settings.previousKey === "inactive" ? "deactivate" : "delete";
  return `${what} the old key ${old.accessKeyId} of ${name}. It ${describeUse(old)}.`;
}

/** What comes after it. */
function next({ stack, further, options, previousKey, storedKeyArn }: DeployedConsumer): string {
  switch (previousKey) {
    case "active":
      return `${
        storedKeyArn === undefined
          ? `Both keys work now. Hand over the new one:\n  ${invocation("handoff", "form", options)}`
          : `Both keys work now. The new one is stored in ${storedKeyArn}: the service must read it again.`
      }
Once the service uses it, continue: ${invocation("rotate", options)}`;
    case "inactive":
      return `If the service fails, it still has the old key. To reactivate it:
  npx pulumi config set --path ${further === undefined ? "" : `consumers.${further}.`}previousKey active --stack ${stack}
  npx pulumi up --stack ${stack}
Otherwise, to delete it: ${invocation("rotate", options)}`;
    case "none":
      return "The rotation is complete.";
  }
}

/** The update that this command runs may only change keys: nobody has reviewed any other change. */
async function refuseOtherChanges(stack: Stack, completes: boolean): Promise<void> {
  const { steps } = JSON.parse(await stack.run("preview", "--json")) as {
    steps: { op: string; urn: string }[];
  };
  const others = steps.filter(
    // An existing bucket is read in every update.
    (step) => step.op !== "same" && step.op !== "read" && !isOfKey(step, completes),
  );
  if (others.length > 0) {
    const names = others.map(({ op, urn }) => `  ${op} ${nameOf({ urn })}`).join("\n");
    throw new UserError(
      `The stack ${stack.name} has other pending changes, which a rotation would deploy too:\n${names}\nDeploy them first: npx pulumi up --stack ${stack.name}`,
    );
  }
}

/** The consumer's new key must work before the previous one is touched. */
async function tryKey(stack: Stack, consumer: KeyConsumer): Promise<void> {
  progress(`Trying the key ${consumer.accessKeyId}…`);
  const verification = await verifyKey(await stack.withSecret(consumer), { log: progress });
  if (!verification.ok) {
    printVerification(verification, progress);
    throw new UserError(
      "The new key does not work as expected, so the old one is unchanged. Fix what the lines above report, then run this again.",
    );
  }
}

/** The maximum number of keys that AWS allows a user, inactive ones included. */
const maximumKeys = 2;

/**
 * A key that AWS created just before an update was interrupted: it is in no state, and nobody has its secret. The next key needs
 * its slot.
 */
async function makeRoom(stack: Stack, consumer: KeyConsumer, yes: boolean | undefined): Promise<void> {
  const { name, userName, keys } = consumer;
  const { iam } = await stack.deployer(consumer);
  const all = await keysInUse(iam, userName);
  const stray = all.find(({ accessKeyId }) => keys.every((known) => known.accessKeyId !== accessKeyId));
  if (all.length < maximumKeys || stray === undefined) {
    return;
  }
  const what = `${name} has an access key that the stack ${stack.name} does not know of, ${stray.accessKeyId}; it ${describeUse(stray)}. AWS allows ${maximumKeys} keys, so there is no room for a new one.`;
  if (stray.lastUsed !== undefined) {
    throw new UserError(
      `${what} It is in use. Give whatever uses it another key, then run: aws iam delete-access-key --user-name ${userName} --access-key-id ${stray.accessKeyId}`,
    );
  }
  await confirm(`${what} An interrupted update may have left it.\nDelete it?`, yes);
  await iam.send(new DeleteAccessKeyCommand({ UserName: userName, AccessKeyId: stray.accessKeyId }));
  progress(`Deleted ${stray.accessKeyId}.`);
}

/** What a rotation did, or would do. */
export interface Rotation {
  /** `next`: nothing was done; `change`: nothing was done, because the program's code must be changed first. */
  readonly status: "done" | "next" | "change";
  readonly done: string;
  readonly next: string;
  /** The arguments to change in the program's code. */
  readonly change?: KeySettings;
  readonly accessKeyId: string;
  readonly previousAccessKeyId: string | undefined;
}

interface RotateOptions extends Selection {
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/**
 * The consumer, which must have a key that can be rotated.
 *
 * @throws a `UserError` that says what happens to a role's credentials
 */
async function rotatable(stack: Stack, selection: Selection): Promise<KeyConsumer> {
  const consumer = await stack.consumer(selection);
  const { role, name, options } = consumer;
  if (role === undefined && hasKey(consumer)) {
    return consumer;
  }
  const beside = hasKey(consumer)
    ? ` Its key ${consumer.accessKeyId} is kept alongside the role for a hand-over: set previousKey to inactive, and then to none, each time with pulumi up.`
    : "";
  throw new UserError(
    `${name} has the role ${role?.arn}, whose credentials expire automatically: there is nothing to rotate.${beside} To end its sessions now: ${invocation("revoke", options)}`,
  );
}

/** Runs the next step, or the rest of an interrupted one. */
export async function rotate(
  stack: Stack,
  { dryRun = false, yes, ...selection }: RotateOptions = {},
): Promise<Rotation> {
  const consumer = await rotatable(stack, selection);
  const { keyGeneration, previousKey, keys, configured } = consumer;
  const { accessKeyId, previousAccessKeyId } = consumer;
  // If the program was killed, the new key may exist while the outputs still have the previous one.
  const isTold = keys.some((key) => key.generation === keyGeneration && key.accessKeyId === accessKeyId);
  const isInterrupted = !isDeployed(consumer, keys) || !isTold;
  let settings: KeySettings = { keyGeneration, previousKey };
  let does = `complete what the settings ask for: keyGeneration ${keyGeneration}, previousKey ${previousKey}.`;
  if (!isInterrupted) {
    settings = nextStep(consumer).settings;
    if (previousKey === "none") {
      does = describe(consumer, settings, undefined);
    } else {
      const { iam } = await stack.deployer(consumer);
      const all = await keysInUse(iam, consumer.userName);
      const old = all.find((key) => key.accessKeyId === previousAccessKeyId);
      settings = old === undefined ? { keyGeneration, previousKey: "none" } : settings;
      does = describe(consumer, settings, old);
      if (!dryRun) {
        await tryKey(stack, consumer);
        if (configured) {
          await confirm(`Next: ${does}\nContinue?`, yes);
        }
      }
    }
  }
  if (dryRun) {
    const done = `Next: ${does}\nNothing was done (--dry-run).`;
    return { status: "next", done, next: "", accessKeyId, previousAccessKeyId };
  }
  const takesRoom = settings.keyGeneration > Math.max(...keys.map(({ generation }) => generation));
  if (!isInterrupted && !configured) {
    if (takesRoom) {
      await makeRoom(stack, consumer, yes);
    }
    return {
      status: "change",
      done: `Next: ${does}`,
      next: `${changeInCode(consumer, { ...settings }, stack.place.project)}
Deploy that, then continue:
  npx pulumi up --stack ${stack.name}
  ${invocation("rotate", consumer.options)}`,
      change: settings,
      accessKeyId,
      previousAccessKeyId,
    };
  }
  await refuseOtherChanges(stack, isInterrupted);
  if (takesRoom) {
    await makeRoom(stack, consumer, yes);
  }
  if (!isInterrupted) {
    await stack.set({ ...settings }, consumer.further);
  }
  await stack.up();
  const after = await rotatable(stack, selection);
  if (after.previousKey === "active") {
    await tryKey(stack, after);
  }
  return {
    status: "done",
    done: `Done: ${does}`,
    next: next(after),
    accessKeyId: after.accessKeyId,
    previousAccessKeyId: after.previousAccessKeyId,
  };
}

/** Rotates, and prints the result. */
export async function printRotation(
  stackName: string | undefined,
  selection: Selection,
  { json, ...options }: Pick<RotateOptions, "dryRun" | "yes"> & { readonly json: boolean },
): Promise<number> {
  holdInterrupts();
  const rotation = await rotate(Stack.open(stackName), { ...selection, ...options });
  console.log(json ? JSON.stringify(rotation, undefined, 2) : `${rotation.done}\n${rotation.next}`.trim());
  return rotation.status === "change" ? exitCodes.waiting : exitCodes.done;
}
