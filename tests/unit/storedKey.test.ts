import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { isOfKey } from "../../commands/keys/keySteps";
import { BackupConsumer } from "../../components/backupConsumer";
import { BackupTarget, outputsOf } from "../../components/backupTarget";
import { parseSettings } from "../../components/readSettings";
import { storedValue } from "../../components/storedKey";
import type { BackupTargetArgs } from "../../components/targetArgs";
import { inAccount, promised, record, refusals } from "./record";

const build = (args: BackupTargetArgs) => record((opts) => new BackupTarget("mLab", args, opts), inAccount);

/** All that is registered beyond what there is without a stored key. */
async function stored(args: BackupTargetArgs) {
  const { built, resources } = await build(args);
  const known = /^(aws:(s3|iam)\/|s3-backup-target:)/;
  const parent = "s3-backup-target:index:BackupConsumer mLab";
  const more = resources.filter(({ type }) => !known.test(type));
  expect(more.every((resource) => resource.parent === parent)).to.equal(true);
  return { built, more: more.map(({ type, name, inputs }) => ({ type, name, inputs })) };
}

const textOf = (accessKey: string, prefix: string) =>
  JSON.stringify({
    AWS_ACCESS_KEY_ID: `${accessKey}-id`,
    AWS_SECRET_ACCESS_KEY: `secret of ${accessKey}`,
    AWS_REGION: "eu-central-1",
    AWS_DEFAULT_REGION: "eu-central-1",
    S3_BUCKET: "mlab-backups-1a2b3c4",
    S3_PREFIX: prefix,
  });

