import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  type IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import {
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ssm";
import { expect } from "chai";
import type { Credentials } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { createDeployer } from "../support/deployer";
import { deployerPolicy } from "../support/deployerPolicy";
import { clients, fresh, keyStores, type Outputs, Stack } from "../support/environment";

/** How a call ends. */
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "allowed",
    (error: Error) => error.name,
  );

/** A program that may do one thing with one resource. */
async function readerOf(owner: IAMClient, Action: string, Resource: string): Promise<Credentials> {
  const UserName = fresh("reader");
  await owner.send(new CreateUserCommand({ UserName }));
  const Statement = { Effect: "Allow", Action, Resource };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await owner.send(new PutUserPolicyCommand({ UserName, PolicyName: "may", PolicyDocument }));
  const { AccessKey } = await owner.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

type Variables = Readonly<Record<string, string>>;
type Stores = Awaited<ReturnType<typeof keyStores>>;

async function parameter({ parameters }: Stores, Name: string): Promise<Variables> {
  const { Parameter } = await parameters.send(new GetParameterCommand({ Name, WithDecryption: true }));
  return JSON.parse(Parameter?.Value ?? "");
}

async function secret({ secrets }: Stores, SecretId: string): Promise<Variables> {
  const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString);
}

/** Whether the key in a stored value can write in its folder, and outside of it. */
async function tryOut(stored: Variables) {
  const { s3 } = await clients({
    accessKeyId: stored.AWS_ACCESS_KEY_ID ?? "",
    secretAccessKey: stored.AWS_SECRET_ACCESS_KEY ?? "",
  });
  const put = (Key: string) =>
    outcome(s3.send(new PutObjectCommand({ Bucket: stored.S3_BUCKET, Key, Body: "x" })));
  return { inside: await put(`${stored.S3_PREFIX}a`), outside: await put("elsewhere/a") };
}
const inFolderOnly = { inside: "allowed", outside: "AccessDenied" };

