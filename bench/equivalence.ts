import { deepStrictEqual, rejects } from "node:assert/strict";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { UserError } from "../common/errors";
import { expectedBucket, readBucket } from "../tests/support/bucket";
import { expectedConsumer, readConsumer } from "../tests/support/consumer";
import type { clientsOf, Outputs } from "../tests/support/environment";
import type { Settings } from "./programs";

type Owner = ReturnType<typeof clientsOf>;

/** Throws if a system has built something other than what all of them must build: one that builds less isn't measured. */
export async function checkBuilt(
  name: string,
  { s3, iam }: Owner,
  outputs: Outputs,
  { tags = {} }: Settings,
): Promise<void> {
  await explain(`${name} has built something else than it should`, async () => {
    deepStrictEqual(await readConsumer(iam, outputs), {
      ...expectedConsumer(outputs),
      userTags: tags,
      policyTags: tags,
    });
    deepStrictEqual(await readBucket(s3, outputs.bucketName), {
      ...expectedBucket(outputs.bucketArn),
      tags,
    });
  });
}

/** Throws if a system has left anything behind. */
export async function checkGone(name: string, { s3, iam }: Owner, outputs: Outputs): Promise<void> {
  await explain(`${name} has left something behind`, async () => {
    await rejects(s3.send(new HeadBucketCommand({ Bucket: outputs.bucketName })), { name: "NotFound" });
    const { Users = [] } = await iam.send(new ListUsersCommand({}));
    deepStrictEqual(
      Users.map(({ UserName }) => UserName).filter((user) => user === outputs.userName),
      [],
    );
  });
}

async function explain(what: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new UserError(`${what}:\n${error instanceof Error ? error.message : error}`);
  }
}
