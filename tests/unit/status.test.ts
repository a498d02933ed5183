import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { Logged } from "../../commands/accessLogs/accessLogs";
import { actionsOf } from "../../commands/aws/refused";
import type { Version } from "../../commands/recover/history";
import { types } from "../../commands/stack/consumers";
import { asJson } from "../../commands/status/asJson";
import { deployedParts, partStatus } from "../../commands/status/drift";
import { readFolder } from "../../commands/status/folder";
import { keyStatus } from "../../commands/status/keys";
import { describeStatus } from "../../commands/status/printStatus";
import { exitCodeOf, type Problem, problemsOf } from "../../commands/status/problems";
import { asPrometheus } from "../../commands/status/prometheus";
import { type ConsumerStatus, describeGone, type StackStatus } from "../../commands/status/readStatus";
import {
  type Expectation,
  expectationOf,
  lastBackup,
  type Verdict,
  verdictOf,
} from "../../commands/status/verdict";
import { root } from "../../common/paths";
import { bytesOf, durationOf } from "../../components/expectedBackup";
import { actionsOfCommand } from "../support/deployerPolicy";

const hour = 60 * 60_000;
const now = Date.parse("2026-11-27T10:00:00Z");
const ago = (hours: number, bytes: number) => ({ at: now - hours * hour, bytes });

describe("what a backup is expected to be", () => {
  it("is a time and a size with units", () => {
    expect(["1h", "36h", "7d"].map(durationOf)).to.deep.equal([hour, 36 * hour, 168 * hour]);
    expect(["1B", "3kB", "2MB", "1GB", "5TB", "1KiB", "1MiB", "2GiB", "1TiB"].map(bytesOf)).to.deep.equal([
      ...[1, 3e3, 2e6, 1e9, 5e12, 1024, 1024 ** 2, 2 * 1024 ** 3, 1024 ** 4],
    ]);
    expect(["1m", "h", "", "toString"].map(durationOf)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is nothing without a time, and a byte without a size", () => {
    expect(expectationOf({})).to.equal(undefined);
    expect(expectationOf({ expectBackupEvery: "24h" })).to.deep.equal({
      ...{ every: "24h", size: "1B", everyMs: 24 * hour, bytes: 1 },
    });
  });
});

describe("whether a backup is late", () => {
  const expectation: Expectation = { every: "24h", size: "100B", everyMs: 24 * hour, bytes: 100 };
  const decide = (
    objects: readonly { at: number; bytes: number }[],
    more: { complete?: boolean; created?: number } = {},
  ) => verdictOf(expectation, { objects, complete: true, created: now - 1000 * hour, now, ...more });

  it("goes by what was written in all within the time", () => {
    const cases: readonly (readonly [
      what: string,
      objects: readonly { at: number; bytes: number }[],
      verdict: Verdict,
    ])[] = [
      ["one file", [ago(3, 100)], { verdict: "ok", last: now - 3 * hour, due: now + 21 * hour }],
      ["to the second", [ago(24, 100)], { verdict: "ok", last: now - 24 * hour, due: now }],
      [
        "several files: from the one on that fills it",
        [ago(1, 40), ago(2, 40), ago(3, 40), ago(4, 1000)],
        { verdict: "ok", last: now - 3 * hour, due: now + 21 * hour },
      ],
      ["too old", [ago(25, 100)], { verdict: "late", last: now - 25 * hour, due: now - hour }],
      [
        "a fresh empty file, and an old backup",
        [ago(0, 0), ago(25, 100)],
        { verdict: "late", last: now - 25 * hour, due: now - hour },
      ],
      [
        "too small, however many, if they are too far from each other",
        [ago(1, 60), ago(26, 60), ago(51, 60)],
        { verdict: "late", last: undefined, due: now - 976 * hour },
      ],
      ["nothing", [], { verdict: "late", last: undefined, due: now - 976 * hour }],
    ];
    for (const [what, objects, verdict] of cases) {
      expect(decide(objects), what).to.deep.equal(verdict);
    }
  });

  it("is not yet, as long as a first one has time", () => {
    expect(decide([], { created: now - hour })).to.deep.equal({
      ...{ verdict: "ok", last: undefined, due: now + 23 * hour },
    });
  });

  it("is not known where a listing was cut off and shows none in time", () => {
    expect(decide([ago(25, 100)], { complete: false })).to.deep.equal({ verdict: "unknown" });
    expect(decide([], { complete: false, created: now - hour })).to.deep.equal({ verdict: "unknown" });
    expect(decide([ago(1, 100)], { complete: false })).to.include({ verdict: "ok" });
  });

  it("is what looking at each object as the first of a backup gives", () => {
    const objects = fc.array(fc.record({ at: fc.nat(200), bytes: fc.nat(60) }), { maxLength: 30 });
    fc.assert(
      fc.property(
        objects,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 150 }),
        (all, everyMs, bytes) => {
          const sorted = [...all].sort((a, b) => b.at - a.at);
          const begins = sorted
            .map(({ at }) => at)
            .filter((from) => {
              const within = all.filter(({ at }) => at >= from && at <= from + everyMs);
              return within.reduce((sum, one) => sum + one.bytes, 0) >= bytes;
            });
          const expected = begins.length === 0 ? undefined : Math.max(...begins);
          expect(lastBackup(sorted, { everyMs, bytes })).to.equal(expected);
        },
      ),
    );
  });
});

