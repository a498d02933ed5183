import { expect } from "chai";
import fc from "fast-check";
import type { VersionedBucket } from "../../commands/recover/bucket";
import { actionFor, byKey } from "../../commands/recover/history";
import { Queue } from "../../commands/recover/queue";
import { runRecovery, type Scope } from "../../commands/recover/recover";
import { Earlier, type Line } from "../../commands/recover/report";

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

/** What a bucket holds, by key. A content stands for all that an object is. */
export type Contents = Readonly<Record<string, string>>;

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

/** A bucket that histories happen to. */
export interface HistoryBucket extends VersionedBucket {
  /** The time by its clock, in whole seconds since 1970. */
  readonly second: number;
  /** From this second on, whatever it held can be told from its versions. */
  readonly knownSince: number;
  /** Is asked at each call, before it is done and after that; what it throws is the call's error. */
  fault: (call: string) => void;
  /** Lets at least one second go by, and as many as that where the clock is none that others go by. */
  pass(seconds: number): unknown;
  setVersioning(to: "Enabled" | "Suspended"): unknown;
  put(key: string, content: string): unknown;
  delete(key: string): unknown;
  /** What it holds. */
  contents(): Contents | Promise<Contents>;
  /** What it held at the end of a second. */
  contentsAt(second: number): Contents;
  /** The seconds in which something happened. */
  moments(): readonly number[];
  /** What was deleted for good, other than by writing without versions. */
  lost(): readonly string[] | Promise<readonly string[]>;
}

/** Lets a history happen to a bucket, and expects of each recovery in it what it has to make. */
export async function replay(bucket: HistoryBucket, events: readonly Event[], tried: Tried): Promise<void> {
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
        (error: Error) => {
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
      await bucket.pass(1);
    }
    // The listing failed in the last run.
    await runRecovery(bucket, scope, { earlier: report.earlier(), report, queue: new Queue(3) });
  };

  for (const event of events) {
    if (event.kind === "put") {
      await bucket.put(event.key, `${event.key} ${++written}`);
    } else if (event.kind === "delete") {
      await bucket.delete(event.key);
    } else if (event.kind === "time") {
      await bucket.pass(event.seconds);
    } else if (event.kind === "versioning") {
      await bucket.setVersioning(event.to);
    } else {
      await bucket.setVersioning("Enabled");
      const now = bucket.second;
      const moments = bucket.moments().filter((second) => second >= bucket.knownSince);
      const to = moments[Math.floor(event.back * (moments.length - 1))] ?? now;
      if (between.some(([from, until]) => to > from && to < until)) {
        continue;
      }
      const before = await bucket.contents();
      const scope = { prefix: event.prefix, to: to * 1000, exact: event.exact };
      await bucket.pass(1);
      await recover(scope, event);
      tried.recoveries++;
      const expected = expectedContents(before, bucket.contentsAt(to), scope);
      expect(await bucket.contents()).to.deep.equal(expected);
      between.push([now, bucket.second]);
      // Nothing is left to do.
      const again = { exact: event.exact, earlier: report.earlier() };
      for await (const versions of byKey(bucket.versions(event.prefix))) {
        expect(actionFor(versions, scope.to, again).kind).to.be.oneOf(["nothing", "created since"]);
      }
      await bucket.pass(1);
      if (event.undo) {
        const recovered = bucket.second;
        await bucket.pass(1);
        await recover({ prefix: event.prefix, to: now * 1000, exact: true }, { errors: [], kills: [] });
        tried.undone++;
        expect(await bucket.contents()).to.deep.equal(before);
        between.push([recovered, bucket.second]);
        await bucket.pass(1);
      }
    }
  }
  expect(await bucket.lost(), "what was deleted for good").to.deep.equal([]);
}
