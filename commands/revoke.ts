// `npm run revoke`: for a leak. Deactivates a consumer's keys at once, through IAM and not through an update.
import { UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { holdInterrupts } from "../common/script";
import { confirm, progress, runCommand, stackHelp, stackOptions } from "./cli/command";
import { replaceAtOnce } from "./keys/keySteps";
import { describeUse, type KeyInUse, keysInUse } from "./keys/keyUse";
import { Stack } from "./stack/stack";

const help = `Deactivates all keys of a consumer at once: for a key that has leaked. The service stands without access
until it gets a new key, which the next pulumi up makes.

  npm run revoke -- --stack prod
  npm run revoke -- --stack prod --consumer db2 --yes

  --yes              agrees beforehand; without a terminal nobody can be asked
${stackHelp}
Where nobody has agreed, it ends with 3.`;

const options = { ...stackOptions, yes: { type: "boolean" } } as const;

/** Deactivates the keys, and has the next update replace them. */
export async function revoke(
  stack: Stack,
  { consumer: name, yes }: { consumer?: string | undefined; yes?: boolean | undefined } = {},
): Promise<{ revoked: KeyInUse[] }> {
  const consumer = await stack.consumer(name);
  const { iam } = await stack.deployer();
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
  // Else an update with --refresh would find the key inactive, and make it active again.
  const deployed = Math.max(...consumer.keys.map(({ generation }) => generation));
  if (consumer.keyGeneration <= deployed) {
    await stack.set({ ...replaceAtOnce(consumer) }, consumer.further);
  }
  return { revoked: keys };
}

if (require.main === module) {
  runCommand("revoke", help, options, async ({ stack: name, consumer, json, yes }) => {
    holdInterrupts();
    const stack = await Stack.open(name);
    const result = await revoke(stack, { consumer, yes });
    if (json) {
      console.log(JSON.stringify(result, undefined, 2));
      return undefined;
    }
    const which = `--stack ${stack.name}${consumer === undefined ? "" : ` --consumer ${consumer}`}`;
    console.log(`No key of it works any more (AWS may take some seconds to know that everywhere).
The settings now ask for a key of the next generation. To make it, and to delete those that were revoked:
  npx pulumi up --stack ${stack.name}
  npm run handoff -- form ${which}
What was done with the key, CloudTrail and the bucket's old versions tell: look for uploads and deletions that are not the service's.`);
    return undefined;
  });
}
