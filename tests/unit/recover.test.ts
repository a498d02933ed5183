import { expect } from "chai";
import fc from "fast-check";
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
  it("brings a bucket back to what it was, whatever happened to it, and can be undone", async function () {
    this.timeout(60_000);
    const tried: Tried = { recoveries: 0, undone: 0, killed: 0, errors: 0 };
    await fc.assert(
      fc.asyncProperty(histories, (events) => replay(events, tried)),
      { numRuns: 300, examples: seldom },
    );
    for (const [what, times] of Object.entries(tried)) {
      expect(times, what).to.be.greaterThan(50);
    }
  });
});
