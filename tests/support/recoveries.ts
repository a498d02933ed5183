import { expect } from "chai";
import fc from "fast-check";
import { actionFor, byKey } from "../../commands/recover/history";
import { Queue } from "../../commands/recover/queue";
import { runRecovery, type Scope } from "../../commands/recover/recover";
import { Earlier, type Line } from "../../commands/recover/report";
import { BucketModel, type Contents } from "./bucketModel";

/** Folders, keys that are percent-encoded or look so, and what a listing, XML or a copy's source could get wrong. */
export const keys = [
  "db1/a",
  "db1/b",
  "db1/",
  "db1",
  "db1/a%2Fb",
  "db1/ü b+c&=~",
  "日本/é😀",
  "a?versionId=null",
  "\u0001<x>",
] as const;

/** Something that happens to a bucket. */
export type Event =
  | { readonly kind: "put"; readonly key: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "time"; readonly seconds: number }
  | { readonly kind: "versioning"; readonly to: "Enabled" | "Suspended" }
  | {
      readonly kind: "recover";
      /** How far back: the share of the moments at which something happened and that can be told. */
      readonly back: number;
      readonly exact: boolean;
      readonly prefix: string;
      /** At which calls something goes wrong that passes, and at which the process is killed, each time that it is run. */
      readonly errors: readonly number[];
      readonly kills: readonly number[];
      readonly undo: boolean;
    };

const put = fc.record({ kind: fc.constant("put" as const), key: fc.constantFrom(...keys) });
const remove = fc.record({ kind: fc.constant("delete" as const), key: fc.constantFrom(...keys) });
// Most changes are in the same second as the one before.
const time = fc.record({ kind: fc.constant("time" as const), seconds: fc.constantFrom(1, 1, 1, 5000) });
const versioning = fc.record({
  kind: fc.constant("versioning" as const),
  to: fc.constantFrom("Enabled" as const, "Enabled" as const, "Suspended" as const),
});
const recovery = fc.record({
  kind: fc.constant("recover" as const),
  back: fc.double({ min: 0, max: 1, noNaN: true }),
  exact: fc.boolean(),
  prefix: fc.constantFrom("", "", "db1/"),
  errors: fc.array(fc.nat(20), { maxLength: 2 }),
  kills: fc.array(fc.nat(20), { maxLength: 2 }),
  undo: fc.boolean(),
});

/** Histories of a bucket with few keys, so that much happens to each. */
export const histories: fc.Arbitrary<Event[]> = fc
  .uniqueArray(fc.nat(keys.length - 1), { minLength: 1, maxLength: 2 })
  .chain((few) =>
    fc
      .array(
        fc.oneof(
          { weight: 3, arbitrary: put },
          { weight: 6, arbitrary: remove },
          { weight: 6, arbitrary: time },
          { weight: 1, arbitrary: versioning },
          { weight: 6, arbitrary: recovery },
        ),
        { minLength: 10, maxLength: 50, size: "max" },
      )
      .map((events) =>
        events.map((event) =>
          "key" in event
            ? { ...event, key: keys[few[keys.indexOf(event.key) % few.length] ?? 0] ?? "" }
            : event,
        ),
      ),
  );

class Killed extends Error {}

/** What a report does, in memory; a process that was killed adds nothing more to it. */
class Lines {
  readonly lines: Line[] = [];
  dead = false;

  add = (...lines: readonly Line[]): void => {
    if (this.dead) {
      throw new Killed();
    }
    this.lines.push(...lines);
  };

  sync = (): void => {};

  earlier(): Earlier {
    const earlier = new Earlier();
    for (const line of this.lines) {
      earlier.add(JSON.parse(JSON.stringify(line)));
    }
    return earlier;
  }
}

/** What a recovery has to make of a bucket. */
export function expectedContents(
  before: Contents,
  then: Contents,
  { exact, prefix }: Pick<Scope, "exact" | "prefix">,
): Contents {
  const outside = Object.entries(before).filter(([name]) => !name.startsWith(prefix) || !exact);
  const inside = Object.entries(then).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries([...outside, ...inside]);
}

/** How often something was tried. */
export interface Tried {
  recoveries: number;
  undone: number;
  killed: number;
  errors: number;
}

/** Lets a history happen to a model of a bucket, and expects of each recovery in it what it has to make. */
export async function replay(events: readonly Event[], tried: Tried): Promise<void> {
  const bucket = new BucketModel();
  const report = new Lines();
  /** Moments in the middle of a recovery are none to go back to. */
  const between: [number, number][] = [];
  let written = 0;

  const recover = async (
    scope: Scope,
    { errors, kills }: { errors: readonly number[]; kills: readonly number[] },
  ) => {
    for (const kill of [...kills, undefined]) {
      let calls = 0;
      bucket.fault = () => {
        calls++;
        if (report.dead || (kill !== undefined && calls > kill)) {
          report.dead = true;
          throw new Killed();
        }
        if (errors.includes(calls)) {
          tried.errors++;
          throw Object.assign(new Error("by the test"), { name: calls % 2 ? "SlowDown" : "ECONNRESET" });
        }
      };
      const queue = new Queue(3, async () => {});
      const outcome = await runRecovery(bucket, scope, { earlier: report.earlier(), report, queue }).catch(
        (error: Error & { name: string }) => {
          // A listing that fails ends the run.
          if (!(error instanceof Killed) && error.message !== "by the test") {
            throw error;
          }
          return undefined;
        },
      );
      bucket.fault = () => {};
      if (outcome !== undefined && !report.dead) {
        expect(outcome.failed, "objects that failed").to.equal(0);
        return;
      }
      tried.killed++;
      report.dead = false;
      bucket.second++;
    }
    // The listing failed in the last run.
    await runRecovery(bucket, scope, { earlier: report.earlier(), report, queue: new Queue(3) });
  };

  for (const event of events) {
    if (event.kind === "put") {
      bucket.put(event.key, `${event.key} ${++written}`);
    } else if (event.kind === "delete") {
      bucket.delete(event.key);
    } else if (event.kind === "time") {
      bucket.second += event.seconds;
    } else if (event.kind === "versioning") {
      bucket.versioning = event.to;
    } else {
      bucket.versioning = "Enabled";
      const now = bucket.second;
      const moments = bucket.moments().filter((second) => second >= bucket.knownSince);
      const to = moments[Math.floor(event.back * (moments.length - 1))] ?? now;
      if (between.some(([from, until]) => to > from && to < until)) {
        continue;
      }
      const before = bucket.contents();
      const scope = { prefix: event.prefix, to: to * 1000, exact: event.exact };
      bucket.second++;
      await recover(scope, event);
      tried.recoveries++;
      expect(bucket.contents()).to.deep.equal(expectedContents(before, bucket.contentsAt(to), scope));
      between.push([now, bucket.second]);
      // Nothing is left to do.
      const again = { exact: event.exact, earlier: report.earlier() };
      for await (const versions of byKey(bucket.versions(event.prefix))) {
        expect(actionFor(versions, scope.to, again).kind).to.be.oneOf(["nothing", "made since"]);
      }
      if (event.undo) {
        bucket.second++;
        const recovered = bucket.second;
        bucket.second++;
        await recover({ prefix: event.prefix, to: now * 1000, exact: true }, { errors: [], kills: [] });
        tried.undone++;
        expect(bucket.contents()).to.deep.equal(before);
        between.push([recovered, bucket.second]);
      }
      bucket.second++;
    }
  }
  expect(bucket.lost, "what was deleted for good").to.deep.equal([]);
}
