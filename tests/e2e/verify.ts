import {
  CreateAccessKeyCommand,
  CreatePolicyVersionCommand,
  DeleteAccessKeyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { ConsumerWithSecret } from "../../commands/stack/consumers";
import { awsObject, isTestObject, type VerifyOptions, verifyKey } from "../../commands/verify/verifyKey";
import { environment } from "../support/environment";

/** What these tests look at: the consumers of a stack, and the local AWS as its owner. */
export interface Subject {
  readonly owner: { readonly s3: S3Client; readonly iam: IAMClient };
  readonly consumers: Readonly<Record<string, ConsumerWithSecret>>;
}

/** Tests of `npm run verify`, in the process of the tests, by the keys of a stack that is there. */
export function testVerify(subject: () => Subject): void {
  const consumer = (name: string): ConsumerWithSecret => {
    const found = subject().consumers[name];
    if (found === undefined) {
      throw new Error(`no consumer ${name}`);
    }
    return found;
  };
  const verify = async (of: ConsumerWithSecret, options: VerifyOptions = {}) => {
    const { aws } = await environment();
    const { rows, ...found } = await verifyKey(of, {
      waitSeconds: 0,
      plainHttpEndpoint: aws.httpEndpoint,
      ...options,
    });
    return { ...found, rows, wrong: rows.filter(({ ok }) => !ok).map(({ call, got }) => `${call}: ${got}`) };
  };
  /** The test objects that are in the bucket now, and not only as old versions. */
  const left = async (): Promise<(string | undefined)[]> => {
    const { bucketName: Bucket } = consumer("mLab");
    const { Versions = [] } = await subject().owner.s3.send(new ListObjectVersionsCommand({ Bucket }));
    return Versions.filter(({ Key = "", IsLatest }) => IsLatest && isTestObject(Key)).map(({ Key }) => Key);
  };

  before("the bucket that AWS has in each region, and a backup for those who only read", async () => {
    const { s3 } = subject().owner;
    const { Bucket, Key } = awsObject("us-east-1");
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "not for you" }));
    const { bucketName, prefix } = consumer("readonly");
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: `${prefix}backup`, Body: "backup" }));
  });

  it("finds each profile's key as it has to be, and leaves nothing that the key can delete", async () => {
    for (const [name, of] of Object.entries(subject().consumers)) {
      if (["far", "bounded"].includes(name)) {
        continue;
      }
      const { ok, verdict, wrong, notes } = await verify(of);
      expect({ wrong, ok }, `${name}: ${verdict}`).to.deep.equal({ wrong: [], ok: true });
      expect(verdict).to.equal(
        `The key ${of.accessKeyId} can do what the access profile ${of.access} needs, and nothing else that was tried.`,
      );
      const stays = ["write-only", "append-only", "elasticdump", "gitlab", "sql-server"].includes(of.access);
      expect(notes, name).to.deep.equal(
        stays
          ? [
              `The key can't delete, so the test object ${of.prefix}s3-backup-target-verify remains. The next run overwrites it.`,
            ]
          : [],
      );
    }
    expect(await left()).to.have.members(
      ["wo/", "ao/", "dump/", "gitlab/"].map((folder) => `${folder}s3-backup-target-verify`),
    );
  });

  /** Verifies while a consumer's policy is another one, as someone may make it in the console. */
  const verifyEdited = async (of: ConsumerWithSecret, text: string, other: string) => {
    const { iam } = subject().owner;
    const PolicyArn = of.policyArn;
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const before = Policy?.DefaultVersionId;
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: before }));
    const document = decodeURIComponent(PolicyVersion?.Document ?? "");
    const changed = document.replaceAll(`"${text}"`, `"${other}"`);
    expect(changed).to.not.equal(document);
    const setTo = async (PolicyDocument: string, old: string | undefined) => {
      const version = { PolicyArn, PolicyDocument, SetAsDefault: true };
      const { PolicyVersion: made } = await iam.send(new CreatePolicyVersionCommand(version));
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: old }));
      return made?.VersionId;
    };
    const versionId = await setTo(changed, before);
    try {
      return await verify(of);
    } finally {
      await setTo(document, versionId);
    }
  };
  /** A consumer whose keys are so many seconds old. */
  const aged = (of: ConsumerWithSecret, seconds: number): ConsumerWithSecret => ({
    ...of,
    keys: of.keys.map((key) => ({ ...key, createDate: new Date(Date.now() - seconds * 1000) })),
  });
  const setStatus = (of: ConsumerWithSecret, Status: "Active" | "Inactive") =>
    subject().owner.iam.send(
      new UpdateAccessKeyCommand({ UserName: of.userName, AccessKeyId: of.accessKeyId, Status }),
    );

  it("names each action that is taken out of the deployed policy", async () => {
    const of = consumer("readwrite");
    const cases: [action: string, call: string][] = [
      ["s3:ListBucket", "list what is there"],
      ["s3:GetBucketLocation", "read the bucket's region"],
      ["s3:GetObject", "get an object"],
      ["s3:DeleteObject", "delete it"],
      ["s3:AbortMultipartUpload", "abort an upload"],
    ];
    for (const [action, call] of cases) {
      const { ok, verdict, wrong } = await verifyEdited(of, action, "s3:GetObjectTorrent");
      expect(ok, action).to.equal(false);
      expect(wrong, action).to.deep.equal([`${call}: AccessDenied`]);
      expect(verdict).to.equal(
        `The access profile read-write needs this, but it is refused because no identity-based policy allows the ${action} action: ${call} (${action}). If you changed the settings, first: npx pulumi up --stack profiles. If something else changed a policy: npx pulumi up --refresh --stack profiles`,
      );
    }
    const writing = await verifyEdited(of, "s3:PutObject", "s3:GetObjectTorrent");
    expect(writing.wrong).to.deep.equal([
      "put an object: AccessDenied",
      "put an object in parts: AccessDenied",
      "read without a key: not tried: there is nothing to read",
    ]);
    expect((await verify(of)).wrong, "put back").to.deep.equal([]);
  });

  it("names what the bucket's policy denies", async () => {
    const of = consumer("restic");
    const { s3 } = subject().owner;
    const Bucket = of.bucketName;
    const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    const policy = JSON.parse(Policy);
    const deny = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${Bucket}/${of.prefix}*`,
    };
    const Statement = [...policy.Statement, deny];
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ ...policy, Statement }) }));
    const { ok, verdict } = await verify(of);
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(ok).to.equal(false);
    expect(verdict).to.match(
      /^The access profile restic needs this, but it is refused with an explicit deny in a resource-based policy.*: put an object \(s3:PutObject\), put an object in parts \(s3:PutObject\)\. /,
    );
    expect((await verify(of)).wrong, "put back").to.deep.equal([]);
  });

  it("sees that a policy opens more than its folder, even where nothing is there to be seen", async () => {
    const of = consumer("readonly");
    const all = `arn:aws:s3:::${of.bucketName}/`;
    const { ok, wrong, verdict } = await verifyEdited(of, `${all}${of.prefix}*`, `${all}*`);
    expect({ ok, wrong }).to.deep.equal({ ok: false, wrong: ["get an object, outside ro/: allowed"] });
    expect(verdict).to.equal(
      "This should be refused but is allowed: get an object, outside ro/ (s3:GetObject). Restore the policies and the bucket's settings: npx pulumi up --refresh --stack profiles",
    );
    expect((await verify(of)).wrong, "put back").to.deep.equal([]);
  });

  it("sees that the bucket takes SSE-C, where the policy does not refuse it", async () => {
    const of = consumer("mLab");
    const { s3 } = subject().owner;
    const Bucket = of.bucketName;
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const Rules = ServerSideEncryptionConfiguration?.Rules?.map((rule) => ({
      ...rule,
      BlockedEncryptionTypes: { EncryptionType: ["NONE" as const] },
    }));
    const open = { Bucket, ServerSideEncryptionConfiguration: { Rules } };
    await s3.send(new PutBucketEncryptionCommand(open));
    const { ok, wrong, verdict } = await verify(of);
    const restic = await verify(consumer("restic"));
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    expect({ ok, wrong }).to.deep.equal({ ok: false, wrong: ["put an object with SSE-C: allowed"] });
    expect(verdict).to.equal(
      "This should be refused but is allowed: put an object with SSE-C (s3:PutObject). Restore the policies and the bucket's settings: npx pulumi up --refresh --stack profiles",
    );
    expect(restic.wrong, "refused by its own policy").to.deep.equal([]);
    expect((await verify(of)).wrong, "put back").to.deep.equal([]);
    expect((await left()).filter((Key) => Key === "s3-backup-target-verify")).to.deep.equal([]);
  });

  it("sees that plain HTTP gets through", async () => {
    const of = consumer("litestream");
    const { s3 } = subject().owner;
    const Bucket = of.bucketName;
    const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    const open = Policy.replace(/"aws:SecureTransport":\s*"false"/, '"aws:SecureTransport":"neither"');
    expect(open).to.not.equal(Policy);
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: open }));
    const { wrong, verdict } = await verify(of);
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(wrong).to.deep.equal(["use plain HTTP: allowed"]);
    const unreachable = await verify(of, { plainHttpEndpoint: "http://127.0.0.1:1" });
    expect(unreachable.rows).to.deep.include({
      ...{ call: "use plain HTTP", expected: "refused", got: "ECONNREFUSED", ok: true },
    });
    expect(verdict).to.match(/^This should be refused but is allowed: use plain HTTP\b.*pulumi up --refresh/);
  });

  it("reports a key that is inactive, one that is deleted, and a wrong secret apart from all that", async () => {
    const of = aged(consumer("walg"), 0);
    await setStatus(of, "Inactive");
    const inactive = await verify(of);
    await setStatus(of, "Active");
    expect(inactive.wrong).to.deep.equal(["list the account's buckets: InvalidAccessKeyId"]);
    expect(inactive.verdict).to.equal(
      `AWS has no active key ${of.accessKeyId} (InvalidAccessKeyId: deleted or inactive); the stack's state has it as active. It is new, so try again in a minute. To fix it: npx pulumi up --refresh --stack profiles`,
    );

    const { iam } = subject().owner;
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: of.userName }));
    const second = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    expect((await verify({ ...of, ...second })).wrong).to.deep.equal([]);
    await iam.send(new DeleteAccessKeyCommand({ UserName: of.userName, AccessKeyId: second.accessKeyId }));
    expect((await verify({ ...of, ...second })).verdict).to.match(
      /^AWS has no active key \w+ \(InvalidAccessKeyId.*; the stack's state does not have it\. To fix it/,
    );

    const wrongSecret = await verify({ ...of, secretAccessKey: consumer("restic").secretAccessKey });
    expect(wrongSecret.wrong).to.deep.equal(["list the account's buckets: SignatureDoesNotMatch"]);
    expect(wrongSecret.verdict).to.match(
      /^The secret does not belong to the key \w+ \(SignatureDoesNotMatch\).*npm run rotate -- --stack profiles --consumer walg$/,
    );
  });

  it("reports another consumer's key, by what it cannot and by what it can", async () => {
    const { accessKeyId, secretAccessKey } = consumer("pbm");
    const before = await left();
    const { ok, wrong, verdict } = await verify({ ...consumer("restic"), accessKeyId, secretAccessKey });
    expect(ok).to.equal(false);
    expect(wrong).to.deep.equal([
      "abort an upload: AccessDenied",
      ...["list what is there", "put an object", "get an object", "delete it"].map(
        (call) => `${call}, outside db1/: allowed`,
      ),
    ]);
    expect(verdict).to.match(/^This should be refused but is allowed: list what is there, outside db1\/.*\n/);
    expect(verdict).to.match(/\nThe access profile restic needs this, but it is refused because no identity/);
    expect(await left()).to.deep.equal(before);
  });

  it("says that a key works from its own addresses only, and what a permissions boundary takes from it", async () => {
    expect((await verify(consumer("far"))).verdict).to.equal(
      "AWS refuses everything to the key here: it works only from 3.5.140.0/22 (allowedIpRanges). Try it from there, or add this machine's address.",
    );
    expect((await verify(consumer("bounded"))).verdict).to.match(
      /^The access profile read-write needs this, but it is refused .*: read the bucket's region \(/,
    );
  });

  it("reports a wrong region, a bucket that is gone, and a network that does not lead to S3", async () => {
    const of = consumer("pbm");
    const cases: [changed: Partial<ConsumerWithSecret>, verdict: RegExp][] = [
      [
        { region: "eu-central-1" },
        /^The bucket \S+ is not in eu-central-1 but in us-east-1 \(PermanentRedirect\)\. .*pulumi refresh/,
      ],
      [{ bucketName: "gone-bucket" }, /^The bucket gone-bucket was deleted \(NoSuchBucket\).*--refresh/],
      [{ endpoint: "https://127.0.0.1:1" }, /^No answer from https:\S+ \(ECONNREFUSED\).*npm start/],
      [{ endpoint: "https://no.invalid" }, /^No answer from https:\S+ \((ENOTFOUND|EAI_AGAIN)\)/],
      [
        { insecure: false },
        /^The certificate of \S+ isn't S3's \(DEPTH_ZERO_SELF_SIGNED_CERT\).*AWS_CA_BUNDLE/,
      ],
    ];
    for (const [changed, verdict] of cases) {
      expect((await verify({ ...of, ...changed })).verdict, JSON.stringify(changed)).to.match(verdict);
    }
  });

  it("waits for a young key until AWS knows it, and for an older one not at all", async () => {
    const of = aged(consumer("veeam"), 0);
    const lines: string[] = [];
    await setStatus(of, "Inactive");
    const healed = await verify(of, {
      waitSeconds: 20,
      log: (line) => {
        lines.push(line);
        if (lines.length === 2) {
          setStatus(of, "Active");
        }
      },
    });
    expect(healed.wrong).to.deep.equal([]);
    expect(lines.map((line) => line.replace(/ is \d+ s/, " is N s"))).to.deep.equal(
      [1, 2].map(
        (seconds) =>
          `InvalidAccessKeyId to "list the account's buckets". The key is N s old, and may not work everywhere in AWS yet: trying again in ${seconds} s.`,
      ),
    );

    await setStatus(of, "Inactive");
    const old = await verify(aged(of, 301), { waitSeconds: 20, log: (line) => lines.push(line) });
    await setStatus(of, "Active");
    expect(old.verdict)
      .to.match(/^AWS has no active key/)
      .and.not.match(/once more/);
    expect(lines).to.have.length(2);
  });

  it("takes no other bucket for a proof that is not there, and one that the key opens for a breach", async () => {
    const of = consumer("pbm");
    const { wrong, ok, notes } = await verify(of, { otherBucket: "no-such-bucket-at-all" });
    expect({ wrong, ok }).to.deep.equal({
      wrong: ["read from another bucket: not tried: NoSuchBucket"],
      ok: true,
    });
    expect(notes).to.deep.equal([
      "There is no bucket no-such-bucket-at-all here. With --other-bucket, name another one that the key must not open.",
    ]);
    const breach = await verify(of, { otherBucket: of.bucketName });
    expect(breach.wrong).to.deep.equal(["read from another bucket: allowed"]);
  });

  it("names the further actions that it has no call for, and finds those that the settings do not have", async () => {
    const extraActions = ["s3:GetBucketVersioning", "s3:GetBucketCORS"];
    const { rows } = await verify({ ...consumer("more"), extraActions });
    expect(rows.slice(-1)).to.deep.equal([
      {
        call: "use s3:GetBucketCORS",
        expected: "allowed",
        got: "not tried: no call for it is harmless",
        ok: null,
      },
    ]);
    expect(rows.find(({ call }) => call === "read its tags")).to.deep.include({
      expected: "refused",
      ok: false,
    });
  });
}