const version = (key: string, at: string, more: Partial<Version> = {}): Version => ({
  ...{ key, versionId: "v", isDeleteMarker: false, size: 1, storageClass: "STANDARD" },
  lastModified: Date.parse(`2026-11-${at}Z`),
  ...more,
});

async function* listing(
  pages: readonly (readonly Version[])[],
  complete: boolean,
): AsyncGenerator<readonly Version[], boolean> {
  yield* pages;
  return complete;
}

const rules = [
  {
    ID: "old",
    Status: "Enabled" as const,
    Filter: { Prefix: "" },
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
  },
];

describe("what is in a folder", () => {
  it("is added up page by page, also of an object whose versions are on two", async () => {
    const pages = [
      [version("a", "20T10:00:00", { size: 7 }), version("a", "19T10:00:00", { size: 5 })],
      [
        version("a", "18T10:00:00", { size: 3 }),
        version("b", "25T10:00:00", { isDeleteMarker: true, size: 0 }),
        version("b", "21T10:00:00", { size: 2 }),
        version("c", "26T10:00:00", { size: 0 }),
        version("other/d", "27T10:00:00", { size: 100 }),
      ],
    ];
    const folder = await readFolder(listing(pages, true), { rules, except: ["other/"] });
    expect(folder).to.deep.include({
      ...{ complete: true, listed: 7, current: { objects: 2, bytes: 7 } },
      old: { versions: 3, bytes: 10, deleteMarkers: 1 },
      newest: { key: "c", at: Date.parse("2026-11-26T10:00:00Z"), bytes: 0 },
      // The version of the 18th has been an old one since the 19th.
      nextExpiry: Date.parse("2026-12-20T00:00:00Z"),
    });
    const without = await readFolder(listing(pages, false), { rules: [], except: [] });
    expect(without).to.deep.include({ complete: false, nextExpiry: undefined });
    expect(without.newest?.key).to.equal("other/d");
  });
});

