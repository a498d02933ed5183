// `npm stop`: destroys what `npm start` deployed, and ends the local AWS. It refuses if there are backups in the bucket, except
// as `npm stop -- --with-backups`.
import { S3Client } from "@aws-sdk/client-s3";
import { isTestObject } from "../commands/verify/verifyKey";
import { UserError } from "../common/errors";
import { awsFolder } from "../common/paths";
import { runScript } from "../common/script";
import { type Engine, ensureEngine } from "../engine";
import { type LocalAws, rootCredentials, stopLocalAws } from "./aws";
import { clientConfig, deleteVersions } from "./aws/clients";
import { bucketsOfStack, hasStack, inTerminal, onLocalAws, quietly, selectStack, stack } from "./devStack";

const withBackups = "--with-backups";

async function destroy(engine: Engine, aws: LocalAws): Promise<void> {
  await selectStack(engine);
  const owner = new S3Client(clientConfig(aws, rootCredentials));
  for (const bucket of await bucketsOfStack(engine)) {
    // Leftovers of `npm run verify` aren't backups.
    await deleteVersions(owner, bucket, process.argv.includes(withBackups) ? undefined : isTestObject);
  }
  const { code } = await inTerminal(
    engine,
    "destroy",
    "--yes",
    "--skip-preview",
    "--refresh",
    "--stack",
    stack,
  );
  if (code !== 0) {
    throw new UserError(
      `pulumi destroy failed: see its message above. Nothing is lost. If the error is BucketNotEmpty: a destroy never deletes
backups. To delete them too: npm stop -- ${withBackups}`,
    );
  }
  await quietly(engine, "stack", "rm", "--yes", "--preserve-config", stack);
  await aws.stop();
}

runScript(async () => {
  if (hasStack()) {
    const engine = await ensureEngine();
    await onLocalAws((aws) => destroy(engine, aws));
    console.log("The stack dev is destroyed, and the local AWS is stopped.");
  } else if (await stopLocalAws({ folder: awsFolder })) {
    console.log("The local AWS is stopped. The stack dev was not deployed.");
  } else {
    console.log("Nothing to stop: the stack dev is not deployed, and its local AWS is not running.");
  }
});