/** As Pulumi's SDK hands a secret to the provider. */
const secret = (value: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

const description = "The access key of mLab, by s3-backup-target";
const tags = { team: "databases" };

describe("a stored key", () => {
  it("is nowhere by default", async () => {
    const { built, more } = await stored({});
    expect(more).to.deep.equal([]);
    expect(Object.keys(outputsOf(built))).to.not.include("storedKeyArn");
  });

  it("is a SecureString parameter that is named after the user", async () => {
    const { built, more } = await stored({
      storeKeyIn: "parameter-store",
      access: "restic",
      prefix: "db1",
      tags,
    });
    expect(more).to.deep.equal([
      {
        type: "aws:ssm/parameter:Parameter",
        name: "mLabStoredKey",
        inputs: {
          name: "/s3-backup-target/mLabUser-1a2b3c4",
          description,
          type: "SecureString",
          value: secret(textOf("mLabAccessKey", "db1/")),
          tags,
        },
      },
    ]);
    const { storedKeyArn } = outputsOf(built);
    expect(await promised(pulumi.output(storedKeyArn))).to.equal("arn:of:mLabStoredKey");
    expect(await pulumi.isSecret(pulumi.output(storedKeyArn))).to.equal(false);
  });

  it("is a secret of Secrets Manager, which a destroy deletes at once", async () => {
    const { built, more } = await stored({ storeKeyIn: "secrets-manager", tags });
    expect(more).to.deep.equal([
      {
        type: "aws:secretsmanager/secret:Secret",
        name: "mLabStoredKey",
        inputs: {
          name: "s3-backup-target/mLabUser-1a2b3c4",
          description,
          recoveryWindowInDays: 0,
          tags,
        },
      },
      {
        type: "aws:secretsmanager/secretVersion:SecretVersion",
        name: "mLabStoredKey",
        inputs: { secretId: "mLabStoredKey-id", secretString: secret(textOf("mLabAccessKey", "")) },
      },
    ]);
    // The ID that AWS gives a secret is its ARN.
    expect(await promised(pulumi.output(outputsOf(built).storedKeyArn))).to.equal("mLabStoredKey-id");
  });

  it("is the current key, whatever there is of the one before, and the one beside a role", async () => {
    const trust = { service: "ec2.amazonaws.com" };
    const cases: [args: BackupTargetArgs, key: string][] = [
      [{ keyGeneration: 2, previousKey: "active" }, "mLabAccessKeyEven"],
      [{ keyGeneration: 2, previousKey: "inactive" }, "mLabAccessKeyEven"],
      [{ keyGeneration: 3 }, "mLabAccessKey"],
      [{ trust, previousKey: "active" }, "mLabAccessKey"],
    ];
    for (const [args, key] of cases) {
      const { more } = await stored({ ...args, storeKeyIn: "parameter-store" });
      expect(more.map(({ inputs }) => inputs.value)).to.deep.equal([secret(textOf(key, ""))]);
    }
  });

  it("is each consumer's own", async () => {
    const { built, resources } = await build({
      consumers: { db2: { storeKeyIn: "secrets-manager", userName: "db2@example.com" } },
    });
    const made = resources.filter(({ name }) => name === "db2StoredKey");
    expect(made.map(({ inputs }) => inputs.name ?? "version")).to.deep.equal([
      "s3-backup-target/db2@example.com",
      "version",
    ]);
    expect(await promised(pulumi.output(built.consumers.db2?.storedKeyArn))).to.equal("db2StoredKey-id");
    expect(built.storedKeyArn).to.equal(undefined);
  });

  it("has no {{ in its text, which Parameter Store refuses, and the same value", () => {
    const key = { accessKeyId: "AKIA", secretAccessKey: "{{{s}}", bucketArn: "arn:aws:s3:::b", region: "r" };
    const text = storedValue({ ...key, prefix: "{{db}}" });
    expect(text).to.not.contain("{{");
    expect(JSON.parse(text)).to.include({ AWS_SECRET_ACCESS_KEY: "{{{s}}", S3_PREFIX: "{{db}}/" });
  });

  it("is refused beside a role without a key, and under a name that it can't have", () => {
    const refused = (texts: Readonly<Record<string, string>>) => {
      try {
        parseSettings(texts);
        return "nothing";
      } catch (error) {
        return (error as Error).message.split("\n").slice(1, -1).join("\n").trim();
      }
    };
    const trust = '{"accountId":"111122223333"}';
    expect(refused({ storeKeyIn: "parameter-store", trust })).to.equal(
      'storeKeyIn = "parameter-store": has no effect with trust: there is a role, and no key; remove storeKeyIn, or set previousKey to active to keep the key alongside the role.',
    );
    expect(refused({ storeKeyIn: "parameter-store", trust, previousKey: "active" })).to.equal("nothing");
    const unnameable = (store: string, userName: string, character: string) =>
      `userName = "${userName}": the stored key is named after the user, and a name in ${store} can't contain ${character}; use letters, digits, dots, hyphens and underscores only, or remove storeKeyIn.`;
    for (const character of "+=,@") {
      const userName = `backup${character}user`;
      expect(refused({ storeKeyIn: "parameter-store", userName })).to.equal(
        unnameable("parameter-store", userName, character),
      );
      expect(refused({ storeKeyIn: "secrets-manager", userName })).to.equal(
        character === "," ? unnameable("secrets-manager", userName, character) : "nothing",
      );
      expect(refused({ userName })).to.equal("nothing");
    }
    expect(refused({ storeKeyIn: "parameter-store", userName: "backup_user-1.x" })).to.equal("nothing");
  });

  it("is refused for a key whose secret nobody knows", async () => {
    let component: pulumi.Resource | undefined;
    const args = { bucketArn: "arn:aws:s3:::b", storeKeyIn: "parameter-store" } as const;
    const refused = await refusals(() => {
      component = new BackupConsumer("adopted", args);
    }, 1);
    expect(refused.get(component)).to.equal(
      'invalid argument:\n  storeKeyIn = "parameter-store": the secret of the key adoptedAccessKey-id isn\'t known: it was adopted, and AWS shows a secret only once; remove storeKeyIn until the key has been rotated.',
    );
  });
});

describe("what a rotation may deploy", () => {
  const consumer =
    "urn:pulumi:prod::p::s3-backup-target:index:BackupTarget$s3-backup-target:index:BackupConsumer";
  const isAllowed = (op: string, type: string, completes = true) =>
    isOfKey({ op, urn: `${consumer}$${type}::mLab` }, completes);

  it("is keys, and that a stored key follows them, but not where it is stored, or anything else", () => {
    for (const op of ["create", "update", "delete", "replace"]) {
      expect(isAllowed(op, "aws:iam/accessKey:AccessKey"), op).to.equal(true);
      expect(isAllowed(op, "aws:iam/user:User"), op).to.equal(false);
    }
    for (const type of ["ssm/parameter:Parameter", "secretsmanager/secretVersion:SecretVersion"]) {
      for (const op of ["update", "replace", "create-replacement", "delete-replaced"]) {
        expect(isAllowed(op, `aws:${type}`), `${op} ${type}`).to.equal(true);
      }
      expect([isAllowed("create", `aws:${type}`), isAllowed("delete", `aws:${type}`)]).to.deep.equal([
        false,
        false,
      ]);
    }
  });

  it("is no stored key that has yet to follow, before an old key goes that its readers may still use", () => {
    expect(isAllowed("update", "aws:iam/accessKey:AccessKey", false)).to.equal(true);
    expect(isAllowed("update", "aws:ssm/parameter:Parameter", false)).to.equal(false);
    expect(isAllowed("replace", "aws:secretsmanager/secretVersion:SecretVersion", false)).to.equal(false);
  });
});
