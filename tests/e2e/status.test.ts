import { DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { readBucketPart } from "../../commands/aws/bucketParts";
import type { Clients } from "../../commands/aws/clients";
import { Stack as CommandStack } from "../../commands/stack/stack";
import { exitCodeOf, problemsOf } from "../../commands/status/problems";
import { readStatus, type StatusOptions } from "../../commands/status/readStatus";
import { backgroundTask } from "../support/background";
import { callCommandLine } from "../support/commandLine";
import { createDeployer } from "../support/deployer";
import { actionsOfCommand } from "../support/deployerPolicy";
import { clients, environment, fresh, passphrase, Stack, state } from "../support/environment";

const hour = 60 * 60_000;

/** Has S3's clock be ahead, as it is when time has gone by. */
function later(s3: S3Client, milliseconds: number): S3Client {
  const { requestHandler } = s3.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (...args) => {
    const answer = await handle(...args);
    const { headers } = answer.response;
    headers.date = new Date(Date.parse(headers.date ?? "") + milliseconds).toUTCString();
    return answer;
  };
  return s3;
}

/** Notes the names of the calls that are made. */
function counted({ s3, iam }: Clients): { readonly made: Clients; readonly calls: string[] } {
  const calls: string[] = [];
  for (const { middlewareStack } of [s3, iam] as readonly Pick<S3Client, "middlewareStack">[]) {
    middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          calls.push(String(commandName).replace(/Command$/, ""));
          return next(args);
        },
      { step: "initialize" },
    );
  }
  return { made: { s3, iam }, calls };
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

/** A stack with two consumers: one of them makes backups, the other one does not. */
const seen = backgroundTask(async () => {
  const owner = await clients();
  const { engine } = await environment();
  const settings = {
    ...{ access: "restic", prefix: "db1", expectBackupEvery: "24h", expectBackupSize: "10B" },
    consumers: { db2: { access: "restic", prefix: "db2" } },
  };
  const testStack = await new Stack("status").create(settings);
  await testStack.up();
  const outputs = await testStack.outputs();
  const Bucket = outputs.bucketName;
  const place = await testStack.place();
  const stack = () => CommandStack.open("status", place);
  const command = (...args: string[]) =>
    callCommandLine(["status", "--stack", "status", ...args], {
      cwd: place.project.folder,
      env: { ...engine.env, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: passphrase },
    });
  const read = async (options: Partial<StatusOptions> = {}, consumer?: string) => {
    const status = await readStatus(
      stack(),
      { consumer },
      { pages: 10, connect: async () => clients(), ...options },
    );
    const problems = problemsOf(status);
    return { ...status, problems, code: exitCodeOf(problems) };
  };

  const before = await read();
  const { s3: byKey } = await clients(outputs);
  const put = (Key: string, Body: string) =>
    byKey.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: Body.length }));
  await put("db1/0-empty", "");
  await put("db1/config", "1");
  const tooSmall = await read();
  await put("db1/config", "12345");
  await put("db1/data", "123456");
  await put("db1/lock", "x");
  await byKey.send(new DeleteObjectCommand({ Bucket, Key: "db1/lock" }));
  await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "db1/unfinished" }));
  const fresh = await read();
  const called = await command();
  const json = await command("--json");
  const prometheus = await command("--format", "prometheus");

  const atLater = (milliseconds: number) => async () => ({
    ...owner,
    s3: later((await clients()).s3, milliseconds),
  });
  const late = await read({ connect: atLater(25 * hour) });
  const truncated = {
    empty: await read({ pages: 1, pageSize: 1 }, "mLab"),
    enough: await read({ pages: 2, pageSize: 3 }, "mLab"),
    late: await read({ pages: 1, pageSize: 2, connect: atLater(25 * hour) }, "mLab"),
    withPrefix: await read({ pages: 1, pageSize: 1, prefix: "db1/data" }, "mLab"),
  };

  // Many objects, and few calls.
  const callsOf = async (options: Partial<StatusOptions>) => {
    const { made, calls } = counted(await clients());
    await read({ ...options, connect: async () => made });
    return calls.sort();
  };
  const few = await callsOf({});
  for (let object = 0; object < 40; object++) {
    await put(`db1/many/${object}`, "x");
  }
  const many = await callsOf({ pages: 3, pageSize: 4 });

  const rotation = { ...settings, keyGeneration: 2, previousKey: "active" };
  await testStack.set({
    ...rotation,
    consumers: { db2: { ...settings.consumers.db2, expectBackupEvery: "7d" } },
  });
  await testStack.up();
  const rotating = await read();
  // Years go by.
  const exported = await testStack.run("stack", "export", "--stack", "status");
  await testStack.importState(
    exported.replaceAll(/"(created|createDate)": "[^"]+"/g, '"$1": "2020-01-01T00:00:00Z"'),
  );
  const neverMade = await command("--consumer", "db2");

  const limited = await createDeployer(owner.iam, allow(actions));
  const connect = async () => clients(limited.credentials);
  const allowed = await read({ connect });
  const refused: (readonly [action: string, message: string])[] = [];
  for (const action of actions) {
    await limited.setPolicy(allow(actions.filter((other) => other !== action)));
    refused.push([action, await failure(read({ connect }))]);
  }

  const { previousAccessKeyId: AccessKeyId } = await stack().consumer();
  await owner.iam.send(new DeleteAccessKeyCommand({ UserName: outputs.userName, AccessKeyId }));
  const changes: readonly (() => Promise<unknown>)[] = [
    () => owner.s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
    () =>
      owner.s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
        }),
      ),
    () =>
      owner.s3.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                ...{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" } },
                ...{ Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
              },
            ],
          }),
        }),
      ),
    () =>
      owner.s3.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
      ),
    () =>
      owner.s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "k" } }],
          },
        }),
      ),
    () => owner.s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  ];
  const drifts: Awaited<ReturnType<typeof read>>[] = [];
  for (const change of changes) {
    await change();
    drifts.push(await read());
  }
  const drifted = await command();

  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await owner.s3.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    const all = [...Versions, ...DeleteMarkers];
    if (all.length === 0) {
      break;
    }
    for (const { Key, VersionId } of all) {
      await owner.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
  }
  await owner.s3.send(new DeleteBucketCommand({ Bucket }));
  const gone = await command();
  return {
    ...{ outputs, before, tooSmall, fresh, called, json, prometheus, late, truncated, few, many, rotating },
    ...{ neverMade, allowed, refused, drifts, drifted, gone, AccessKeyId },
  };
});