describe("a key that is stored in AWS, by the deployer of docs/stored-key.md", function () {
  this.timeout(1_800_000);

  const lived = backgroundTask(async () => {
    const owner = { ...(await clients()), ...(await keyStores()) };
    const existingBucket = fresh("stored");
    await owner.s3.send(new CreateBucketCommand({ Bucket: existingBucket }));
    const { Statement, ...document } = deployerPolicy({ storedKeys: true });
    // The provider makes other calls to S3 where that is not at AWS: asOnAws.test.ts is about those.
    const anyBucket = { Sid: "AnyBucket", Effect: "Allow", Action: "s3:*", Resource: "*" };
    const deployer = await createDeployer(owner.iam, { ...document, Statement: [...Statement, anyBucket] });
    const { accessKeyId, secretAccessKey } = deployer.credentials;
    // Names that are in the deployer's policy.
    const names = {
      policyName: fresh("mLabS3BackupsPolicy"),
      groupName: fresh("mLabGroup"),
      userName: fresh("mLabUser-@vault"),
    };
    const vault = { access: "read-write", prefix: "vault", ...names, storeKeyIn: "secrets-manager" };
    const common = {
      ...{ "aws:accessKey": accessKeyId, "aws:secretKey": secretAccessKey },
      ...{ existingBucket, access: "read-write", prefix: "{{db}}/é", storeKeyIn: "parameter-store" },
    };
    const stack = await new Stack("stored").create({
      ...{ ...common, tags: { a: "1", b: "2" }, consumers: { vault } },
    });
    await stack.up();
    const first = (await stack.outputs()) as Outputs & { readonly consumers: { readonly vault: Outputs } };
    const arns = [first.storedKeyArn ?? "", first.consumers.vault.storedKeyArn ?? ""] as const;
    const [name, vaultName] = [`/s3-backup-target/${first.userName}`, `s3-backup-target/${names.userName}`];
    const ofParameter = await keyStores(await readerOf(owner.iam, "ssm:GetParameter", arns[0]));
    const ofSecret = await keyStores(await readerOf(owner.iam, "secretsmanager:GetSecretValue", arns[1]));
    const read = async () => {
      const values = [await parameter(ofParameter, name), await secret(ofSecret, vaultName)];
      return { values, tried: await Promise.all(values.map(tryOut)) };
    };
    const look = async () => ({
      parameters: (await owner.parameters.send(new DescribeParametersCommand({}))).Parameters?.filter(
        (one) => one.Name === name,
      ).map(({ Type, KeyId, Tier, ARN }) => ({ Type, KeyId, Tier, ARN })),
      parameterTags: (
        await owner.parameters.send(
          new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: name }),
        )
      ).TagList,
      secret: await owner.secrets
        .send(new DescribeSecretCommand({ SecretId: arns[1] }))
        .then(({ Name, KmsKeyId, Tags }) => ({ Name, KmsKeyId, Tags })),
    });
    const deployed = { ...(await read()), ...(await look()) };
    const ownKey = await keyStores(first);
    const others = {
      ownParameter: await outcome(parameter(ownKey, name)),
      ownSecret: await outcome(secret(ownKey, vaultName)),
      crossed: await outcome(secret(ofParameter, vaultName)),
    };
    const unchanged = await stack.tryUp("--refresh", "--expect-no-changes");

    const rotated = { keyGeneration: 2, previousKey: "active" };
    await stack.set({
      ...{ ...common, ...rotated, tags: { a: "3" }, consumers: { vault: { ...vault, ...rotated } } },
    });
    await stack.up();
    const second = (await stack.outputs()) as typeof first;
    const after = { ...(await read()), ...(await look()) };
    const old = await tryOut(deployed.values[0] ?? {});
    await stack.destroy();
    const gone = [await outcome(parameter(owner, name)), await outcome(secret(owner, arns[1]))];
    return {
      ...{ existingBucket, names, first, second, arns, deployed, others, unchanged, after, old, gone },
      printed: stack.printed,
    };
  });

  it("is a SecureString parameter or a secret, named after its user, with the tags", async () => {
    const { first, names, arns, deployed, after } = await lived();
    expect(arns[0]).to.match(
      new RegExp(`^arn:aws:ssm:[^:]+:\\d+:parameter/s3-backup-target/${first.userName}$`),
    );
    expect(arns[1]).to.match(/^arn:aws:secretsmanager:[^:]+:\d+:secret:s3-backup-target\/mLabUser-@vault-/);
    expect(deployed.parameters).to.deep.equal([
      { Type: "SecureString", KeyId: "alias/aws/ssm", Tier: "Standard", ARN: arns[0] },
    ]);
    expect(deployed.secret.Name).to.equal(`s3-backup-target/${names.userName}`);
    expect(deployed.secret.KmsKeyId).to.equal(undefined);
    const two = [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ];
    expect(deployed.parameterTags).to.have.deep.members(two);
    expect(deployed.secret.Tags).to.have.deep.members(two);
    expect(after.parameterTags).to.deep.equal([{ Key: "a", Value: "3" }]);
    expect(after.secret.Tags).to.deep.equal([{ Key: "a", Value: "3" }]);
  });

  it("is read by a user who may read nothing else, and opens the consumer's folder", async () => {
    const { existingBucket, first, deployed, others } = await lived();
    const place = {
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      S3_BUCKET: existingBucket,
    };
    const { vault } = first.consumers;
    expect(deployed.values).to.deep.equal([
      {
        ...{ AWS_ACCESS_KEY_ID: first.accessKeyId, AWS_SECRET_ACCESS_KEY: first.secretAccessKey },
        ...{ ...place, S3_PREFIX: "{{db}}/é/" },
      },
      {
        ...{ AWS_ACCESS_KEY_ID: vault.accessKeyId, AWS_SECRET_ACCESS_KEY: vault.secretAccessKey },
        ...{ ...place, S3_PREFIX: "vault/" },
      },
    ]);
    expect(deployed.tried).to.deep.equal([inFolderOnly, inFolderOnly]);
    expect(others).to.deep.equal({
      ownParameter: "AccessDeniedException",
      ownSecret: "AccessDeniedException",
      crossed: "AccessDeniedException",
    });
  });

  it("is left alone by an update that changes nothing", async () => {
    const { code, stdout, stderr } = (await lived()).unchanged;
    expect(code, stdout + stderr).to.equal(0);
  });

  it("is the new key after a rotation, while the old one still works", async () => {
    const { first, second, after, old } = await lived();
    const ids = [second.accessKeyId, second.consumers.vault.accessKeyId];
    expect(ids).to.not.include.members([first.accessKeyId, first.consumers.vault.accessKeyId]);
    expect(after.values.map(({ AWS_ACCESS_KEY_ID }) => AWS_ACCESS_KEY_ID)).to.deep.equal(ids);
    expect(after.tried).to.deep.equal([inFolderOnly, inFolderOnly]);
    expect(old).to.deep.equal(inFolderOnly);
    expect([second.storedKeyArn, second.consumers.vault.storedKeyArn]).to.deep.equal([
      first.storedKeyArn,
      first.consumers.vault.storedKeyArn,
    ]);
  });

  it("goes with the stack, at once", async () => {
    expect((await lived()).gone).to.deep.equal(["ParameterNotFound", "ResourceNotFoundException"]);
  });

  it("shows no secret", async () => {
    const { printed, first, second } = await lived();
    const secrets = [first, second].flatMap((outputs) => [
      outputs.secretAccessKey,
      outputs.consumers.vault.secretAccessKey,
    ]);
    expect(secrets.filter((one) => printed.includes(one))).to.deep.equal([]);
    expect(printed).to.contain("StoredKey");
  });
});
