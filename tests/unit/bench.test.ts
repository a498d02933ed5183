import { expect } from "chai";
import { callsBeyond } from "../../bench/calls";
import { measure } from "../../bench/measure";
import { atMost, targetTable } from "../../bench/targets";
import { waitAsOnAws, withoutWaits } from "../../bench/waits";
import { median, ratio } from "../support/statistics";
import { seconds, spread, table, times } from "../support/table";

describe("a command that is measured", () => {
  const command = {
    file: "sh",
    args: ["-c", 'echo "$VCR_MODE,$VCR_PATH"'],
    cwd: __dirname,
    env: {},
  };

  afterEach(waitAsOnAws);

  it("waits as on AWS, whatever the shell that the measurements are started from says", async () => {
    process.env.VCR_MODE = "REPLAY_ONLY";
    process.env.VCR_PATH = "anything";
    waitAsOnAws();
    expect((await measure(command)).stdout).to.equal(",\n");
  });

  it("does not wait where it is measured without", async () => {
    expect((await measure(withoutWaits(command))).stdout).to.match(/^REPLAY_ONLY,.+\n$/);
  });
});

describe("what the measurements are made into", () => {
  it("is the value in the middle, or halfway between the two there", () => {
    expect(median([9, 1, 10])).to.equal(9);
    expect(median([10, 1, 2, 100])).to.equal(6);
    expect(median([])).to.be.NaN;
  });

  it("is how many times as much, round by round", () => {
    // The second round was slow for both.
    expect(ratio([1, 20, 3], [2, 40, 2])).to.equal(0.5);
    expect(ratio([1], [])).to.be.NaN;
  });

  it("is a table with its numbers on the right", () => {
    expect(table(["what", "time"], [["up", spread([1000, 3000, 2000], seconds)]])).to.equal(
      ["| what | time |", "| --- | --: |", "| up | 2.00 s (1.00 s to 3.00 s) |"].join("\n"),
    );
  });

  it("is met, or missed, or not measured", () => {
    expect(
      targetTable([
        atMost("half", 0.5, 0.5, times),
        atMost("half", 0.5, 0.51, times),
        atMost("half", 0.5, Number.NaN, times),
      ])
        .split("\n")
        .slice(2),
    ).to.deep.equal([
      "| half: at most 0.50 × | 0.50 × | yes |",
      "| half: at most 0.50 × | 0.51 × | **no** |",
      "| half: at most 0.50 × | – | not measured |",
    ]);
  });

  it("names each call that the other does not make, or not as often", () => {
    expect(
      callsBeyond(["GetUser", "CreateUser", "GetUser"], ["GetUser", "GetUser", "CreateUser"]),
    ).to.deep.equal([]);
    expect(callsBeyond(["GetUser", "GetUser", "GetGroup"], ["GetUser"])).to.deep.equal([
      "GetUser",
      "GetGroup",
    ]);
  });
});
