import { UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { holdInterrupts } from "../../common/script";
import { type Logged, readAccessLogs } from "../accessLogs/accessLogs";
import { isUser } from "../accessLogs/activity";
import { describeAddresses } from "../accessLogs/describe";
import { confirm, invocation, progress } from "../cli/command";
import { accountOf, type Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { changeInCode } from "./inCode";
import { type KeySettings, replaceAtOnce } from "./keySteps";
import { describeUse, type KeyInUse, keysInUse } from "./keyUse";

/** For how many days back the addresses of a key are looked up. */
const daysOfUse = 7;
/** How many files of access logs are read for that, at most. */
const mostLogFiles = 2_000;

/** What a revocation did. */
export interface Revocation {
  readonly revoked: readonly KeyInUse[];
  /** The arguments to change in the program's code; undefined: the settings of the stack are changed already. */
  readonly change?: KeySettings;
  /** How to continue. */
  readonly next: string;
  /** What the access logs say of the keys' user, in the last {@link daysOfUse} days. */
  readonly use: Logged;
}

/** Deactivates the keys, and has the next update replace them. */
export async function revoke(
  stack: Stack,
  { yes, ...selection }: Selection & { readonly yes?: boolean | undefined } = {},
): Promise<Revocation> {
  const consumer = await stack.consumer(selection);
  const { iam, s3 } = await stack.deployer(consumer);
  const { userName: UserName } = consumer;
  const keys = await keysInUse(iam, UserName);
  for (const key of keys) {
    progress(`The key ${key.accessKeyId} ${describeUse(key)}.`);
  }
  await confirm(
    `Deactivate ${keys.map(({ accessKeyId }) => accessKeyId).join(" and ")}? ${consumer.name} will lose access.`,
    yes,
  );
  for (const { accessKeyId } of keys) {
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: accessKeyId, Status: "Inactive" }));
    progress(`Deactivated ${accessKeyId}.`);
  }
  // Afterwards: the thief must not have the key a second longer.
  const use = await readAccessLogs(s3, {
    ...consumer,
    accountId: accountOf(consumer),
    since: Date.now() - daysOfUse * 24 * 60 * 60 * 1000,
    mostFiles: mostLogFiles,
    where: ({ requester }) => isUser(requester, UserName),
  });
  const handOver = `  ${invocation("handoff", "form", consumer.options)}`;
  const settings = replaceAtOnce(consumer);
  if (!consumer.configured) {
    const change = changeInCode(consumer, { ...settings }, stack.place.project);
    return {
      revoked: keys,
      change: settings,
      use,
      next: `The next update must create a new key, and delete the revoked ones.
${change}
Deploy that, then hand over the new key:
  npx pulumi up --stack ${stack.name}
${handOver}`,
    };
  }
  // Else an update with --refresh would find the key inactive, and make it active again.
  const deployed = Math.max(...consumer.keys.map(({ generation }) => generation));
  if (consumer.keyGeneration <= deployed) {
    await stack.set({ ...settings }, consumer.further);
  }
  return {
    revoked: keys,
    use,
    next: `The settings now ask for a new key. To create it, and to delete the revoked ones:
  npx pulumi up --stack ${stack.name}
${handOver}`,
  };
}

/** Revokes, and prints what came of it. */
export async function printRevocation(
  stackName: string | undefined,
  selection: Selection,
  { yes, json }: { readonly yes: boolean | undefined; readonly json: boolean },
): Promise<void> {
  holdInterrupts();
  const revocation = await revoke(Stack.open(stackName), { ...selection, yes });
  if (json) {
    console.log(JSON.stringify(revocation, undefined, 2));
    return;
  }
  console.log(`None of its keys work anymore (it may take a few seconds until this is in effect everywhere in AWS).
${revocation.next}
${describeAddresses(revocation.use, daysOfUse)}
To see what the key was used for, check CloudTrail and the bucket's old versions for uploads and deletions that the service did not make.`);
}
