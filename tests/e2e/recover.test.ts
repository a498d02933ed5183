import { fork } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import fc from "fast-check";
import { revoke } from "../../commands/keys/revocation";
import { S3Bucket } from "../../commands/recover/bucket";
import { lock } from "../../commands/recover/lock";
import { type RecoverOptions, recoverBucket } from "../../commands/recover/recoverBucket";
import { Stack as CommandStack } from "../../commands/stack/stack";
import { backgroundTask } from "../support/background";
import { BucketHistory } from "../support/bucketHistory";
import { Clone } from "../support/clone";
import { callCommandLine } from "../support/commandLine";
import { compiled } from "../support/compiled";
import { createDeployer } from "../support/deployer";
import { clients, environment, folder, fresh, passphrase, Stack, state } from "../support/environment";
import { logBucketPolicy } from "../support/expected";
import { type Call, type Fate, startProxy } from "../support/proxy";
import { histories, replay } from "../support/recoveries";
import { ensureTools } from "./tools/install";
import { type Once, partsAbove, recoverOnce } from "./tools/recoverOnce";
import { type Ended, type Machine, restic } from "./tools/run";

const expiry = {
  ID: "old",
  Status: "Enabled",
  Filter: { Prefix: "" },
  NoncurrentVersionExpiration: { NoncurrentDays: 30 },
} as const;

/** Where the reports are. */
const reports = join(folder, "recover");
const reportOf = (bucket: string): string => {
  mkdirSync(reports, { recursive: true });
  return join(reports, `${bucket}.jsonl`);
};

/** S3 keeps times to the second: what comes now is in a later one. */
const nextSecond = () => sleep(1000 - (Date.now() % 1000) + 20);

async function makeBucket(s3: S3Client, { versioned = true, locked = false } = {}): Promise<string> {
  const Bucket = fresh("recover");
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: locked }));
  if (versioned) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  }
  return Bucket;
}

const read = async (s3: S3Client, Bucket: string): Promise<Record<string, string | undefined>> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const entries = Contents.map(async ({ Key = "" }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return [Key, await Body?.transformToString()];
  });
  return Object.fromEntries(await Promise.all(entries));
};

/** Recovers, and returns what was said. */
async function recover(bucket: S3Bucket, options: Pick<RecoverOptions, "to"> & Partial<RecoverOptions>) {
  const said: string[] = [];
  const { outcome } = await recoverBucket(
    bucket,
    {
      ...{ prefix: "", exact: false, where: `The bucket ${bucket.name}`, hold: false, dryRun: false },
      ...{ concurrency: 8, report: reportOf(bucket.name), ...options },
    },
    {
      showPlan: (plan) => void said.push(plan),
      confirm: async (question) => void said.push(question),
      log: (line) => said.push(line),
      progress: () => ({ show: () => {}, end: () => {} }),
    },
  );
  return { outcome, said: said.join("\n") };
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

/** Few objects, of which one was deleted since, one overwritten, one made, and a large one overwritten. */
const before = { deleted: "1", overwritten: "2", large: "more than ten bytes" };

async function makeTrial(s3: S3Client): Promise<string> {
  const Bucket = await makeBucket(s3);
  const LifecycleConfiguration = { Rules: [expiry] };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  for (const [Key, Body] of Object.entries(before)) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  }
  return Bucket;
}

async function attack(s3: S3Client, Bucket: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted" }));
  for (const Key of ["overwritten", "large", "made"]) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "ransom" }));
  }
}
const attacked = { overwritten: "ransom", large: "ransom", made: "ransom" };

/** What a trial ends in: the objects, the lifecycle, and what says that a recovery runs. */
async function endOf(s3: S3Client, Bucket: string) {
  const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  // An upload in parts can be left, as by any client whose call or process ends so: the lifecycle's other rule aborts it.
  const uploads = Uploads.map(({ Key }) => Key).filter((key) => key !== "large");
  return { objects: await read(s3, Bucket), rules: Rules, uploads };
}

