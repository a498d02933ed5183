import { expect } from "chai";
import { isDeployed, type KeySettings, nextStep, replaceAtOnce } from "../../commands/keys/keySteps";
import { ageInDays, describeOldKey } from "../../components/keyAge";
import { type Keys, update, updated } from "../support/keyModel";

/** Every change of the two settings that the documents have. */
function transitions(settings: KeySettings): KeySettings[] {
  const { keyGeneration, previousKey } = settings;
  const again: KeySettings[] = [
    nextStep(settings).settings,
    // After a leak.
    replaceAtOnce(settings),
  ];
  switch (previousKey) {
    case "none":
      return again;
    case "active":
      return [
        ...again,
        { keyGeneration, previousKey: "none" },
        // The next rotation, before this one has ended.
        { keyGeneration: keyGeneration + 1, previousKey: "active" },
      ];
    case "inactive":
      return [...again, { keyGeneration, previousKey: "active" }];
  }
}

describe("the sequence of keys", () => {
  const first: KeySettings = { keyGeneration: 1, previousKey: "none" };

  it("has a working key at every step and never a third one, whatever is done within six steps", () => {
    let walked = 0;
    const walk = (settings: KeySettings, keys: Keys, steps: number): void => {
      walked++;
      for (const next of steps === 0 ? [] : transitions(settings)) {
        const change = `${JSON.stringify(settings)} → ${JSON.stringify(next)}`;
        for (const states of update(keys, next)) {
          for (const state of states) {
            expect(state.length, change).to.be.within(1, 2);
            expect(
              state.some(({ status }) => status === "Active"),
              change,
            ).to.equal(true);
            // Whoever has the current key keeps it, unless it has leaked.
            if (next.previousKey !== "none" || next.keyGeneration === settings.keyGeneration) {
              expect(state, change).to.deep.include({ generation: settings.keyGeneration, status: "Active" });
            }
          }
          expect(isDeployed(next, states.at(-1) ?? []), change).to.equal(true);
        }
        walk(next, updated(keys, next), steps - 1);
      }
    };
    walk(first, updated([], first), 6);
    expect(walked).to.be.greaterThan(500);
  });

  it("would have a third key if a slot were not emptied before it is filled again", () => {
    const keys: Keys = [1, 2].map((generation) => ({ generation, status: "Active" }));
    const orders = update(keys, { keyGeneration: 3, previousKey: "active" }, { deleteBeforeReplace: false });
    expect(Math.max(...orders.flat().map(({ length }) => length))).to.equal(3);
  });

  it("is made, handed over, deactivated and deleted, by npm run rotate", () => {
    const steps = [];
    let settings = first;
    for (let count = 0; count < 4; count++) {
      const next = nextStep(settings);
      steps.push([next.step, next.settings.keyGeneration, next.settings.previousKey]);
      settings = next.settings;
    }
    expect(steps).to.deep.equal([
      ["make", 2, "active"],
      ["deactivate", 2, "inactive"],
      ["delete", 2, "none"],
      ["make", 3, "active"],
    ]);
  });

  it("is not taken for complete when it is not", () => {
    const active = (generation: number) => ({ generation, status: "Active" }) as const;
    const inactive = (generation: number) => ({ generation, status: "Inactive" }) as const;
    const settings = { keyGeneration: 3, previousKey: "active" } as const;
    expect(isDeployed(settings, [active(2), active(3)])).to.equal(true);
    for (const keys of [[], [active(2)], [active(1), active(2)], [inactive(2), active(3)], [active(3)]]) {
      expect(isDeployed(settings, keys), JSON.stringify(keys)).to.equal(false);
    }
  });
});

describe("an old key", () => {
  it("is reported in one line, by its age in whole days", () => {
    const now = new Date("2026-11-24T12:00:00Z");
    expect(ageInDays(new Date("2026-08-26T12:00:01Z"), now)).to.equal(89);
    expect(ageInDays(new Date("2026-08-26T12:00:00Z"), now)).to.equal(90);
    expect(
      describeOldKey("mLab", "AKIAEXAMPLE", 91, 90, "npm run rotate -- --stack prod --consumer mLab"),
    ).to.equal(
      "The access key AKIAEXAMPLE of mLab is 91 days old, and maxKeyAgeDays is 90. It keeps working; to replace it: npm run rotate -- --stack prod --consumer mLab",
    );
    expect(describeOldKey("mLab", "AKIAEXAMPLE", 91, 90, undefined)).to.equal(
      "The access key AKIAEXAMPLE of mLab is 91 days old, and maxKeyAgeDays is 90. It keeps working; once its service uses the role, set previousKey to inactive, and then to none.",
    );
  });
});
