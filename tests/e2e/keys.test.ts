import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  type IAMClient,
  ListAccessKeysCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetBucketLocationCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { sessionOfKey } from "../../commands/aws/session";
import { type KeySettings, nextStep } from "../../commands/keys/keySteps";
import { revoke } from "../../commands/keys/revocation";
import { rotate } from "../../commands/keys/rotation";
import { Stack as CommandStack } from "../../commands/stack/stack";
import { backgroundTask } from "../support/background";
import { clients, fresh, keyStores, type Outputs, Stack } from "../support/environment";
import { type Keys, updated } from "../support/keyModel";
import { once } from "../support/processes";

/** The error that a promise ends in, or that it ends in none. */
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

/** The keys that IAM knows, as the model has them: by age, with what they are. */
async function keysOf(iam: IAMClient, UserName: string): Promise<string[]> {
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata.map(({ AccessKeyId, Status }) => `${AccessKeyId} ${Status}`).sort();
}

/** Whether a key opens the bucket, or the error that S3 answers with. */
async function opens({ bucketName: Bucket, ...credentials }: Outputs): Promise<string> {
  const { s3 } = await clients(credentials);
  return s3.send(new GetBucketLocationCommand({ Bucket })).then(
    () => "opens",
    (error: Error) => error.name,
  );
}

/** A key's life, with an interruption between each two of its steps. */
const lifecycle = backgroundTask(async () => {
  const { iam, s3 } = await clients();
  // A bucket that is there already: the provider watches a new one's lifecycle for 55 seconds.
  const existingBucket = fresh("keys");
  await s3.send(new CreateBucketCommand({ Bucket: existingBucket }));
  const testStack = await new Stack("keys", { waits: true }).create({
    access: "read-write",
    existingBucket,
    storeKeyIn: "secrets-manager",
  });
  await testStack.up();
  const place = await testStack.place();
  const stack = () => CommandStack.open("keys", place);
  const first = await testStack.outputs();
  const { secrets } = await keyStores();
  const SecretId = first.storedKeyArn;
  const stored = async () => {
    const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } =
      JSON.parse(SecretString);
    return `${accessKeyId} ${await opens({ ...first, accessKeyId, secretAccessKey })}`;
  };
  const held: Outputs[] = [first];
  const seen: { step: string; keys: string[]; opens: string[]; stored: string }[] = [];
  const see = async (step: string) => {
    const now = await testStack.outputs();
    if (held.at(-1)?.accessKeyId !== now.accessKeyId) {
      held.push(now);
    }
    const keys = await keysOf(iam, first.userName);
    seen.push({ step, keys, opens: await Promise.all(held.map(opens)), stored: await stored() });
  };
  await see("deployed");

  const dryRun = await rotate(stack(), { dryRun: true });
  await see("dry run");
  // The settings are written, and nothing more.
  await stack().set({ ...nextStep({ keyGeneration: 1, previousKey: "none" }).settings });
  await see("interrupted before the update");
  const made = await rotate(stack());
  await see("made");

  const notAgreed = await failure(rotate(stack()));
  // Interrupted before it deactivates the old key.
  await stack().set({ previousKey: "inactive" });
  const interrupted = await testStack.watchUp({
    onOutput: once(/^@ updating/m, (pid) => process.kill(pid, "SIGINT")),
  });
  await see("interrupted in the update");
  const deactivated = await rotate(stack(), { yes: true });
  await see("deactivated");
  const deleted = await rotate(stack(), { yes: true });
  await see("deleted");

  // The third generation comes into the first one's slot; the fourth takes the place of the second, while that is there.
  // Before that, an update was cut short when AWS had made a key.
  await iam.send(new CreateAccessKeyCommand({ UserName: first.userName }));
  const inTheWay = await failure(rotate(stack()));
  await rotate(stack(), { yes: true });
  await see("third");
  await stack().set({ keyGeneration: 4, previousKey: "active" });
  await testStack.up();
  await see("fourth, beside the third");

  // Someone deletes the old key in the console.
  const { previousAccessKeyId: AccessKeyId } = await stack().consumer();
  await iam.send(new DeleteAccessKeyCommand({ UserName: first.userName, AccessKeyId }));
  const gone = await rotate(stack(), { yes: true });
  await see("old one gone");

  // Years go by.
  const state = JSON.parse(await testStack.run("stack", "export", "--stack", "keys"));
  await testStack.importState(
    JSON.stringify(state).replaceAll(/"createDate":"[^"]+"/g, '"createDate":"2020-01-01T00:00:00Z"'),
  );
  const old = await testStack.up();

  const notRevoked = await failure(revoke(stack()));
  const session = await sessionOfKey(await stack().withSecret(await stack().consumer()), 3600);
  const bySession = [await opens({ ...first, ...session })];
  const { revoked } = await revoke(stack(), { yes: true });
  bySession.push(await opens({ ...first, ...session }));
  await see("revoked");
  await revoke(stack(), { yes: true });
  const settingsAfter = (await stack().config())["s3-backup-target:keyGeneration"];
  await testStack.up();
  await see("replaced");
  const unchanged = await testStack.plan();

  await testStack.destroy();
  const storedAfter = await failure(secrets.send(new DescribeSecretCommand({ SecretId })));
  const destroyed = await failure(rotate(stack()));
  return {
    ...{ held, seen, dryRun, made, notAgreed, interrupted, deactivated, deleted, gone, old },
    ...{
      inTheWay,
      notRevoked,
      revoked,
      bySession,
      settingsAfter,
      unchanged,
      destroyed,
      storedAfter,
      printed: testStack.printed,
    },
  };
});

