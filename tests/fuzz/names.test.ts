import { expect } from "chai";
import fc from "fast-check";
import { checkBucketName } from "../../components/naming";
import { bucketNameSentences, bucketNames, isForNewBucket, isOfExistingBucket } from "../support/bucketNames";
import { cpuClock, printFigures, seed, Tally } from "./figures";

const numRuns = 1_000_000;

describe("bucket names", function () {
  this.timeout(120_000);

  it(`${numRuns.toLocaleString("en")} of them are taken for a new bucket and for one that is there where AWS's text has them, and else refused`, () => {
    const cpu = cpuClock();
    const taken = new Tally([
      "taken",
      "refused",
      "taken of an existing bucket",
      "refused of an existing bucket",
    ]);
    const broken = new Tally(bucketNameSentences.map(([sentence]) => sentence));
    fc.assert(
      fc.property(bucketNames, (name) => {
        const takes = isForNewBucket(name);
        const has = isOfExistingBucket(name);
        if (
          (checkBucketName(name).length === 0) !== takes ||
          (checkBucketName(name, { adoptedBucket: true }).length === 0) !== has
        ) {
          throw new Error(`${JSON.stringify(name)}: of a new bucket ${takes}, of an existing one ${has}`);
        }
        taken.add(takes ? "taken" : "refused");
        taken.add(has ? "taken of an existing bucket" : "refused of an existing bucket");
        for (const [sentence, isBroken] of takes ? [] : bucketNameSentences) {
          if (isBroken(name)) {
            broken.add(sentence);
          }
        }
      }),
      { numRuns, seed },
    );
    const seconds = cpu();
    printFigures({
      names: numRuns,
      ...taken.counts,
      ...broken.counts,
      disagreements: 0,
      "CPU seconds": seconds,
    });
    expect([...taken.never, ...broken.never], "what no name reached").to.deep.equal([]);
    // About 9 for both checks of each name. A pattern that backtracks would take hours; machines differ by half.
    expect(seconds, "CPU seconds").to.be.below(30);
  });
});
