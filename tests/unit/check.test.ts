import { expect } from "chai";
import { checkBoolean, checkDays, checkTags } from "../../components/check";

describe("days of a lifecycle rule", () => {
  for (const days of [1, 7, 30, 36_500, 2_147_483_647]) {
    it(`takes ${days}`, () => expect(checkDays(days)).to.deep.equal([]));
  }
  for (const days of [0, -1, 1.5, 2_147_483_648, Number.NaN, Number.POSITIVE_INFINITY, "30", null, true]) {
    it(`refuses ${typeof days} ${days}`, () =>
      expect(checkDays(days)).to.deep.equal([
        { rule: "must be a whole number of days from 1 to 2147483647", fix: "for example 30" },
      ]));
  }
});

describe("switches", () => {
  it("take true and false and nothing else", () => {
    expect([true, false].flatMap((value) => checkBoolean(value))).to.deep.equal([]);
    for (const value of ["true", 0, 1, null, {}]) {
      expect(checkBoolean(value), String(value)).to.have.length(1);
    }
  });
});

describe("tags", () => {
  const numbered = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, "value"]));
  const good: [title: string, tags: unknown][] = [
    ["none", {}],
    ["every kind of character", { "Straße 1_.:/=+-@": "日本 _.:/=+-@", empty: "" }],
    ["the longest key and value", { ["k".repeat(128)]: "v".repeat(256) }],
    ["fifty", numbered(50)],
  ];
  for (const [title, tags] of good) {
    it(`takes ${title}`, () => expect(checkTags(tags)).to.deep.equal([]));
  }
  const bad: [tags: unknown, rule: RegExp][] = [
    ["team", /must map tag keys/],
    [["team"], /must map tag keys/],
    [null, /must map tag keys/],
    [{ "": "x" }, /the key "" must be 1 to 128/],
    [{ ["k".repeat(129)]: "x" }, /must be 1 to 128/],
    [{ "a#b": "x" }, /the key "a#b" must be/],
    [{ team: "a#b" }, /the value of "team" must be/],
    [{ team: "v".repeat(257) }, /the value of "team" must be/],
    [{ team: 1 }, /the value of "team" must be a string/],
    [{ "aws:x": "y" }, /must not start with aws:/],
    [{ "Aws:x": "y" }, /must not start with aws:/],
    [{ x: "aws:y" }, /the value of "x" must not start with aws:/],
    [{ Team: "a", team: "b" }, /"Team" and "team" as the same/],
    [numbered(51), /must be at most 50 tags, not 51/],
  ];
  for (const [tags, rule] of bad) {
    it(`refuses ${JSON.stringify(tags).slice(0, 40)}`, () => {
      const findings = checkTags(tags);
      expect(findings).to.have.length(1);
      expect(findings[0]?.rule).to.match(rule);
    });
  }
});
