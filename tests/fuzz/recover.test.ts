import { expect } from "chai";
import fc from "fast-check";
import { BucketModel } from "../support/bucketModel";
import { histories, replay } from "../support/recoveries";
import { cpuClock, printFigures, seed } from "./figures";

const numRuns = 10_000;

describe("recoveries of a bucket", function () {
  this.timeout(600_000);

  it(`${numRuns.toLocaleString("en")} histories of a model: each recovery makes what was there then, and is undone`, async () => {
    const cpu = cpuClock();
    const tried = { recoveries: 0, undone: 0, killed: 0, errors: 0 };
    await fc.assert(
      fc.asyncProperty(histories, (events) => replay(new BucketModel(), events, tried)),
      { numRuns, seed },
    );
    printFigures({ histories: numRuns, ...tried, differences: 0, "CPU seconds": cpu() });
    expect(tried.recoveries).to.be.greaterThan(numRuns);
  });
});