describe("the protection of a bucket", () => {
  const urn = (name: string) => `urn:pulumi:prod::shop::${name}`;
  const owned = (type: string, inputs: object, more: object = {}) => ({
    ...{ urn: urn(type), type, parent: urn("component"), inputs: { ...inputs }, ...more },
  });
  const bucket = {
    type: "aws:s3/bucket:Bucket",
    outputs: { bucket: "b" },
    urn: urn("b"),
    parent: urn("component"),
  };
  const component = { type: types.bucket, urn: urn("component") };
  const versioning = owned("aws:s3/bucketVersioning:BucketVersioning", {
    bucket: "b",
    versioningConfiguration: {},
  });

  it("is what the component of the bucket has deployed, and nothing of a bucket that is not its own", () => {
    const state = [bucket, component, versioning, { ...versioning, urn: urn("gone"), delete: true }];
    expect(deployedParts(state, "b").map(([part]) => part)).to.deep.equal(["versioning"]);
    expect(deployedParts(state, "c")).to.deep.equal([]);
    expect(deployedParts([{ ...bucket, external: true }, component, versioning], "b")).to.deep.equal([]);
    expect(deployedParts([bucket, versioning], "b"), "without a component of ours").to.deep.equal([]);
  });

  it("differs where AWS has other values, in whatever order, and not where it spells out a default", () => {
    const lifecycle = (days: number, more: object = {}) => ({
      rules: [
        {
          ...{ id: "b", status: "Enabled", filter: {} },
          noncurrentVersionExpiration: { noncurrentDays: days },
        },
        { ...{ id: "a", status: "Enabled", filter: {} }, ...more },
      ],
    });
    const found = { rules: [...lifecycle(30, { filter: { prefix: "" } }).rules].reverse() };
    expect(partStatus("lifecycle", lifecycle(30), found).differences).to.deep.equal([]);
    expect(partStatus("lifecycle", lifecycle(30), lifecycle(3)).differences).to.deep.equal([
      "no longer: the rule b (noncurrentVersionExpiration.noncurrentDays 3)",
      "newly: the rule b (noncurrentVersionExpiration.noncurrentDays 30)",
    ]);
    const encryption = { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] };
    const spelled = { rules: [{ ...encryption.rules[0], bucketKeyEnabled: false }] };
    expect(partStatus("encryption", { bucket: "b", ...encryption }, spelled).differences).to.deep.equal([]);
    const flags = { blockPublicAcls: true, blockPublicPolicy: true };
    expect(
      partStatus(
        "publicAccessBlock",
        { bucket: "b", __defaults: [], ...flags },
        { ...flags, blockPublicPolicy: false },
      ).differences,
    ).to.deep.equal(["blockPublicPolicy from false to true"]);
    const lock = {
      objectLockEnabled: "Enabled",
      rule: { defaultRetention: { mode: "GOVERNANCE", days: 30 } },
    };
    expect(
      partStatus("objectLock", lock, {
        ...lock,
        rule: { defaultRetention: { mode: "GOVERNANCE", days: 1 } },
      }),
    ).to.deep.equal({ setting: "object lock", differences: ["rule.defaultRetention.days from 1 to 30"] });
    expect(partStatus("policy", { policy: "{}" }, undefined).differences).to.deep.equal(["missing in AWS"]);
  });

  it("shows nothing of what a program has marked as secret", () => {
    const sealed = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "AAAB",
    };
    const rules = [{ applyServerSideEncryptionByDefault: { kmsMasterKeyId: sealed } }];
    expect(partStatus("encryption", { bucket: sealed, rules }, { rules: [] }).differences).to.deep.equal([]);
  });
});

