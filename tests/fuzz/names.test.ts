import { expect } from "chai";
import fc from "fast-check";
import { checkBucketName } from "../../components/naming";
import { awsTakesBucketName, bucketNameSentences, bucketNames } from "../bucketNames";
import { cpuClock, printFigures, seed, Tally } from "./figures";

const numRuns = 1_000_000;

describe("bucket names", function () {
  this.timeout(120_000);

  it(`${numRuns.toLocaleString("en")} of them are taken where AWS takes them, and refused where it does not`, () => {
    const cpu = cpuClock();
    const taken = new Tally(["taken", "refused"]);
    const broken = new Tally(bucketNameSentences.map(([sentence]) => sentence));
    fc.assert(
      fc.property(bucketNames, (name) => {
        const takes = awsTakesBucketName(name);
        if ((checkBucketName(name).length === 0) !== takes) {
          throw new Error(`AWS ${takes ? "takes" : "refuses"} ${JSON.stringify(name)}`);
        }
        taken.add(takes ? "taken" : "refused");
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
    expect(seconds, "CPU seconds").to.be.below(10);
  });
});