describe("a key's life on a real engine", function () {
  this.timeout(1_800_000);

  it("goes through a rotation that is interrupted between each two steps, with a working key at each, stored too", async () => {
    const { seen, held } = await lifecycle();
    const [k1, k2, k3, k4, k5] = held.map(({ accessKeyId }) => accessKeyId);
    const known = "opens";
    const [no, inactive] = ["InvalidAccessKeyId", "InvalidAccessKeyId"];
    expect(seen).to.deep.equal(
      [
        { step: "deployed", keys: [`${k1} Active`], opens: [known] },
        { step: "dry run", keys: [`${k1} Active`], opens: [known] },
        { step: "interrupted before the update", keys: [`${k1} Active`], opens: [known] },
        { step: "made", keys: [`${k1} Active`, `${k2} Active`], opens: [known, known] },
        {
          step: "interrupted in the update",
          keys: [`${k1} Active`, `${k2} Active`],
          opens: [known, known],
        },
        { step: "deactivated", keys: [`${k1} Inactive`, `${k2} Active`], opens: [inactive, known] },
        { step: "deleted", keys: [`${k2} Active`], opens: [no, known] },
        { step: "third", keys: [`${k2} Active`, `${k3} Active`], opens: [no, known, known] },
        {
          step: "fourth, beside the third",
          keys: [`${k3} Active`, `${k4} Active`],
          opens: [no, no, known, known],
        },
        { step: "old one gone", keys: [`${k4} Active`], opens: [no, no, no, known] },
        { step: "revoked", keys: [`${k4} Inactive`], opens: [no, no, no, inactive] },
        { step: "replaced", keys: [`${k5} Active`], opens: [no, no, no, no, known] },
      ].map(({ keys, opens, ...rest }) => ({
        ...rest,
        keys: keys.sort(),
        opens,
        // The newest, from the update that creates it on.
        stored: `${held[opens.length - 1]?.accessKeyId} ${opens.at(-1)}`,
      })),
    );
  });

  it("does what the model of the unit tests does", async () => {
    const { seen, held } = await lifecycle();
    const generation = (accessKeyId: string) =>
      held.findIndex((outputs) => outputs.accessKeyId === accessKeyId) + 1;
    const documented: [step: string, settings: KeySettings][] = [
      ["made", { keyGeneration: 2, previousKey: "active" }],
      ["deactivated", { keyGeneration: 2, previousKey: "inactive" }],
      ["deleted", { keyGeneration: 2, previousKey: "none" }],
      ["third", { keyGeneration: 3, previousKey: "active" }],
      ["fourth, beside the third", { keyGeneration: 4, previousKey: "active" }],
      ["old one gone", { keyGeneration: 4, previousKey: "none" }],
      ["replaced", { keyGeneration: 5, previousKey: "none" }],
    ];
    let keys: Keys = [{ generation: 1, status: "Active" }];
    for (const [step, settings] of documented) {
      keys = updated(keys, settings);
      const real = seen.find((moment) => moment.step === step)?.keys.map((key) => key.split(" ")) ?? [];
      expect(
        real.map(([accessKeyId = "", status]) => ({ generation: generation(accessKeyId), status })),
        step,
      ).to.have.deep.members([...keys]);
    }
  });

  it("shows the step, asks before it takes a key away, and says when that was last used", async () => {
    const { dryRun, made, notAgreed, interrupted, deactivated, deleted, gone, held } = await lifecycle();
    const [k1, k2, k3] = held.map(({ accessKeyId }) => accessKeyId);
    expect(dryRun.done).to.equal(
      `Next: create a new key for mLab, alongside ${k1}, which stays in use.\nNothing was done (--dry-run).`,
    );
    expect(made).to.include({ accessKeyId: k2, previousAccessKeyId: k1 });
    expect(made.next).to.match(
      /^Both keys work now\. The new one is stored in arn:aws:secretsmanager:\S+: the service must read it again\.\nOnce the service uses it, continue: npm run rotate -- --stack keys$/,
    );
    expect(notAgreed).to.match(
      new RegExp(
        `^Next: deactivate the old key ${k1} of mLab\\. It was last used at 20\\S+Z, for s3 in us-east-1\\.\nContinue\\?\n.*--yes$`,
      ),
    );
    expect(interrupted.code).to.not.equal(0);
    expect(deactivated.next).to.contain("npm run rotate -- --stack keys");
    expect(deleted.done).to.match(new RegExp(`^Done: delete the old key ${k1} of mLab\\.`));
    expect(gone.done).to.equal(
      "Done: remove the old key of mLab from the state, because someone deleted it.",
    );
    expect(k3).to.not.equal(undefined);
  });

  it("makes room for a new key where an update that was cut short has left one, and asks before", async () => {
    const { inTheWay } = await lifecycle();
    expect(inTheWay).to.match(
      /^mLab has an access key that the stack keys does not know of, AKIA\w+; it has never been used, as far as IAM knows \(with up to an hour's delay\)\. AWS allows 2 keys, so there is no room for a new one\. An interrupted update may have left it\.\nDelete it\?\n.*--yes$/,
    );
  });

  it("says in an update that a key is old", async () => {
    const { old, held } = await lifecycle();
    expect(old).to.match(
      new RegExp(
        `warning: The access key ${held[3]?.accessKeyId} of mLab is \\d{4} days old, and maxKeyAgeDays is 90\\.`,
      ),
    );
  });

  it("is cut off at once by a revoke, and continues with a new key", async () => {
    const { notRevoked, revoked, bySession, settingsAfter, unchanged, destroyed, held, ...after } =
      await lifecycle();
    expect(notRevoked).to.match(/^Deactivate AKIA\w+\? mLab will lose access\.\n.*--yes$/);
    expect(revoked.map(({ accessKeyId }) => accessKeyId)).to.deep.equal([held[3]?.accessKeyId]);
    expect(bySession, "temporary credentials of the key").to.deep.equal(["opens", "AccessDenied"]);
    expect(settingsAfter).to.equal("5");
    expect(unchanged).to.deep.equal({});
    // At once, and not scheduled for deletion.
    expect(after.storedAfter).to.equal("Secrets Manager can't find the specified secret.");
    expect(destroyed).to.equal(
      "The stack keys has been destroyed, and its keys with it. To deploy it again: npx pulumi up --stack keys",
    );
  });

  it("shows no secret", async () => {
    const { printed, held } = await lifecycle();
    expect(held.filter(({ secretAccessKey }) => printed.includes(secretAccessKey))).to.deep.equal([]);
  });
});

describe("the commands say in a sentence", function () {
  this.timeout(300_000);

  it("what is wrong with the stack", async () => {
    const testStack = await new Stack("bare").create();
    const place = await testStack.place();
    const message = async (name: string, env = {}) => {
      const stack = CommandStack.open(name, { ...place, env: { ...place.env, ...env } });
      return failure(stack.consumer());
    };
    expect(await message("bare")).to.equal(
      "The stack bare is not deployed yet. Deploy it: npx pulumi up --stack bare",
    );
    expect(await message("nowhere")).to.equal(
      "There is no stack nowhere in the backend that Pulumi is logged in to. To list the stacks: npx pulumi stack ls",
    );
    await testStack.run("config", "set", "--secret", "consumer", "mLab", "--stack", "bare");
    expect(await message("bare", { PULUMI_CONFIG_PASSPHRASE: "wrong" })).to.equal(
      "The passphrase in PULUMI_CONFIG_PASSPHRASE is wrong for the stack bare. Set the right one.",
    );
    expect(
      await message("bare", { PULUMI_BACKEND_URL: "https://127.0.0.1:1", PULUMI_ACCESS_TOKEN: "x" }),
    ).to.match(/^Pulumi can't connect\. Check the network/);
    expect(() => CommandStack.open(undefined, place)).to.throw(
      "Which stack? Name it, for example --stack prod.",
    );
  });
});
