import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { expect } from "chai";
import fc from "fast-check";
import { Refused } from "../../commands/aws/refused";
import { decodeKey } from "../../commands/recover/bucket";
import { erasedAt, held, released } from "../../commands/recover/expiry";
import { actionFor, identity, type Version } from "../../commands/recover/history";
import { lock, type RunningRecovery } from "../../commands/recover/lock";
import { parseMoment } from "../../commands/recover/moment";
import { describePlan, inUnit, inWords, Planner, thaw } from "../../commands/recover/plan";
import { Queue } from "../../commands/recover/queue";
import { runRecovery } from "../../commands/recover/recover";
import { Earlier, type Line, Report, readReport } from "../../commands/recover/report";
import { BucketModel } from "../support/bucketModel";
import { type Event, histories, replay, type Tried } from "../support/recoveries";

const [once, key] = [{ prefix: "", errors: [], kills: [], undo: false }, "db1/a"];
const second: Event = { kind: "time", seconds: 1 };

/** What is too seldom made at random: a moment between two deletions, and one before a deletion that is recovered again. */
const seldom: [Event[]][] = [
  [
    [
      { kind: "versioning", to: "Enabled" },
      { kind: "put", key },
      ...[second, { kind: "delete", key } as const, second, { kind: "delete", key } as const, second],
      { kind: "recover", back: 0, exact: false, ...once },
      { kind: "recover", back: 0.34, exact: true, ...once },
    ],
  ],
  [
    [
      { kind: "versioning", to: "Enabled" },
      { kind: "put", key },
      ...[second, { kind: "delete", key } as const, second],
      { kind: "recover", back: 0, exact: false, ...once },
      ...[second, { kind: "delete", key } as const, second],
      { kind: "recover", back: 0, exact: false, ...once },
      { kind: "recover", back: 0.26, exact: true, ...once },
    ],
  ],
];

