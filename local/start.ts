// `npm start`: the program of this project, run on this machine by the real Pulumi engine against the local AWS.
import { relative } from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { findProject } from "../commands/stack/project";
import { pulumi } from "../commands/stack/pulumi";
import { Stack } from "../commands/stack/stack";
import { verifyConsumer } from "../commands/verify/verifyConsumer";
import { awsObject, isTestObject, printVerification } from "../commands/verify/verifyKey";
import { UserError } from "../common/errors";
import { envFile, root } from "../common/paths";
import { runScript } from "../common/script";
import { type Engine, ensureEngine } from "../engine";
import { ensureInstalled, type LocalAws, rootCredentials } from "./aws";
import { clientConfig, deleteVersions } from "./aws/clients";
import { ensurePort, env, inTerminal, onLocalAws, selectStack, stack, writeEnvFile } from "./devStack";

async function start(engine: Engine, aws: LocalAws): Promise<void> {
  console.log(`Local AWS: ${aws.endpoint}`);
  writeEnvFile(engine, aws);
  await selectStack(engine);

  // With a refresh: the local AWS may have lost resources that are in the state.
  const up = await inTerminal(engine, "up", "--yes", "--skip-preview", "--refresh", "--stack", stack);
  if (up.code !== 0) {
    throw new UserError("pulumi up failed: see its message above. Fix that, then run npm start again.");
  }

  const place = { project: findProject(root), env: { ...engine.env, ...env }, show: false, pulumi } as const;
  const deployed = Stack.open(stack, place);
  const consumer = await deployed.consumer();
  const { accessKeyId, role, bucketName } = consumer;
  console.log(`Trying the new ${role === undefined ? `key ${accessKeyId}` : `role ${role.arn}`}:`);
  const owner = new S3Client(clientConfig(aws, rootCredentials));
  await makeOthersBucket(owner, consumer.region);
  try {
    const verification = await verifyConsumer(deployed, consumer, {
      plainHttpEndpoint: aws.httpEndpoint,
      log: console.log,
    });
    printVerification(verification);
    if (!verification.ok) {
      throw new UserError(
        `The ${role === undefined ? "key" : "role"} does not work as expected: see the lines with ✗.`,
      );
    }
  } finally {
    // Old versions of the test object would keep the bucket from being destroyed.
    await deleteVersions(owner, bucketName, isTestObject);
  }

  console.log(`
The bucket ${bucketName} and its ${role === undefined ? "key" : "role"} are ready on the local AWS, ${aws.endpoint}.

Read the ${role === undefined ? "credentials" : "role's ARN"}:
  . ${relative(root, envFile)}
${role === undefined ? "  npx pulumi stack output accessKeyId\n  npx pulumi stack output secretAccessKey --show-secrets" : "  npx pulumi stack output roleArn"}
Change a setting:
  npx pulumi config set --path tags.team databases
  npx pulumi up
Stop it and delete everything:
  npm stop`);
}

/** Like AWS's own bucket in each region, whose content the consumer must not be able to read. */
async function makeOthersBucket(owner: S3Client, region: string): Promise<void> {
  const { Bucket, Key } = awsObject(region);
  await owner.send(new CreateBucketCommand({ Bucket }));
  await owner.send(new PutObjectCommand({ Bucket, Key, Body: "not for you\n" }));
}

runScript(async () => {
  // Checks for what may be missing on this machine come before anything is started.
  await ensurePort();
  await ensureInstalled(console.log);
  const engine = await ensureEngine();
  console.log(`Engine: ${engine.description}`);
  await onLocalAws((aws) => start(engine, aws));
});