describe("the keys of a consumer", () => {
  const created = new Date(now - 100 * 24 * hour);
  const inUse = (accessKeyId: string, status = "Active") => ({
    ...{ accessKeyId, status, created, lastUsed: undefined },
  });
  const deployed = (accessKeyId: string, status: "Active" | "Inactive" = "Active") => ({
    ...{ accessKeyId, status, generation: 1, createDate: created },
  });
  const of = (keys: ReturnType<typeof deployed>[], found: ReturnType<typeof inUse>[], maxKeyAgeDays = 90) =>
    keyStatus({ accessKeyId: "AKIA2", keys, maxKeyAgeDays }, found, new Date(now));

  it("are both there during a rotation, the current one first, and old ones say so", () => {
    const { keys, problems } = of([deployed("AKIA1"), deployed("AKIA2")], [inUse("AKIA1"), inUse("AKIA2")]);
    expect(
      keys.map(({ accessKeyId, role, ageDays, old }) => [accessKeyId, role, ageDays, old]),
    ).to.deep.equal([
      ["AKIA2", "current", 100, true],
      ["AKIA1", "previous", 100, true],
    ]);
    expect(problems).to.deep.equal([]);
    expect(of([deployed("AKIA2")], [inUse("AKIA2")], 100).keys[0]?.old).to.equal(false);
  });

  it("are held against what is deployed", () => {
    const cases: readonly (readonly [
      ReturnType<typeof deployed>[],
      ReturnType<typeof inUse>[],
      problems: readonly string[],
    ])[] = [
      [[deployed("AKIA2")], [], ["the key AKIA2 was deleted. To create a new one: npx pulumi up --refresh"]],
      [
        [deployed("AKIA2")],
        [inUse("AKIA2", "Inactive")],
        ["the key AKIA2 is Inactive in AWS, and Active in the stack"],
      ],
      [[deployed("AKIA2", "Inactive")], [inUse("AKIA2", "Inactive")], []],
      [
        [deployed("AKIA2")],
        [inUse("AKIA9"), inUse("AKIA2")],
        ["its user has a key that the stack did not create, AKIA9"],
      ],
    ];
    for (const [keys, found, problems] of cases) {
      expect(of(keys, found).problems).to.deep.equal(problems);
    }
  });
});

const consumerStatus = (more: Partial<ConsumerStatus> = {}): ConsumerStatus => ({
  consumer: {
    ...{
      urn: "urn",
      name: "db1",
      stack: "prod",
      options: "--stack prod",
      declaredIn: "the BackupTarget db1",
    },
    ...{ further: undefined, ownBucket: true, accessKeyId: "AKIA2", userName: "db1User", policyArn: "arn" },
    ...{ bucketName: "my-backups", region: "eu-central-1", provider: undefined, endpoint: undefined },
    ...{ insecure: false, plainHttpEndpoint: undefined, keys: [], created: undefined, access: "restic" },
    ...{ prefix: "db1/", extraActions: [], allowedIpRanges: [], versioned: true, keyGeneration: 1 },
    ...{ previousKey: "none", maxKeyAgeDays: 90, configured: true },
  },
  prefixes: ["db1/"],
  except: [],
  folder: {
    ...{ complete: true, listed: 4, nextExpiry: now + 24 * hour, objects: [] },
    newest: { key: "db1/\u001b[2Jx", at: now - 3 * hour, bytes: 2_500_000 },
    current: { objects: 1, bytes: 2_500_000 },
    old: { versions: 2, bytes: 10, deleteMarkers: 1 },
  },
  uploads: { uploads: 0, oldest: undefined },
  role: undefined,
  keys: [
    {
      ...{ accessKeyId: "AKIA2", status: "Active", role: "current", ageDays: 12, old: false },
      ...{ created: new Date(now - 12 * 24 * hour), lastUsed: undefined },
    },
  ],
  keyProblems: [],
  expectation: { every: "24h", size: "1MB", everyMs: 24 * hour, bytes: 1e6 },
  verdict: { verdict: "ok", last: now - 3 * hour, due: now + 21 * hour },
  ...more,
});
const stackStatus = (...consumers: ConsumerStatus[]): StackStatus => ({
  ...{ stack: 'pr"o\\d\n', at: now },
  buckets: [
    {
      ...{ name: "my-backups", region: "eu-central-1", gone: undefined, consumers },
      protection: [
        { setting: "versioning", differences: [] },
        { setting: "lifecycle", differences: [] },
      ],
      logged: { state: "off" },
    },
  ],
});