/** An error, or a cut connection or the end of the process before S3 gets a call, or when it has done it. */
type Fault = "503" | "reset after" | "killed before" | "killed after";
/** At each call one of the first two, and one of the others, in turn. */
const lanes: readonly (readonly [Fault, Fault])[] = [
  ["503", "reset after"],
  ["killed before", "killed after"],
];

/** A recovery in which something happens at one call, and the run after it; without a call, nothing happens. */
async function tryFault(fault: Fault, at?: Pick<Call, "action" | "nth">) {
  const { aws } = await environment();
  const { s3 } = await clients();
  const bucket = await makeTrial(s3);
  await nextSecond();
  const to = Date.now();
  await nextSecond();
  await attack(s3, bucket);
  let hit = false;
  let isFirstRun = true;
  let kill = () => {};
  const fates: Record<Fault, Fate> = {
    "503": { error: { status: 503, code: "SlowDown" } },
    "reset after": { reset: "after" },
    "killed before": { before: async () => kill(), reset: "before" },
    "killed after": { after: async () => kill(), reset: "after" },
  };
  const proxy = await startProxy(aws, ({ action, nth }: Call) => {
    if (!isFirstRun || action !== at?.action || nth !== at.nth) {
      return undefined;
    }
    hit = true;
    return fates[fault];
  });
  const once: Once = {
    endpoint: proxy.endpoint,
    caFile: aws.caFile,
    bucket,
    to,
    report: reportOf(bucket),
  };
  let error = "none";
  if (fault.startsWith("killed")) {
    const options = { silent: true, execArgv: [] };
    const child = fork(compiled("tests/e2e/tools/recoverOnce.ts"), [JSON.stringify(once)], options);
    kill = () => child.kill("SIGKILL");
    error = await new Promise((resolve) =>
      child.on("close", (code, signal) => resolve(signal ?? String(code))),
    );
  } else {
    error = await failure(recoverOnce(once));
  }
  isFirstRun = false;
  if (error !== "none") {
    await recoverOnce(once);
  }
  const recovered = await endOf(s3, bucket);
  const { calls } = proxy;
  if (!fault.startsWith("killed")) {
    await proxy.stop();
    return { fault, at, hit, calls, error, recovered, undone: undefined };
  }
  // Undone by another: what is in the report says what S3 does not know any more.
  const [first = ""] = readFileSync(once.report, "utf8").split("\n");
  await nextSecond();
  await recoverOnce({ ...once, to: Date.parse(JSON.parse(first).at) });
  const undone = await endOf(s3, bucket);
  await proxy.stop();
  return { fault, at, hit, calls, error, recovered, undone };
}

/** Faults at all calls, some at once. */
const trials = backgroundTask(async () => {
  const tried: Awaited<ReturnType<typeof tryFault>>[] = [];
  // By their actions, because two of them run at once, in any order.
  const { calls } = await tryFault("503");
  const left = lanes
    .flatMap((inTurn) => calls.map((call, index) => [inTurn[index % 2 === 0 ? 0 : 1], call] as const))
    .values();
  const worker = async () => {
    for (const [fault, call] of left) {
      tried.push(await tryFault(fault, call));
    }
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  return tried;
});

/** What a folder holds, by path. */
const contentsOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .map((name) => join(path, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(path, file), readFileSync(file, "latin1")]),
  );

/** All that is set of a bucket for access logs, or the error that says it is gone. */
async function logBucketOf(s3: S3Client, Bucket: string) {
  const at = { Bucket };
  const [publicAccess, ownership, encryption, policy, lifecycle] = await Promise.all([
    s3.send(new GetPublicAccessBlockCommand(at)),
    s3.send(new GetBucketOwnershipControlsCommand(at)),
    s3.send(new GetBucketEncryptionCommand(at)),
    s3.send(new GetBucketPolicyCommand(at)),
    s3.send(new GetBucketLifecycleConfigurationCommand(at)),
  ]);
  return {
    publicAccess: publicAccess.PublicAccessBlockConfiguration,
    ownership: ownership.OwnershipControls?.Rules?.map((rule) => rule.ObjectOwnership),
    encryption: encryption.ServerSideEncryptionConfiguration?.Rules?.map((rule) => ({
      by: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
      blocked: rule.BlockedEncryptionTypes?.EncryptionType,
    })),
    policy: JSON.parse(policy.Policy ?? "{}"),
    lifecycle: lifecycle.Rules?.map(({ ID, Status, Expiration }) => ({ ID, Status, days: Expiration?.Days })),
  };
}

