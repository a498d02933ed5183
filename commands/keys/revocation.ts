import { UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { holdInterrupts } from "../../common/script";
import { confirm, invocation, progress } from "../cli/command";
import type { Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { changeInCode } from "./inCode";
import { type KeySettings, replaceAtOnce } from "./keySteps";
import { describeUse, type KeyInUse, keysInUse } from "./keyUse";

/** What a revocation did. */
export interface Revocation {
  readonly revoked: readonly KeyInUse[];
  /** The arguments to change in the program's code; undefined: the settings of the stack are changed already. */
  readonly change?: KeySettings;
  /** How to go on. */
  readonly next: string;
}

/** Deactivates the keys, and has the next update replace them. */
export async function revoke(
  stack: Stack,
  { yes, ...selection }: Selection & { readonly yes?: boolean | undefined } = {},
): Promise<Revocation> {
  const consumer = await stack.consumer(selection);
  const { iam } = await stack.deployer(consumer);
  const { userName: UserName } = consumer;
  const keys = await keysInUse(iam, UserName);
  for (const key of keys) {
    progress(`The key ${key.accessKeyId} ${describeUse(key)}.`);
  }
  await confirm(
    `Deactivate ${keys.map(({ accessKeyId }) => accessKeyId).join(" and ")}? ${consumer.name} stands without access then.`,
    yes,
  );
  for (const { accessKeyId } of keys) {
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: accessKeyId, Status: "Inactive" }));
    progress(`Deactivated ${accessKeyId}.`);
  }
  const handOver = `  ${invocation("handoff", "form", consumer.options)}`;
  const settings = replaceAtOnce(consumer);
  if (!consumer.configured) {
    const change = changeInCode(consumer, { ...settings }, stack.place.project);
    return {
      revoked: keys,
      change: settings,
      next: `The next update has to create a key of the next generation, and to delete those that were revoked.
${change}
Deploy that, and hand the new key over:
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
    next: `The settings now ask for a key of the next generation. To make it, and to delete those that were revoked:
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
  console.log(`No key of it works any more (AWS may take some seconds to know that everywhere).
${revocation.next}
What was done with the key, CloudTrail and the bucket's old versions tell: look for uploads and deletions that are not the service's.`);
}