describe("npm run recover", () => {
  it("restores a bucket, whatever happened to it, and can be undone", async function () {
    this.timeout(60_000);
    const tried: Tried = { recoveries: 0, undone: 0, killed: 0, errors: 0 };
    await fc.assert(
      fc.asyncProperty(histories, (events) => replay(new BucketModel(), events, tried)),
      { numRuns: 300, examples: seldom },
    );
    for (const [what, times] of Object.entries(tried)) {
      expect(times, what).to.be.greaterThan(50);
    }
  });

  const day = 24 * 60 * 60 * 1000;
  const at = Date.parse("2026-11-20T10:00:00Z");
  const version = (of: Partial<Version>): Version => ({
    ...{
      key: "k",
      versionId: "v",
      isDeleteMarker: false,
      lastModified: at,
      size: 1,
      storageClass: "STANDARD",
    },
    ...of,
  });
  const later = version({ versionId: "later", lastModified: at + day });

  describe("what becomes of an object", () => {
    const kindOf = (versions: Version[], earlier = new Earlier()) =>
      actionFor(versions, at, { exact: false, earlier }).kind;

    it("waits for a version in an archive until it is thawed", () => {
      for (const storageClass of ["GLACIER", "DEEP_ARCHIVE"]) {
        expect(kindOf([later, version({ storageClass })])).to.equal("archived");
        expect(kindOf([later, version({ storageClass, isThawed: true })])).to.equal("copy");
        const marker = version({ versionId: "m", isDeleteMarker: true, lastModified: at + day });
        expect(kindOf([marker, version({ storageClass })])).to.equal("remove markers");
      }
      for (const storageClass of ["STANDARD", "STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING"]) {
        expect(kindOf([later, version({ storageClass })])).to.equal("copy");
      }
    });

    it("counts a moment's whole second to what was before it", () => {
      expect(kindOf([version({ lastModified: at + 999 })])).to.equal("nothing");
      expect(kindOf([version({ lastModified: at + 1000 })])).to.equal("created since");
    });

    it("takes the order of the listing in the same second, and not that of the times", () => {
      const marker = version({ versionId: "m", isDeleteMarker: true });
      expect(kindOf([later, marker, version({})])).to.equal("created since");
      expect(kindOf([later, version({}), marker])).to.equal("copy");
    });

    it("does not take one version null for another", () => {
      const [first, second] = [
        version({ versionId: "null" }),
        version({ versionId: "null", lastModified: at + 1 }),
      ];
      expect(identity(first)).to.not.equal(identity(second));
      expect(identity(first)).to.not.equal(identity({ ...first, key: "other" }));
      const earlier = new Earlier();
      earlier.add({ action: "copy", key: "k", of: identity(first), made: "later", bytes: 1 });
      expect(kindOf([later, first], earlier)).to.equal("nothing");
      expect(kindOf([later, second], earlier)).to.equal("copy");
    });
  });

  it("removes any number of markers of one object", async () => {
    const bucket = new BucketModel();
    bucket.versioning = "Enabled";
    bucket.put("k", "content");
    const to = bucket.now();
    bucket.second++;
    for (let times = 0; times < 2_500; times++) {
      bucket.delete("k");
    }
    const calls: number[] = [];
    const remove = bucket.removeMarkers.bind(bucket);
    bucket.removeMarkers = (markers) => {
      calls.push(markers.length);
      return remove(markers);
    };
    const report = { add: () => {}, sync: () => {} };
    const scope = { prefix: "", to, exact: false };
    await runRecovery(bucket, scope, { earlier: new Earlier(), report, queue: new Queue(2) });
    expect(bucket.contents()).to.deep.equal({ k: "content" });
    expect(calls).to.deep.equal([1000, 1000, 500]);
  });

  it("stops at the first call that is refused, and continues if one object fails", async () => {
    const bucket = new BucketModel();
    bucket.versioning = "Enabled";
    for (const key of ["a", "b", "c"]) {
      bucket.put(key, "good");
    }
    const to = bucket.now();
    bucket.second++;
    for (const key of ["a", "b", "c"]) {
      bucket.put(key, "bad");
    }
    const lines: Line[] = [];
    const report = { add: (...added: readonly Line[]) => lines.push(...added), sync: () => {} };
    const run = () =>
      runRecovery(
        bucket,
        { prefix: "", to, exact: false },
        { earlier: new Earlier(), report, queue: new Queue(1) },
      );
    const copy = bucket.copyOnTop.bind(bucket);
    bucket.copyOnTop = async ({ key }) => {
      throw new Refused("CopyObject", "model", `of ${key}`);
    };
    const refused = await run().catch((error: Error) => error);
    expect(String(refused)).to.contain(
      "Allow s3:GetObjectVersion, s3:GetObjectVersionTagging, s3:PutObject and",
    );
    expect(String(refused)).to.contain("of a");
    expect(lines).to.deep.equal([]);
    bucket.copyOnTop = async (of) => {
      if (of.key === "b") {
        throw Object.assign(new Error("Gone"), { name: "NoSuchVersion" });
      }
      return copy(of);
    };
    expect(await run()).to.deep.equal({ done: 2, archived: 0, failed: 1 });
    expect(bucket.contents()).to.deep.equal({ a: "good", b: "bad", c: "good" });
    expect(lines[1]).to.deep.equal({ action: "failed", key: "b", error: "NoSuchVersion: Gone" });
    bucket.copyOnTop = async () => {
      throw Object.assign(new Error("Archived"), { name: "InvalidObjectState" });
    };
    expect(await run()).to.deep.equal({ done: 0, archived: 3, failed: 0 });
  });

  it("takes a moment with a zone, and says what is wrong with another", () => {
    expect(parseMoment("2026-11-20T10:00Z")).to.equal(at);
    expect(parseMoment("2026-11-20T11:00:00.5+01:00")).to.equal(at + 500);
    const example =
      "Write for example --to 2026-11-20T10:00Z, or with an offset, --to 2026-11-20T11:00+01:00.";
    const wrong: Record<string, string> = {
      "2026-11-20T10:00": "must be an ISO 8601 time with a time zone.",
      "2026-11-20": "must be an ISO 8601 time with a date, a time and a time zone.",
      yesterday: "must be an ISO 8601 time with a date, a time and a time zone.",
      "2026-02-30T10:00Z": "there is no such day or time.",
      "2026-02-20T25:00Z": "there is no such day or time.",
    };
    for (const [text, message] of Object.entries(wrong)) {
      expect(() => parseMoment(text)).to.throw(`--to ${text}: ${message} ${example}`);
    }
    expect(() => parseMoment(undefined)).to.throw(
      `--to is missing: the point in time to restore. ${example}`,
    );
  });

  describe("the lifecycle", () => {
    const rule: LifecycleRule = {
      ID: "old",
      Status: "Enabled",
      Filter: { Prefix: "" },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    };

    it("erases a version at midnight after its days as an old one", () => {
      const erased = (rules: LifecycleRule[], of = version({})) => erasedAt(rules, of, later);
      expect(new Date(erased([rule]) ?? 0).toISOString()).to.equal("2026-12-22T00:00:00.000Z");
      expect(erased([])).to.equal(undefined);
      expect(erased([{ ...rule, Status: "Disabled" }])).to.equal(undefined);
      expect(erased([{ ...rule, NoncurrentVersionExpiration: undefined }])).to.equal(undefined);
      expect(erased([{ ...rule, Filter: { Prefix: "other/" } }])).to.equal(undefined);
      expect(erased([{ ...rule, Filter: undefined, Prefix: "other/" }])).to.equal(undefined);
      expect(erased([{ ...rule, Filter: { And: { Prefix: "k", ObjectSizeGreaterThan: 1 } } }])).to.equal(
        undefined,
      );
      const sooner = { ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 1 } };
      expect(erased([rule, sooner])).to.equal(Date.parse("2026-11-23T00:00Z"));
    });

    it("is suspended and put back as it was", () => {
      const rules: LifecycleRule[] = [
        rule,
        { ...rule, ID: "off", Status: "Disabled" },
        { ID: "uploads", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      ];
      const suspended = held(rules) ?? [];
      expect(suspended.map(({ Status }) => Status)).to.deep.equal(["Disabled", "Disabled", "Enabled"]);
      expect(held(suspended)).to.equal(undefined);
      expect(released(suspended)).to.deep.equal(rules);
      expect(released(rules)).to.equal(undefined);
      expect(() => held([{ ...rule, ID: "x".repeat(250) }])).to.throw("must be at most 222 characters");
    });
  });

  describe("the plan", () => {
    it("shows how much, the largest, when it happened, and what expires first", () => {
      const rules: LifecycleRule[] = [
        { Status: "Enabled", Filter: { Prefix: "" }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
      ];
      const planner = new Planner(at, rules);
      const marker = version({ versionId: "m", isDeleteMarker: true, lastModified: at + 90 * 60_000 });
      const cases: Version[][] = [
        [version({ key: "same" })],
        [{ ...marker, key: "gone" }, version({ key: "gone", size: 2_500_000 })],
        [{ ...marker, key: "gone\u001b[2J" }, version({ key: "gone\u001b[2J", size: 1000 })],
        [{ ...later, key: "over" }, version({ key: "over", size: 12 })],
        [{ ...later, key: "it's old" }, version({ key: "it's old", size: 7, storageClass: "GLACIER" })],
        [{ ...later, key: "new" }],
      ];
      const earlier = new Earlier();
      for (const versions of cases) {
        planner.add(versions, actionFor(versions, at, { exact: false, earlier }));
      }
      expect(describePlan(planner.plan(), "The bucket b", "b", at + 2 * day)).to.equal(
        `The bucket b, as of 2026-11-20T10:00:00Z, 2 days ago:
          2 objects,    2.5 MB, deleted since: the delete markers are removed
          1 object,   12 bytes, overwritten since: a copy of the old version becomes the current one
          1 object,    7 bytes, overwritten since, but the old version is archived: it must be restored from the archive first
          1 object,     1 byte, created since: kept (--exact hides them)
          1 object,  unchanged
The largest of them:
     2.5 MB  gone  (remove markers)
     1.0 kB  gone\\u001b[2J  (remove markers)
   12 bytes  over  (copy)
    7 bytes  it's old  (archived)
     1 byte  new  (created since)
Deletions and overwrites since, by hour (UTC):
  2026-11-20 11:00          2 deleted          0 overwritten  ########################################
  2026-11-21 10:00          0 deleted          2 overwritten  ########################################
Archived versions, and the commands that restore them:
  aws s3api restore-object --bucket b --key 'it'\\''s old' --version-id v --restore-request Days=7
Wait until they are restored (up to 48 hours), then run this again. Everything else is recovered without waiting.
The lifecycle may delete the first version that is needed (gone) at any time now. --hold prevents that until the recovery is complete.`,
      );
    });

    it("shows days where there are too many hours", () => {
      const planner = new Planner(at, undefined);
      const markers = Array.from({ length: 60 }, (_, index) =>
        version({
          versionId: `m${index}`,
          isDeleteMarker: true,
          lastModified: at + (60 - index) * 60 * 60_000,
        }),
      );
      const versions = [...markers, version({})];
      planner.add(versions, actionFor(versions, at, { exact: false, earlier: new Earlier() }));
      const text = describePlan(planner.plan(), "The bucket b", "b", at + 3 * day);
      expect(text).to.contain("by day (UTC):\n  2026-11-20         13 deleted");
      expect(text).to.contain(
        "It is unknown when the lifecycle deletes old versions: these credentials lack s3:GetLifecycleConfiguration.",
      );
    });

    it("writes figures in their units, and keys as a shell reads them", () => {
      expect([0, 1, 999, 1000, 5 * 1024 ** 3].map(inUnit)).to.deep.equal([
        ...["0 bytes", "1 byte", "999 bytes", "1.0 kB", "5.4 GB"],
      ]);
      expect([60_000, 3 * 60 * 60_000, 3 * day].map(inWords)).to.deep.equal([
        "1 minutes",
        "3 hours",
        "3 days",
      ]);
      expect(thaw("b", { key: "a\n'b", versionId: "v" })).to.contain("--key $'a\\u000a\\'b' ");
    });
  });

  describe("the report", () => {
    let folder: string;
    let path: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "recover-"));
      path = join(folder, "report.jsonl");
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const copied: Line = { action: "copy", key: "k", of: "a", made: "b", bytes: 1 };
    const removed: Line = {
      ...{ action: "remove markers", key: "k", of: "a", markers: ["m"], since: 1, until: 2, bytes: 1 },
    };

    it("is read again, but for a line that was cut short", async () => {
      const report = new Report(path);
      report.add(copied, removed);
      report.sync();
      report.close();
      writeFileSync(path, `${readFileSync(path, "utf8")}{"action":"copy","key":"k","of":"x","ma`);
      const next = new Report(path);
      next.add({ ...copied, of: "b", made: "c" });
      next.close();
      const earlier = await readReport(path, "bucket");
      expect([earlier.sourceOf("b"), earlier.sourceOf("c"), earlier.sourceOf("a")]).to.deep.equal([
        "a",
        "b",
        undefined,
      ]);
      expect(earlier.hidden("a")).to.deep.equal([{ since: 1, until: 2 }]);
      expect(earlier.hidden("b")).to.deep.equal([]);
    });

    it("is of one bucket", async () => {
      const report = new Report(path);
      const run = { prefix: "", to: "2026-11-20T10:00:00Z", at: "2026-11-20T10:00:00Z", exact: false };
      report.add({ action: "recover", bucket: "mine", ...run });
      report.close();
      await readReport(path, "mine");
      expect(String(await readReport(path, "other").catch((error: Error) => error))).to.contain(
        "is for the bucket mine, not for other. Use a separate report",
      );
    });
  });

  it("makes fewer calls at once where S3 asks to slow down, and more again after that", async () => {
    const queue = new Queue(16, async () => {});
    const slowDown = Object.assign(new Error("Slow down"), { name: "SlowDown" });
    let refusals = 3;
    await queue.call(async () => {
      if (refusals-- > 0) {
        throw slowDown;
      }
    });
    expect(queue.room).to.equal(2);
    for (let calls = 0; calls < 200; calls++) {
      await queue.call(async () => {});
    }
    expect(queue.room).to.equal(16);
    let most = 0;
    let running = 0;
    for (let tasks = 0; tasks < 50; tasks++) {
      await queue.add(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      });
    }
    await queue.end();
    expect(most).to.equal(16);
    let calls = 0;
    const denied = Object.assign(new Error("No"), { name: "AccessDenied" });
    const call = (error: Error) =>
      queue
        .call(async () => {
          calls++;
          throw error;
        })
        .catch((thrown: Error) => `${thrown.message} after ${calls}`);
    expect(await call(denied)).to.equal("No after 1");
    calls = 0;
    expect(await call(slowDown)).to.equal("Slow down after 8");
  });

  describe("two at once", () => {
    const uploads = (others: RunningRecovery[]) => {
      const now = [...others];
      return {
        now,
        bucket: {
          name: "b",
          running: async () => [...now],
          begin: async (key: string) => {
            now.push({ key, uploadId: "own", since: new Date(at) });
            return "own";
          },
          end: async ({ uploadId }: { uploadId: string }) => {
            now.splice(
              now.findIndex((upload) => upload.uploadId === uploadId),
              1,
            );
          },
        },
      };
    };

    it("are not seen where the first call to begin was repeated", async () => {
      const repeated = uploads([]);
      const begin = repeated.bucket.begin;
      repeated.bucket.begin = async (key) => {
        repeated.now.push({ key, uploadId: "lost", since: new Date(at) });
        return begin(key);
      };
      const release = await lock(repeated.bucket);
      expect(repeated.now.map(({ uploadId }) => uploadId)).to.deep.equal(["own"]);
      await release();
    });

    it("are refused, but for one that was ended by force on this machine", async () => {
      const alone = uploads([]);
      const release = await lock(alone.bucket);
      expect(alone.now[0]?.key).to.contain(`s3-backup-target-recover/${hostname()}/${process.pid}/`);
      await release();
      expect(alone.now).to.deep.equal([]);

      const other = { key: "s3-backup-target-recover/elsewhere/7/run", uploadId: "u", since: new Date(at) };
      const taken = uploads([other]);
      const refused = await lock(taken.bucket).catch((error: Error) => error);
      expect(String(refused)).to.equal(
        `Error: Another recovery of the bucket b has been running since 2026-11-20T10:00:00Z, on elsewhere as process 7. Wait until it ends. If it was killed there, run this first:
  aws s3api abort-multipart-upload --bucket b --key s3-backup-target-recover/elsewhere/7/run --upload-id u`,
      );
      expect(taken.now).to.deep.equal([other]);

      // No process has this number on Linux or macOS.
      const dead = { ...other, key: `s3-backup-target-recover/${hostname()}/99999999/run` };
      const left = uploads([dead]);
      await lock(left.bucket);
      expect(left.now.map(({ uploadId }) => uploadId)).to.deep.equal(["own"]);
    });
  });

  it("reads keys as a listing has them", () => {
    expect(decodeKey("db1%2Fa+b%2Bc%2525%01%C3%BC")).to.equal("db1/a b+c%25\u0001ü");
  });
});