/** What a key gets to do in a bucket for access logs: the names of the errors. */
async function triedOnLogs(s3: S3Client, Bucket: string, Key: string): Promise<string[]> {
  const tried: readonly Promise<unknown>[] = [
    s3.send(new ListObjectsV2Command({ Bucket })),
    s3.send(new GetObjectCommand({ Bucket, Key })),
    s3.send(new DeleteObjectCommand({ Bucket, Key })),
    s3.send(new PutObjectCommand({ Bucket, Key, Body: "forged" })),
  ];
  return Promise.all(
    tried.map((call) =>
      call.then(
        () => "allowed",
        (error: Error) => error.name,
      ),
    ),
  );
}

async function deleteAllVersions(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) {
      return;
    }
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
}

/** restic's repository is deleted and overwritten with a stolen key; then the key is revoked, and the repository recovered. */
const stolen = backgroundTask(async () => {
  const tools = await ensureTools();
  const { aws, engine } = await environment();
  const owner = (await clients()).s3;
  const stack = new Stack("stolen");
  await stack.create({ access: "restic", accessLogs: 90 });
  await stack.up();
  const outputs = await stack.outputs();
  const { logBucketName } = outputs as typeof outputs & { logBucketName: string };
  const machine: Machine = { tools, aws, home: join(folder, "stolen"), bucket: outputs.bucketName };
  const data = join(machine.home, "data");
  mkdirSync(data, { recursive: true });
  for (let file = 0; file < 20; file++) {
    writeFileSync(join(data, `file ${file}`), `${file} `.repeat(10_000 * file));
  }
  const run = async (ended: Promise<Ended>) => {
    const { code, said } = await ended;
    return { code, said };
  };
  await run(restic(machine, outputs, "")("init"));
  const backup = await run(restic(machine, outputs, "")("backup", data));
  await nextSecond();
  const to = new Date().toISOString();
  await nextSecond();

  const thief = (await clients(outputs)).s3;
  const Bucket = outputs.bucketName;
  const { Contents = [] } = await thief.send(new ListObjectsV2Command({ Bucket }));
  for (const [index, { Key }] of Contents.entries()) {
    await (index % 2 === 0
      ? thief.send(new DeleteObjectCommand({ Bucket, Key }))
      : thief.send(new PutObjectCommand({ Bucket, Key, Body: "pay" })));
  }
  await thief.send(new PutObjectCommand({ Bucket, Key: "README", Body: "Pay us." }));
  const afterAttack = await run(restic(machine, outputs, "")("check"));

  const clone = await Clone.make("stolen");
  copyFileSync(stack.file, join(clone.folder, basename(stack.file)));
  const env = {
    ...engine.env,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    npm_config_loglevel: "silent",
  };
  const command = (args: string) =>
    clone.run(`npm run --silent recover -- --stack ${stack.name} ${args}`, { env });
  const call = (...args: string[]) =>
    callCommandLine(["recover", "--stack", stack.name, ...args], { cwd: clone.folder, env });
  const shown = await call("--to", to, "--exact", "--dry-run");
  const unanswered = await call("--to", to);
  const future = await call("--to", "2999-01-01T00:00Z");
  const wrong = await call("--to", "2026-11-20T10:00");
  const afterDryRun = await run(restic(machine, outputs, "")("check"));
  const { Contents: logs = [] } = await owner.send(new ListObjectsV2Command({ Bucket: logBucketName }));
  const logging = {
    ...{ bucket: Bucket, logBucket: logBucketName, user: outputs.userArn, logs: logs.map(({ Key }) => Key) },
    drift: await stack.plan("--refresh"),
    source: (await owner.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled,
    settings: await logBucketOf(owner, logBucketName),
    tried: await triedOnLogs(thief, logBucketName, logs[0]?.Key ?? ""),
  };
  const revoked = await revoke(CommandStack.open(stack.name, await stack.place()), { yes: true });
  const recovered = await command(`--to ${to} --exact --hold --yes --json`);
  const again = await command(`--to ${to} --exact --yes`);
  await stack.up();
  const renewed = await stack.outputs();
  const check = await run(restic(machine, renewed, "")("check", "--read-data"));
  const target = join(machine.home, "restored");
  rmSync(target, { recursive: true, force: true });
  await run(restic(machine, renewed, "")("restore", "latest", "--target", target));
  const restored = existsSync(join(target, data)) ? contentsOf(join(target, data)) : {};
  const { Rules } = await owner.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));

  // A destroy leaves the logs, and what protects them; forceDestroy is what takes them too.
  const stopped = await stack.tryDestroy();
  const kept = {
    ...{
      code: stopped.code,
      logging: (await owner.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled,
    },
    buckets: (await stack.types()).filter((type) => type === "aws:s3/bucket:Bucket").length,
  };
  await deleteAllVersions(owner, Bucket);
  await stack.destroy();
  const exists = (name: string) =>
    owner.send(new HeadBucketCommand({ Bucket: name })).then(
      () => true,
      () => false,
    );
  const left = {
    backups: await exists(Bucket),
    settings: await logBucketOf(owner, logBucketName),
    logs: (await owner.send(new ListObjectsV2Command({ Bucket: logBucketName }))).KeyCount ?? 0,
  };
  await stack.set({ access: "restic", accessLogs: 90, forceDestroy: true });
  await stack.up();
  const forced = await stack.outputs();
  const { logBucketName: forcedLogs } = forced as typeof forced & { logBucketName: string };
  await owner.send(new PutObjectCommand({ Bucket: forced.bucketName, Key: "logged", Body: "a" }));
  const written = (await owner.send(new ListObjectsV2Command({ Bucket: forcedLogs }))).KeyCount ?? 0;
  await stack.destroy();
  const destroyed = {
    ...{ written, logBucket: await exists(forcedLogs), earlier: await exists(logBucketName) },
  };
  return {
    ...{ logging, revoked, kept, left, destroyed },
    ...{ accessKeyId: outputs.accessKeyId, objects: Contents.length, backup, afterAttack, shown, unanswered },
    ...{
      future,
      wrong,
      afterDryRun,
      recovered,
      again,
      check,
      restored,
      original: contentsOf(data),
      rules: Rules,
    },
  };
});

