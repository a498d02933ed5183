// `npm run verify`: tries a stack's key, by the key itself.
import { holdInterrupts } from "../common/script";
import { exitCodes, progress, runCommand, stackHelp, stackOptions, UsageError } from "./cli/command";
import { warnOfAge } from "./keys/oldKey";
import { Stack } from "./stack/stack";
import { printVerification, verifyKey } from "./verify/verifyKey";

const help = `Tries a stack's key by the key itself: what its access profile needs, and harmless calls that it must not have.

  npm run verify -- --stack STACK [--consumer NAME] [--wait SECONDS] [--other-bucket NAME] [--json]

It writes a test object of a few bytes and removes it. It needs no credentials but the key.

  --wait SECONDS     how long to wait, in all, until AWS knows a new key everywhere; 30 without it
  --other-bucket     a bucket that the key must not open; without it, one of AWS's own in the region
${stackHelp}

  npm run verify -- --stack prod
  npm run verify -- --stack prod --consumer db1 --json`;

const options = { ...stackOptions, wait: { type: "string" }, "other-bucket": { type: "string" } } as const;

runCommand("verify", help, options, async ({ stack, consumer: name, wait = "30", json, ...more }) => {
  if (!/^\d{1,4}$/.test(wait)) {
    throw new UsageError(`--wait ${wait}: it is a whole number of seconds; write for example --wait 30.`);
  }
  // From here on there is something to tidy up.
  holdInterrupts();
  const consumer = await (await Stack.open(stack)).consumer(name);
  const { accessKeyId } = consumer;
  progress(`Trying the key ${accessKeyId} of ${consumer.name} in the bucket ${consumer.bucketName}.`);
  const verification = await verifyKey(consumer, {
    waitSeconds: Number(wait),
    otherBucket: more["other-bucket"],
    log: progress,
  });
  if (json) {
    const { bucketName } = consumer;
    const of = { stack: consumer.stack, consumer: consumer.name, bucketName, accessKeyId };
    console.log(JSON.stringify({ ...of, ...verification }, undefined, 2));
  } else {
    printVerification(verification);
  }
  warnOfAge(consumer);
  return verification.ok ? exitCodes.done : exitCodes.failed;
});