describe("a status", () => {
  it("is a screen, in which no key steers the terminal", () => {
    expect(
      describeStatus({ ...stackStatus(consumerStatus()), stack: "prod" }),
    ).to.equal(`Stack prod, at 2026-11-27T10:00:00Z

Bucket my-backups in eu-central-1
  protection          as deployed: versioning, lifecycle

db1, below db1/
  backup              on time: 1MB or more every 24h is expected, and the last one is from 2026-11-27T07:00:00Z, 3 hours ago; the next is due by 2026-11-28T07:00:00Z
  newest object       3 hours ago, 2026-11-27T07:00:00Z: db1/\\u001b[2Jx, 2.5 MB
  objects             1 object, 2.5 MB
  old versions        2 versions, 10 bytes; 1 delete marker; the next expire at 2026-11-28T10:00:00Z
  unfinished uploads  0
  key                 AKIA2: Active, 12 days old; has never been used, as far as IAM knows (with up to an hour's delay)
  listed              all 4 versions and delete markers below db1/`);
  });

  it("shows who deleted and wrote, where the bucket has access logs", () => {
    const changesOf = (logged: Logged): string[] => {
      const [status] = [stackStatus(consumerStatus())];
      const buckets = status.buckets.map((bucket) => ({ ...bucket, logged }));
      return describeStatus({ ...status, buckets })
        .split("\n\n")[1]
        ?.split("\n")
        .slice(2) as string[];
    };
    const actor = {
      ...{ requester: "arn:aws:iam::111122223333:user/db1User", address: "198.51.100.7", requests: 9 },
      ...{ deletions: 3, writes: 4, first: now - hour, last: now - hour },
    };
    const read = { state: "read", logBucket: "my-logs", filesRead: 1, filesLeftOut: 0 } as const;
    const heading = "according to the access logs in my-logs (S3 delivers them a few hours late)";
    expect(changesOf({ ...read, actors: [actor, { ...actor, deletions: 0, writes: 0 }] })).to.deep.equal([
      `  changes             who deleted and wrote in the last 24 hours, ${heading}`,
      "                              3 deleted          4 written  from 198.51.100.7, 2026-11-27T09:00:00Z, by arn:aws:iam::111122223333:user/db1User",
    ]);
    expect(changesOf({ ...read, actors: [] })).to.deep.equal([
      `  changes             none in the last 24 hours, ${heading}`,
    ]);
    const many = Array.from({ length: 12 }, (_, index) => ({ ...actor, address: `198.51.100.${index}` }));
    expect(changesOf({ ...read, filesLeftOut: 2, actors: many }).slice(11)).to.deep.equal([
      "                      … and 2 more; --json has all of them",
      "                      2 older log files not read",
    ]);
    expect(changesOf({ state: "unreadable", why: "AccessDenied: no" })).to.deep.equal([
      "  changes             unknown: the access logs can't be read (AccessDenied: no)",
    ]);
    expect(changesOf({ state: "off" })).to.deep.equal([]);
  });

  it("says of a part of a folder that it is one", () => {
    const { folder } = consumerStatus();
    const part = consumerStatus({
      folder: { ...folder, complete: false },
      verdict: { verdict: "unknown" },
      uploads: { uploads: 1000, oldest: now },
      except: ["db1/x/"],
    });
    const screen = describeStatus(stackStatus(part));
    expect(screen).to.contain(
      "backup              unknown: 1MB or more every 24h is expected, and none is among the first 4 versions below db1/.",
    );
    expect(screen).to.contain("2.5 MB (there may be a newer one)");
    expect(screen).to.contain("objects             at least 1 object, 2.5 MB");
    expect(screen).to.contain("old versions        at least 2 versions, 10 bytes; at least 1 delete marker;");
    expect(screen).to.contain("unfinished uploads  at least 1,000, the oldest from ");
    expect(screen).to.contain(
      "only the first 4 versions and delete markers below db1/, without db1/x/; more: --pages N",
    );
  });

  it("has one line for each problem, and ends with what is certain first", () => {
    const late = consumerStatus({
      verdict: { verdict: "late", last: now - 25 * hour, due: now - hour },
      keyProblems: ["the key AKIA2 is gone"],
    });
    const status = stackStatus(late, consumerStatus());
    const drifted = {
      ...status,
      buckets: status.buckets.map((bucket) => ({
        ...bucket,
        protection: [{ setting: "versioning", differences: ["x", "y"] }],
      })),
    };
    const problems = problemsOf(drifted);
    expect(problems.map(({ kind, message }) => [kind, message])).to.deep.equal([
      ["protection", "my-backups: versioning differs from what is deployed: x; y"],
      ["key", "db1: the key AKIA2 is gone"],
      [
        "late",
        "db1: backup LATE since 2026-11-27T09:00:00Z: 1MB or more every 24h is expected, and the last one is from 2026-11-26T09:00:00Z, 25 hours ago",
      ],
    ]);
    expect(
      problemsOf(stackStatus(consumerStatus({ verdict: undefined, expectation: undefined }))),
    ).to.deep.equal([]);
    const of = (...kinds: Problem["kind"][]) =>
      exitCodeOf(kinds.map((kind) => ({ kind, bucket: "b", consumer: undefined, message: "" })));
    expect([
      of(),
      of("unknown"),
      of("unknown", "late"),
      of("protection"),
      of("key"),
      of("bucket"),
    ]).to.deep.equal([0, 4, 1, 1, 1, 1]);
  });

  it("shows the other buckets beside one that was deleted", () => {
    const [other] = stackStatus(consumerStatus()).buckets;
    const gone = { ...stackStatus().buckets[0], name: "gone", gone: "the bucket was deleted" };
    const status = { stack: "prod", at: now, buckets: [gone, other] } as StackStatus;
    const problem = {
      kind: "bucket",
      bucket: "gone",
      consumer: undefined,
      message: "gone: the bucket was deleted",
    };
    expect(problemsOf(status)).to.deep.equal([problem]);
    const [, screen, next] = describeStatus(status).split("\n\n");
    expect(screen).to.equal("Bucket gone in eu-central-1\n  !!                  the bucket was deleted");
    expect(next).to.match(/^Bucket my-backups in eu-central-1\n/);
    expect(asJson(status, []).buckets.map(({ exists }) => exists)).to.deep.equal([false, true]);
    expect(parse(asPrometheus(status)).filter(({ name }) => name.endsWith("bucket_exists"))).to.deep.equal(
      [gone, other].map((bucket, index) => ({
        ...{
          name: "s3_backup_target_bucket_exists",
          labels: { stack: "prod", bucket: bucket?.name },
          value: index,
        },
      })),
    );
  });

  it("says how to get a deleted bucket again, by whose it is", () => {
    const of = { bucketName: "my-backups", stack: "prod" };
    expect([true, false].map((ownBucket) => describeGone({ ...of, ownBucket }))).to.deep.equal([
      "the bucket was deleted, with all backups. To create a new, empty one: npx pulumi up --refresh --stack prod",
      "the bucket was deleted, with all backups. The stack doesn't manage it: create my-backups again",
    ]);
  });

  it("is JSON with times in ISO 8601, and null for what is not there", () => {
    const status = stackStatus(consumerStatus({ uploads: { uploads: 2, oldest: now } }));
    const printed = JSON.parse(JSON.stringify(asJson(status, [])));
    expect(printed.buckets[0].consumers[0]).to.deep.equal({
      ...{ consumer: "db1", prefixes: ["db1/"], except: [], complete: true, listed: 4 },
      newestObject: { key: "db1/\u001b[2Jx", at: "2026-11-27T07:00:00Z", bytes: 2_500_000 },
      current: { objects: 1, bytes: 2_500_000 },
      old: { versions: 2, bytes: 10, deleteMarkers: 1, nextExpiry: "2026-11-28T10:00:00Z" },
      unfinishedUploads: { uploads: 2, complete: true, oldest: "2026-11-27T10:00:00Z" },
      role: null,
      keys: [
        {
          ...{ accessKeyId: "AKIA2", role: "current", status: "Active", created: "2026-11-15T10:00:00Z" },
          ...{ ageDays: 12, old: false, lastUsed: null },
        },
      ],
      backup: {
        ...{ every: "24h", size: "1MB", verdict: "ok" },
        ...{ last: "2026-11-27T07:00:00Z", due: "2026-11-28T07:00:00Z" },
      },
    });
  });

  it("is text in which each metric stands once, with its help and type, and escaped labels", () => {
    const second = consumerStatus({ verdict: { verdict: "unknown" } });
    const text = asPrometheus(
      stackStatus(consumerStatus(), { ...second, consumer: { ...second.consumer, name: "db2" } }),
    );
    const samples = parse(text);
    const stack = 'pr"o\\d\n';
    const labels = { stack, bucket: "my-backups", consumer: "db1" };
    const metric = (name: string, of: object) =>
      samples.find(
        (one) => one.name === `s3_backup_target_${name}` && JSON.stringify(one.labels) === JSON.stringify(of),
      )?.value;
    expect(metric("status_timestamp_seconds", { stack })).to.equal(now / 1000);
    expect(metric("newest_object_timestamp_seconds", labels)).to.equal(now / 1000 - 3 * 3600);
    expect(metric("object_bytes", { ...labels, version: "old" })).to.equal(10);
    expect(metric("backup_due_timestamp_seconds", labels)).to.equal(now / 1000 + 21 * 3600);
    expect(metric("backup_due_timestamp_seconds", { ...labels, consumer: "db2" })).to.equal(undefined);
    expect(
      ["ok", "late", "unknown"].map((verdict) =>
        metric("backup_verdict", { ...labels, consumer: "db2", verdict }),
      ),
    ).to.deep.equal([0, 0, 1]);
    expect(metric("key_active", { ...labels, access_key_id: "AKIA2", key: "current" })).to.equal(1);
    expect(
      samples.some(({ name }) => name.endsWith("last_used_timestamp_seconds")),
      "never used",
    ).to.equal(false);
    expect(metric("protection_drift", { stack, bucket: "my-backups", setting: "versioning" })).to.equal(0);
  });
});