/** A bucket without Object Lock needs one fewer. */
const actions = actionsOfCommand("status").filter(
  (action) => action !== "s3:GetBucketObjectLockConfiguration",
);
const allow = (Action: readonly string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "A", Effect: "Allow", Action, Resource: "*" }],
});

type Seen = Awaited<ReturnType<typeof seen>>;
/** Of one of the two consumers. */
const consumerIn = ({ buckets }: Seen["fresh"], name = "mLab") => {
  const found = buckets[0]?.consumers.find(({ consumer }) => consumer.name === name);
  if (found === undefined) {
    throw new Error(`no consumer ${name}`);
  }
  return found;
};

describe("npm run status, on the local AWS", function () {
  this.timeout(1_800_000);

  it("says what is there, of the stack, its consumers and their keys", async () => {
    const { fresh, called, outputs } = await seen();
    const { folder, uploads, keys, keyProblems } = consumerIn(fresh);
    expect(folder).to.deep.include({
      complete: true,
      listed: 6,
      current: { objects: 3, bytes: 11 },
      old: { versions: 2, bytes: 2, deleteMarkers: 1 },
    });
    const midnight = new Date(fresh.at + 30 * 24 * hour);
    midnight.setUTCHours(24, 0, 0, 0);
    expect(folder.nextExpiry).to.equal(Number(midnight));
    expect(uploads.uploads).to.equal(1);
    expect(keyProblems).to.deep.equal([]);
    expect(keys).to.have.length(1);
    expect(keys[0]).to.include({
      accessKeyId: outputs.accessKeyId,
      role: "current",
      status: "Active",
      ageDays: 0,
    });
    expect(keys[0]?.lastUsed?.service).to.equal("s3");
    expect(fresh.buckets[0]?.protection).to.deep.equal(
      [
        "object ownership",
        "public access block",
        "bucket policy",
        "versioning",
        "encryption",
        "lifecycle",
      ].map((setting) => ({ setting, differences: [] })),
    );
    expect(called.stderr, called.stdout).to.equal("");
    expect(called.code).to.equal(0);
    expect(called.stdout).to.match(
      /^ {2}backup {14}on time: 10B or more every 24h is expected, and the last one is from /m,
    );
    expect(called.stdout).to.match(/^ {2}protection {10}as deployed: object ownership, /m);
    expect(called.stdout).to.match(/^db2, below db2\/\n {2}newest object {7}none$/m);
    expect(called.stdout).to.not.contain(outputs.secretAccessKey);
  });

  it("takes no empty file for a backup, and none that is too small", async () => {
    const { before, tooSmall, fresh } = await seen();
    const { verdict, folder } = consumerIn(tooSmall);
    expect(folder.current).to.deep.equal({ objects: 2, bytes: 1 });
    expect(verdict).to.deep.equal(consumerIn(before).verdict);
    expect(verdict).to.include({ verdict: "ok", last: undefined });
    expect(consumerIn(fresh).verdict).to.include({ verdict: "ok" });
    expect(consumerIn(fresh).verdict).to.have.property("last").that.is.a("number");
  });

  it("ends with 1, and one line that says since when, where a backup is late", async () => {
    const { late, neverMade } = await seen();
    expect(late.code).to.equal(1);
    const { verdict } = consumerIn(late);
    const [due, last] =
      verdict?.verdict === "late" ? [verdict.due ?? 0, verdict.last ?? 0].map((at) => iso(at)) : [];
    expect(late.problems.map(({ message }) => message)).to.deep.equal([
      `mLab: backup LATE since ${due}: 10B or more every 24h is expected, and the last one is from ${last}, 25 hours ago`,
    ]);
    expect(neverMade.code).to.equal(1);
    expect(neverMade.stderr).to.equal(
      "db2: backup LATE since 2020-01-08T00:00:00Z: 1B or more every 7d is expected, but there has been none yet\n",
    );
  });

  it("says of a listing that is cut off what it can know, and no more", async () => {
    const { truncated } = await seen();
    const { empty, enough, late, withPrefix } = truncated;
    expect([empty, enough, late, withPrefix].map(({ code }) => code)).to.deep.equal([4, 0, 4, 0]);
    expect(consumerIn(empty).folder).to.include({ complete: false, listed: 1 });
    expect(consumerIn(enough).folder).to.include({ complete: true });
    expect(consumerIn(withPrefix).folder.newest?.key).to.equal("db1/data");
    const [problem] = empty.problems;
    expect(problem?.message).to.match(
      /^mLab: backup unknown: 10B or more every 24h is expected, and none is among the first 1 versions below db1\/\. List more \(np.*status .*--stack status --pages N\), or narrow the listing \(--prefix\)$/,
    );
  });

  it("makes the same few calls, however much is in the bucket", async () => {
    const { few, many } = await seen();
    const listings = (calls: readonly string[]) =>
      calls.filter((name) => name === "ListObjectVersions").length;
    expect(listings(few)).to.equal(2);
    expect(listings(many)).to.equal(4); // three pages of the one folder, and the other one is empty
    expect(many.filter((name) => name !== "ListObjectVersions")).to.deep.equal(
      few.filter((name) => name !== "ListObjectVersions"),
    );
    expect(few.length).to.be.below(20);
  });

  it("shows both keys in the middle of a rotation, and one that someone deleted", async () => {
    const { rotating, drifts, outputs, AccessKeyId } = await seen();
    expect(AccessKeyId).to.equal(outputs.accessKeyId);
    const { keys } = consumerIn(rotating);
    expect(keys.map(({ role, status }) => [role, status])).to.deep.equal([
      ["current", "Active"],
      ["previous", "Active"],
    ]);
    expect(keys[1]?.accessKeyId).to.equal(AccessKeyId);
    expect(rotating.problems).to.deep.equal([]);
    expect(drifts[0]?.problems[1]).to.deep.include({
      kind: "key",
      message: `mLab: the key ${AccessKeyId} was deleted. To create a new one: npx pulumi up --refresh`,
    });
  });

  it("reports each change of the protection that was made by hand", async () => {
    const { drifts, drifted, outputs } = await seen();
    const { bucketName } = outputs;
    const expected: readonly (readonly [setting: string, ...differences: string[]])[] = [
      ["public access block", "missing in AWS"],
      ["object ownership", 'rule.objectOwnership from "ObjectWriter" to "BucketOwnerEnforced"'],
      [
        "bucket policy",
        `no longer: Allow s3:GetObject on arn:aws:s3:::${bucketName}/* to {"AWS":"arn:aws:iam::111122223333:root"}`,
        ...["", "/*"].map(
          (suffix) =>
            `newly: Deny s3:* on arn:aws:s3:::${bucketName}${suffix} to "*" if {"Bool":{"aws:SecureTransport":"false"}}`,
        ),
      ],
      ["versioning", 'versioningConfiguration.status from "Suspended" to "Enabled"'],
      [
        "encryption",
        'rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId from "k" to none',
        'rules[0].applyServerSideEncryptionByDefault.sseAlgorithm from "aws:kms" to "AES256"',
        'rules[0].blockedEncryptionTypes from none to "SSE-C"',
      ],
      ["lifecycle", "missing in AWS"],
    ];
    for (const [index, { buckets, code }] of drifts.entries()) {
      const found = buckets[0]?.protection.filter(({ differences }) => differences.length > 0) ?? [];
      expect(found).to.have.deep.members(
        expected.slice(0, index + 1).map(([setting, ...differences]) => ({ setting, differences })),
      );
      expect(code).to.equal(1);
    }
    expect(drifted.code).to.equal(1);
    expect(drifted.stdout).to.contain(
      '\n                      versioning: versioningConfiguration.status from "Suspended" to "Enabled"\n',
    );
    expect(drifted.stderr).to.contain(
      `${bucketName}: versioning differs from what is deployed: versioningConfiguration.status from "Suspended" to "Enabled"\n`,
    );
  });

  it("reads the default retention of a bucket as its resource has it", async () => {
    const { s3 } = await clients();
    const Bucket = fresh("locked");
    await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const rule = { DefaultRetention: { Mode: "GOVERNANCE", Days: 7 } } as const;
    await s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: rule },
      }),
    );
    expect(await readBucketPart("objectLock", s3, Bucket)).to.deep.equal({
      objectLockEnabled: "Enabled",
      rule: { defaultRetention: { mode: "GOVERNANCE", days: 7 } },
    });
  });

  it("needs the actions of docs/permissions.md, and names each that is missing", async () => {
    const { allowed, refused } = await seen();
    expect(allowed.buckets).to.have.length(1);
    expect(refused.map(([action]) => action)).to.include("s3:ListBucketVersions");
    for (const [action, message] of refused) {
      expect(message).to.contain(action);
    }
  });

  it("prints JSON, and metrics that a Prometheus can read", async () => {
    const { json, prometheus, outputs } = await seen();
    expect(json.code, json.stderr).to.equal(0);
    const { stack, problems, buckets } = JSON.parse(json.stdout);
    expect({ stack, problems }).to.deep.equal({ stack: "status", problems: [] });
    expect(buckets[0].consumers[0]).to.deep.include({
      ...{ consumer: "mLab", prefixes: ["db1/"], complete: true, current: { objects: 3, bytes: 11 } },
    });
    expect(prometheus.code, prometheus.stderr).to.equal(0);
    const labels = `stack="status",bucket="${outputs.bucketName}",consumer="mLab"`;
    expect(prometheus.stdout.split("\n")).to.include.members([
      "# TYPE s3_backup_target_object_bytes gauge",
      `s3_backup_target_object_bytes{${labels},version="current"} 11`,
      `s3_backup_target_backup_verdict{${labels},verdict="ok"} 1`,
    ]);
    expect(json.stdout + prometheus.stdout).to.not.contain(outputs.secretAccessKey);
  });

  it("says that a bucket is gone", async () => {
    const { gone, outputs } = await seen();
    const what = `the bucket was deleted, with all backups. To create a new, empty one: npx pulumi up --refresh --stack status`;
    expect(gone.code).to.equal(1);
    expect(gone.stdout).to.contain(
      `Bucket ${outputs.bucketName} in us-east-1\n  !!                  ${what}\n`,
    );
    expect(gone.stderr).to.equal(`${outputs.bucketName}: ${what}\n`);
  });
});

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
