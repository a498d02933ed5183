import { expect } from "chai";
import { UserError } from "../../common/errors";
import { described, isChosen, isEverything, parseChoice, refuseUnknown } from "../faults/choice";

const usage = 'npm run test:faults -- [--stacks N] ["PART OF A NAME"]…';

describe("The choice of npm run test:faults", () => {
  const understood: [args: string[], text: string][] = [
    [[], "Every trial and change by hand."],
    [["404"], 'Those that have "404" in their name.'],
    [["404", "update, "], 'Those that have "404" or "update, " in their name.'],
    [
      ["--stacks", "404"],
      "Every trial and change by hand, as many as fit into 404 stacks; another choice each day.",
    ],
    [
      ["--stacks=1", "404"],
      'Those that have "404" in their name, as many as fit into 1 stack; another choice each day.',
    ],
  ];
  for (const [args, text] of understood) {
    it(`is shown as it was understood: ${args.join(" ") || "nothing"}`, () => {
      expect(described(parseChoice(args))).to.equal(text);
    });
  }

  it("takes a number for a part of a name", () => {
    const names = ["first up, CreateUser 1, 404 not there yet", "first up, CreateUser 1, 409 conflict"];
    const chosenBy = (...args: string[]) => names.filter((name) => isChosen(parseChoice(args), name));
    expect(chosenBy("404")).to.deep.equal(names.slice(0, 1));
    expect(chosenBy("404", "409")).to.deep.equal(names);
    expect(chosenBy("--stacks", "404")).to.deep.equal(names);
    expect(chosenBy()).to.deep.equal(names);
  });

  it("writes the page only where everything was tried", () => {
    expect([[], ["404"], ["--stacks", "404"]].map((args) => isEverything(parseChoice(args)))).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  for (const stacks of ["0", "many", "1.5", ""]) {
    it(`refuses --stacks ${JSON.stringify(stacks)}`, () => {
      expect(() => parseChoice([`--stacks=${stacks}`])).to.throw(
        UserError,
        `--stacks = ${JSON.stringify(stacks)}: it is a whole number from 1 on; write for example --stacks 16.\n${usage}`,
      );
    });
  }

  it("refuses other options", () => {
    expect(() => parseChoice(["--stack", "16"])).to.throw(UserError, usage);
  });

  it("answers what is in no name by all names, and a number by what it may have meant", () => {
    const all = ["first up, CreateUser 1, 404 not there yet", "bucket removed by hand"];
    const known = {
      phases: ["first up", "destroy"],
      calls: ["CreateUser 1", "CreateUser 2"],
      faults: ["404 not there yet"],
      changes: ["bucket removed by hand"],
    };
    const refuse = (...args: string[]) => refuseUnknown(parseChoice(args), all, known);
    expect(() => refuse("CreateUser", "removed")).to.not.throw();
    expect(() => refuse("404", "16", "createuser")).to.throw(
      UserError,
      `No trial and no change by hand has "16" in its name. For as many as fit into 16 stacks: --stacks 16
No trial and no change by hand has "createuser" in its name.
A trial is named by its phase, call and fault, such as "first up, CreateUser 1, reset after".
Phases: first up; destroy
Calls: CreateUser 1; CreateUser 2
Faults: 404 not there yet
Changes by hand: bucket removed by hand`,
    );
  });
});
