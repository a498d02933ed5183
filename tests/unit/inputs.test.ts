import { expect } from "chai";
import { type Setting, settings } from "../../components/settings";
import type { BackupTargetArgs } from "../../components/targetArgs";
import { inputs } from "./inputs";
import { ofArguments, ofSettings } from "./outcome";

/** As a program would pass what a stack's settings hold: lists and maps as they are, all else as it was typed. */
function asArguments(texts: Readonly<Record<string, string>>): BackupTargetArgs {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const { type }: Setting = settings[name as keyof typeof settings];
      try {
        return [name, type === "list" || type === "map" ? JSON.parse(text) : text];
      } catch {
        return [name, text];
      }
    }),
  );
}

/** What a component knows nothing of: its own name, where a stack deploys to, and how to set one key of a map. */
const isOfStacks = (line: string) =>
  line.startsWith("consumer = ") ||
  line.includes("the bucket in ") ||
  line.includes(": must map keys to values;");

describe("what people type", function () {
  this.timeout(60_000);

  it("is well over two hundred inputs, none of them twice", () => {
    const texts = inputs.map(([, settingTexts]) => JSON.stringify(settingTexts));
    expect(texts.length).to.be.above(300);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).to.deep.equal([]);
  });

  for (const [from, texts, outcome] of inputs) {
    it(`${from}: ${JSON.stringify(texts).slice(0, 110)}`, async () => {
      const { consumer = "mLab", "aws:region": _region, ...own } = texts;
      if ("taken" in outcome) {
        const { taken, warnings = [] } = outcome;
        expect(ofSettings(texts)).to.deep.equal(taken);
        expect(await ofArguments(consumer.trim(), asArguments(own))).to.deep.equal({ warnings });
      } else {
        expect(ofSettings(texts)).to.deep.equal(outcome);
        if (!outcome.some(isOfStacks)) {
          expect(await ofArguments(consumer, asArguments(own)), "as arguments").to.deep.equal(outcome);
        }
      }
    });
  }
});