/** The text format by its grammar, as node_exporter reads it: it refuses a file with anything else in it. */
function parse(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  expect(text.endsWith("\n")).to.equal(true);
  let current = "";
  const seen = new Set<string>();
  const series = new Set<string>();
  return text
    .slice(0, -1)
    .split("\n")
    .flatMap((line, index, lines) => {
      const [, help] = /^# HELP (s3_backup_target_[a-z_]+) [A-Z][^\\]*\.$/.exec(line) ?? [];
      if (help !== undefined) {
        expect(seen, "each metric once").to.not.include(help);
        expect(lines[index + 1]).to.equal(`# TYPE ${help} gauge`);
        seen.add(help);
        current = help;
        return [];
      }
      if (line === `# TYPE ${current} gauge`) {
        return [];
      }
      const [, name = "", inside = "", value = ""] =
        /^([a-z_0-9]+)\{((?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)*)\} (\d+)$/.exec(line) ?? [];
      expect(name, line).to.equal(current);
      expect(series, "each series once").to.not.include(`${name} ${inside}`);
      series.add(`${name} ${inside}`);
      const labels = [...inside.matchAll(/([a-z_]+)="((?:[^"\\]|\\["\\n])*)"/g)].map(
        ([, label = "", escaped = ""]) => [
          label,
          escaped.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character)),
        ],
      );
      return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
    });
}

describe("docs/permissions.md", () => {
  const callsIn = (file: string) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/\bnamed\(\s*"(\w+)"/g)].flatMap(
      ([, call = ""]) => actionsOf[call] ?? [`s3:${call}`],
    );

  it("lists what recover calls, and what S3 also needs for locks and keys", () => {
    const calls = [...new Set([...callsIn("commands/recover/bucket.ts"), "s3:AbortMultipartUpload"])];
    expect(calls.length).to.be.above(9);
    const besides = [
      ...["PutObjectRetention", "PutObjectLegalHold", "GetObjectRetention", "GetObjectLegalHold"].map(
        (name) => `s3:${name}`,
      ),
      ...["kms:Decrypt", "kms:GenerateDataKey", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"],
    ];
    expect(actionsOfCommand("recover")).to.have.members([...calls, ...besides]);
  });
});
