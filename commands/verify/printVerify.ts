import { holdInterrupts } from "../../common/script";
import { progress, UsageError } from "../cli/command";
import { warnOfAge } from "../keys/oldKey";
import type { Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { verifyConsumer } from "./verifyConsumer";
import { printVerification } from "./verifyKey";

/** Tests a consumer's key or role and prints the result; returns whether it is correct. */
export async function printVerify(
  stackName: string | undefined,
  selection: Selection,
  {
    wait = "30",
    otherBucket,
    json,
  }: {
    readonly wait: string | undefined;
    readonly otherBucket: string | undefined;
    readonly json: boolean;
  },
): Promise<boolean> {
  if (!/^\d{1,4}$/.test(wait)) {
    throw new UsageError(`--wait ${wait}: must be a whole number of seconds, for example --wait 30.`);
  }
  // From here on there is something to clean up.
  holdInterrupts();
  const stack = Stack.open(stackName);
  const consumer = await stack.consumer(selection);
  const { accessKeyId, role, bucketName, name } = consumer;
  const what = role === undefined ? `key ${accessKeyId}` : `role ${role.arn}`;
  progress(`Trying the ${what} of ${name} in the bucket ${bucketName}.`);
  const verification = await verifyConsumer(stack, consumer, {
    waitSeconds: Number(wait),
    otherBucket,
    log: progress,
  });
  if (json) {
    const which = role === undefined ? { accessKeyId } : { roleArn: role.arn };
    const of = { stack: consumer.stack, consumer: name, bucketName, ...which };
    console.log(JSON.stringify({ ...of, ...verification }, undefined, 2));
  } else {
    printVerification(verification);
  }
  warnOfAge(consumer);
  return verification.ok;
}