describe("npm run recover, on the local AWS", function () {
  this.timeout(1_800_000);

  it("brings a real restic repository back that a stolen key has deleted and overwritten", async () => {
    const told = await stolen();
    expect(told.backup.code, told.backup.said).to.equal(0);
    expect(told.afterAttack.code).to.not.equal(0);
    const deleted = Math.ceil(told.objects / 2);
    const overwritten = told.objects - deleted;
    const { shown, unanswered, future, wrong } = told;
    expect(shown.code, shown.stderr).to.equal(0);
    expect(shown.stdout + shown.stderr).to.contain(
      `Still active: the key ${told.accessKeyId}. If one was stolen, revoke the keys first: npx s3-backup-target revoke --stack stolen`,
    );
    expect(shown.stdout).to.match(
      new RegExp(`^ +${deleted} objects, .* deleted since: the delete markers are removed$`, "m"),
    );
    expect(shown.stdout).to.match(new RegExp(`^ +${overwritten} objects, .* overwritten since: `, "m"));
    expect(shown.stdout).to.match(/^ +1 object, {2,}7 bytes, created since: a delete marker hides them$/m);
    expect(shown.stdout).to.match(
      /The lifecycle deletes the first version that is needed \(.*\) at .*T00:00:00Z, in \d+ days\./,
    );
    expect(shown.stdout).to.contain("Nothing was changed (--dry-run).");
    expect(unanswered.code).to.equal(3);
    expect(unanswered.stdout + unanswered.stderr).to.contain(
      "There is no terminal to confirm in, so nothing was done.",
    );
    expect(future.code).to.equal(2);
    expect(future.stderr).to.contain(
      "--to 2999-01-01T00:00:00Z: must not be in the future. By S3's clock it is 20",
    );
    expect(wrong.code).to.equal(2);
    expect(told.afterDryRun.code).to.not.equal(0);

    const { recovered, again } = told;
    expect(recovered.code, recovered.printed).to.equal(0);
    const { done, archived, failed } = JSON.parse(recovered.stdout);
    expect({ done, archived, failed }).to.deep.equal({ done: told.objects + 1, archived: 0, failed: 0 });
    expect(recovered.printed).to.contain("Restored the lifecycle rules that delete old versions.");
    expect(recovered.printed).to.not.contain("If it was stolen");
    expect(again.code, again.printed).to.equal(0);
    expect(again.stdout).to.contain("There is nothing to do.");
    expect(told.rules?.map(({ Status }) => Status)).to.not.contain("Disabled");

    expect(told.check.code, told.check.said).to.equal(0);
    expect(told.check.said).to.contain("no errors were found");
    expect(told.restored).to.deep.equal(told.original);
  });

  it("says who did it and from where, by access logs that the key can't touch and a destroy leaves", async () => {
    const { logging, shown, recovered, revoked, kept, left, destroyed, ...told } = await stolen();
    const { bucket, logBucket, user, settings } = logging;
    expect(logging.drift).to.deep.equal({});
    expect(logging.source).to.deep.equal({
      TargetBucket: logBucket,
      TargetPrefix: "access-logs/",
      TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "EventTime" } },
    });
    expect(settings).to.deep.equal({
      publicAccess: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      ownership: ["BucketOwnerEnforced"],
      encryption: [{ by: "AES256", blocked: ["SSE-C"] }],
      policy: logBucketPolicy(`arn:aws:s3:::${logBucket}`, `arn:aws:s3:::${bucket}`, "000000000000"),
      lifecycle: [{ ID: "expire-access-logs", Status: "Enabled", days: 90 }],
    });
    expect(logging.logs.length).to.be.greaterThan(told.objects);
    expect(logging.logs.join("\n")).to.match(
      new RegExp(`^(access-logs/000000000000/us-east-1/${bucket}/(\\d+/){3}[\\d-]+-[0-9A-F]{16}\n?)+$`),
    );
    expect(logging.tried).to.deep.equal(["AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied"]);

    const deleted = Math.ceil(told.objects / 2);
    expect(shown.stdout).to.match(
      new RegExp(
        `^ +${deleted} deleted +${told.objects - deleted + 1} written {2}from 127\\.0\\.0\\.1, \\S+Z( to \\S+Z)?, by ${user}$`,
        "m",
      ),
    );
    expect(shown.stdout).to.contain(
      `Who deleted and wrote since, according to the access logs in ${logBucket} (`,
    );
    const { accessLogs } = JSON.parse(recovered.stdout);
    expect(accessLogs).to.include({ state: "read", logBucket, filesLeftOut: 0 });
    expect(accessLogs.actors.map(({ requester }: { requester: string }) => requester)).to.include(user);

    const { use } = revoked;
    expect(
      use.state === "read" && use.actors.map(({ requester, address }) => [requester, address]),
    ).to.deep.equal([[user, "127.0.0.1"]]);

    // The stack still has both buckets where the backups stop it, so that an update logs to the same one again.
    expect(kept).to.deep.equal({ code: 1, logging: undefined, buckets: 2 });
    expect({ ...left, logs: 0 }).to.deep.equal({ backups: false, settings, logs: 0 });
    expect(left.logs).to.be.at.least(logging.logs.length);
    expect(destroyed.written).to.be.greaterThan(0);
    expect(destroyed).to.deep.equal({ written: destroyed.written, logBucket: false, earlier: true });
  });

  it("resumes after any fault at any call, and after a kill at any call, and can be undone", async () => {
    const tried = await trials();
    expect(tried.length).to.be.greaterThan(20 * lanes.length);
    const reached = new Set(tried.map(({ at }) => at?.action));
    expect([...reached]).to.include.members([
      ...[
        "ListObjectVersions",
        "DeleteObjects",
        "PutObject",
        "DeleteObject",
        "PutBucketLifecycleConfiguration",
      ],
    ]);
    for (const { fault, at, hit, recovered, undone } of tried) {
      const name = `${fault}, ${at?.action} ${at?.nth}`;
      expect(hit, name).to.equal(true);
      expect(recovered, name).to.deep.equal({ objects: before, rules: [expiry], uploads: [] });
      if (undone !== undefined) {
        expect(undone, name).to.deep.equal({ objects: attacked, rules: [expiry], uploads: [] });
      }
    }
    const killed = tried.filter(({ fault }) => fault.startsWith("killed"));
    expect(new Set(killed.map(({ error }) => error))).to.deep.equal(new Set(["SIGKILL"]));
    console.log(`        ${tried.length} faults at ${reached.size} kinds of calls`);
  });

  it("makes of random histories what the model makes of them", async () => {
    const { s3 } = await clients();
    const tried = { recoveries: 0, undone: 0, killed: 0, errors: 0 };
    const samples = fc.sample(
      histories.filter((events) => events.filter(({ kind }) => kind === "recover").length < 9),
      8,
    );
    await Promise.all(
      samples.map(async (events) => {
        const Bucket = await makeBucket(s3, { versioned: false });
        await replay(new BucketHistory(s3, Bucket), events, tried).catch((error: Error) => {
          throw new Error(`${error.message}\n${JSON.stringify(events)}`, { cause: error });
        });
      }),
    );
    expect(tried.recoveries).to.be.greaterThan(8);
  });

  it("keeps what an object is: metadata, tags, content type, storage class and lock", async () => {
    const { s3 } = await clients();
    const Bucket = await makeBucket(s3, { locked: true });
    const ObjectLockRetainUntilDate = new Date(Date.now() + 60 * 60_000);
    const kept = {
      ContentType: "application/x-backup",
      CacheControl: "no-store",
      ContentDisposition: "attachment",
      Metadata: { made: "by hand" },
      StorageClass: "STANDARD_IA",
      ServerSideEncryption: "AES256",
    } as const;
    for (const Key of ["small", "large object"]) {
      const Body = "x".repeat(Key.length);
      await s3.send(
        new PutObjectCommand({
          ...{ Bucket, Key, Body, ...kept, Tagging: "team=db&cost=1%202" },
          ...{ ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate },
        }),
      );
    }
    await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "1" }));
    await nextSecond();
    const to = Date.now();
    await nextSecond();
    for (const Key of ["small", "large object"]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "bad" }));
    }
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    // MiniStack forgets the tags and the lock that an upload in parts begins with, and copies a lock on its own, which S3 doesn't: so what
    // it is asked for is looked at.
    const asked: Record<string, unknown>[] = [];
    const watching = (await clients()).s3;
    watching.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === "CreateMultipartUploadCommand" || commandName === "CopyObjectCommand") {
            asked.push({ commandName, ...args.input });
          }
          return next(args);
        },
      { step: "initialize" },
    );
    const { outcome } = await recover(new S3Bucket(watching, Bucket, partsAbove, partsAbove), { to });
    expect(outcome).to.deep.equal({ done: 3, archived: 0, failed: 0 });
    for (const Key of ["small", "large object"]) {
      const { Body, ...head } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(await Body?.transformToString(), Key).to.equal("x".repeat(Key.length));
      expect(head, Key).to.deep.include(kept);
    }
    const small = await s3.send(new GetObjectCommand({ Bucket, Key: "small" }));
    expect(small).to.deep.include({ TagCount: 2, ObjectLockMode: "GOVERNANCE" });
    expect(Math.abs(Number(small.ObjectLockRetainUntilDate) - Number(ObjectLockRetainUntilDate))).to.be.below(
      1000,
    );
    const lockOf = {
      ObjectLockMode: "GOVERNANCE",
      StorageClass: "STANDARD_IA",
      ServerSideEncryption: "AES256",
    };
    expect(asked.find(({ commandName }) => commandName === "CopyObjectCommand")).to.deep.include(lockOf);
    expect(asked.find(({ Key }) => Key === "large object")).to.deep.include({
      ...kept,
      ...lockOf,
      Tagging: "team=db&cost=1+2",
    });
    expect(Object.keys(await read(s3, Bucket)).sort()).to.deep.equal(["gone", "large object", "small"]);
  });

  it("recovers a folder, and leaves alone what is next to it", async () => {
    const { s3 } = await clients();
    const Bucket = await makeBucket(s3);
    for (const Key of ["db1/a", "db2/a"]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "1" }));
    }
    await nextSecond();
    const to = Date.now();
    await nextSecond();
    for (const Key of ["db1/a", "db2/a"]) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    await recover(new S3Bucket(s3, Bucket), { to, prefix: "db1/" });
    expect(await read(s3, Bucket)).to.deep.equal({ "db1/a": "1" });
  });

  it("says at once what speaks against it, and changes nothing", async () => {
    const { s3, iam } = await clients();
    const unversioned = await makeBucket(s3, { versioned: false });
    const to = Date.now();
    expect(await failure(recover(new S3Bucket(s3, unversioned), { to }))).to.contain(
      `The bucket ${unversioned} keeps no versions: what was deleted or overwritten in it is gone, and nothing can be recovered.`,
    );
    const Bucket = await makeTrial(s3);
    await nextSecond();
    const then = Date.now();
    await nextSecond();
    await attack(s3, Bucket);
    const history = async () => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      const { rules, uploads } = await endOf(s3, Bucket);
      return { versions: [...Versions, ...DeleteMarkers].map(({ VersionId }) => VersionId), rules, uploads };
    };
    const unchanged = await history();
    const bucket = new S3Bucket(s3, Bucket);
    expect(await failure(recover(bucket, { to: Date.parse("2020-01-01T00:00Z") }))).to.match(
      /^--to 2020-01-01T00:00:00Z: must not be before 20\S+Z, when the oldest version was written\. S3 has no record/,
    );
    expect(await failure(recover(bucket, { to: Date.now() + 60_000 }))).to.contain(
      "must not be in the future.",
    );
    expect(await failure(recover(bucket, { to: then, prefix: "elsewhere/" }))).to.contain(
      "has no object versions",
    );

    const release = await lock(bucket);
    expect(await failure(recover(bucket, { to: then }))).to.contain(
      `Another recovery of the bucket ${Bucket} has been running since`,
    );
    await release();

    const all = [
      ...["s3:GetBucketVersioning", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:PutObject"],
      ...["s3:AbortMultipartUpload", "s3:DeleteObjectVersion", "s3:GetLifecycleConfiguration"],
    ];
    const allow = (Action: string[]) => ({
      Version: "2012-10-17",
      Statement: [{ Sid: "A", Effect: "Allow", Action, Resource: "*" }],
    });
    const deployer = await createDeployer(iam, allow(all));
    const limited = new S3Bucket((await clients(deployer.credentials)).s3, Bucket);
    for (const action of all.filter((name) => name !== "s3:GetLifecycleConfiguration")) {
      await deployer.setPolicy(allow(all.filter((name) => name !== action)));
      // Whoever has begun an upload may abort it on AWS; MiniStack asks for the action, and leaves the upload.
      if (action !== "s3:AbortMultipartUpload") {
        expect(await failure(recover(limited, { to: then })), action).to.contain(`Allow ${action}; `);
      }
    }
    expect(await history()).to.deep.equal(unchanged);

    await deployer.setPolicy(allow(all.filter((name) => name !== "s3:GetLifecycleConfiguration")));
    const { said } = await recover(limited, { to: then, dryRun: true });
    expect(said).to.contain("these credentials lack s3:GetLifecycleConfiguration.");
    expect(await failure(recover(limited, { to: then, hold: true }))).to.contain(
      "Allow s3:GetLifecycleConfiguration; ",
    );

    await s3.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
    );
    expect(await failure(recover(bucket, { to: then }))).to.contain(
      `The versioning of the bucket ${Bucket} is suspended`,
    );
    expect(await history()).to.deep.equal(unchanged);
  });
});
