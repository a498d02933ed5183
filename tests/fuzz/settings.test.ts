import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import fc from "fast-check";
import { defaultAccess, profiles } from "../../components/access/profiles";
import { BackupTarget } from "../../components/backupTarget";
import { describeProblems, type Problem } from "../../components/check";
import { parseSettings } from "../../components/readSettings";
import { examineSettings } from "../../components/settings";
import type { BackupTargetArgs } from "../../components/targetArgs";
import { placeOf, record } from "../unit/record";
import { configurations, secret, settingNames } from "./configurations";
import { cpuClock, printFigures, seed, Tally } from "./figures";
import { makeOracle, type Verdict } from "./oracle";
import { makeInspection } from "./registered";

const numRuns = 100_000;
const count = numRuns.toLocaleString("en");

type Texts = Readonly<Record<string, string>>;

/** One of the random configurations, and what came of it. */
interface Tried {
  readonly texts: Texts;
  readonly consumer: string;
  readonly args: BackupTargetArgs;
  /** What its components have to refuse it with, if they do. */
  readonly refusal: string | undefined;
}

const accepted: Tried[] = [];
const refused: Tried[] = [];

/** The size of a policy: what the oracle leaves to the check of what is registered. */
const isOfSize = (rule: string) => rule.startsWith("the policy would have ");

function demand(holds: boolean, what: string): void {
  if (!holds) {
    throw new Error(what);
  }
}

/** The first part of a name such as `consumers.db2.prefix`. */
const settingOf = (name: string) => name.split(".")[0] ?? "";

/** What a program would pass to a target, where these problems were found; none where it could not. */
function asArgs(texts: Texts, verdict: Verdict, problems: readonly Problem[]): Tried | undefined {
  const { consumer: _typed, ...args } = verdict.values;
  const { consumer = "mLab" } = verdict.meant;
  // A component knows nothing of what is no setting, or cannot be read, or is about the name that it has itself.
  const theirs = problems.filter(
    ({ name, rule }) =>
      !rule.startsWith("the stack's own consumer") &&
      (verdict.contradictory || Object.hasOwn(args, settingOf(name))),
  );
  if (theirs.length === 0 || verdict.names.includes("consumer")) {
    return undefined;
  }
  const what = theirs.length === 1 ? "invalid argument" : `${theirs.length} invalid arguments`;
  return {
    texts,
    consumer: String(consumer),
    args,
    refusal: `${what}:\n${describeProblems(theirs)}`,
  };
}

/** Checks one configuration; says what became of it. */
function tryOut(
  verdict: Verdict,
  texts: Texts,
): "accepted" | "refused" | "refused for a contradiction" | "refused for its size" {
  const { names, contradictory } = verdict;
  const { problems } = examineSettings(texts);
  let parsed: ReturnType<typeof parseSettings> | undefined;
  let message = "";
  try {
    parsed = parseSettings(texts);
  } catch (error) {
    demand(pulumi.RunError.isInstance(error), `it crashed: ${error instanceof Error ? error.stack : error}`);
    message = (error as Error).message;
  }
  const named = [...new Set(problems.filter(({ rule }) => !isOfSize(rule)).map(({ name }) => name))].sort();
  demand(
    named.join("\n") === names.join("\n"),
    `the error is about [${named}], and not about [${names}]:\n${message}`,
  );
  demand(
    (parsed === undefined) === problems.length > 0,
    "it is refused without a problem, or accepted with one",
  );
  demand(
    problems.every(({ name }) => message.includes(`\n  ${name} = `) || message.includes(`\n  ${name}: `)),
    `the message leaves a name out:\n${message}`,
  );
  demand(!message.includes(secret), `the message shows a secret:\n${message}`);
  if (parsed !== undefined) {
    const { consumer = "mLab", ...meant } = verdict.meant;
    expect(parsed, JSON.stringify(texts)).to.deep.equal({ consumer, args: meant });
    accepted.push({ texts, ...parsed, refusal: undefined });
    return "accepted";
  }
  const tried = asArgs(texts, verdict, problems);
  if (tried !== undefined) {
    refused.push(tried);
  }
  return !contradictory
    ? "refused"
    : names.length === 0
      ? "refused for its size"
      : "refused for a contradiction";
}

describe("random settings of a stack", function () {
  this.timeout(1_800_000);
  const stackTraceLimit = Error.stackTraceLimit;
  const { warn } = pulumi.log;
  before(() => {
    // There are thousands of warnings.
    Object.assign(pulumi.log, { warn: () => Promise.resolve() });
    // Pulumi keeps the stack of every promise that it makes: half of the time that a resource takes here.
    Error.stackTraceLimit = 0;
  });
  after(() => {
    Object.assign(pulumi.log, { warn });
    Error.stackTraceLimit = stackTraceLimit;
    accepted.length = 0;
    refused.length = 0;
  });

  it(`${count} of them are accepted, or refused by the names of all that is wrong, and show no secret`, async () => {
    const oracle = await makeOracle();
    const cpu = cpuClock();
    const outcomes = new Tally([
      "accepted",
      "refused",
      "refused for a contradiction",
      "refused for its size",
    ]);
    const right = new Tally(settingNames);
    const wrong = new Tally(settingNames);
    fc.assert(
      fc.property(configurations, (texts) => {
        const verdict = oracle(texts);
        outcomes.add(tryOut(verdict, texts));
        for (const name of settingNames.filter((name) => Object.hasOwn(texts, name))) {
          const isWrong = verdict.names.some((at) => at === name || at.startsWith(`${name}.`));
          (isWrong ? wrong : right).add(name);
        }
      }),
      { numRuns, seed },
    );
    printFigures({ configurations: numRuns, ...outcomes.counts, "CPU seconds": cpu() });
    expect([...outcomes.never, ...right.never, ...wrong.never], "what never came").to.deep.equal([]);
  });

  it("give a target whose inputs AWS takes, for every one that was accepted", async () => {
    const inspect = await makeInspection();
    const cpu = cpuClock();
    let registered = 0;
    for (const { texts, consumer, args } of accepted) {
      const all = [args, ...Object.values(args.consumers ?? {})];
      const needsVersioning = all.some(({ access = defaultAccess }) => "needsVersioning" in profiles[access]);
      const place = { ...placeOf(args.kmsKeyArn), versioned: needsVersioning };
      const { resources } = await record((opts) => new BackupTarget(consumer, args, opts), place);
      registered += resources.length;
      const complaints = inspect(resources, { ...place, isAdopted: args.adoptedBucket === true });
      const written = JSON.stringify(texts);
      demand(complaints.length === 0, `AWS refuses what ${written} registers:\n${complaints.join("\n")}`);
      const asked = args.tags;
      for (const { type, inputs } of asked === undefined ? [] : resources) {
        if (inputs.tags !== undefined) {
          expect(inputs.tags, `${type} of ${written}`).to.deep.equal(asked);
        }
      }
    }
    printFigures({
      "targets built": accepted.length,
      "resources registered": registered,
      "CPU seconds": cpu(),
    });
    expect(accepted.length).to.be.above(numRuns / 20);
  });

  it("refused, are refused by the component with the same words, and leave nothing registered", async () => {
    const cpu = cpuClock();
    for (const { texts, consumer, args, refusal } of refused) {
      const registered: string[] = [];
      const transformation = ({ type }: { type: string }) => {
        registered.push(type);
        return undefined;
      };
      let thrown: unknown;
      try {
        new BackupTarget(consumer, args, { transformations: [transformation] });
      } catch (error) {
        thrown = error;
      }
      const written = JSON.stringify(texts);
      demand(pulumi.ResourceError.isInstance(thrown), `${thrown} came of ${written}`);
      demand(
        (thrown as Error).message === refusal,
        `${(thrown as Error).message}\nand not\n${refusal}\ncame of ${written}`,
      );
      demand(
        registered.join() === "s3-backup-target:index:BackupTarget",
        `${written} is refused, and there is ${registered}`,
      );
      // So that what Pulumi has begun ends before more is begun.
      await new Promise(setImmediate);
    }
    printFigures({ "targets refused": refused.length, "CPU seconds": cpu() });
    expect(refused.length).to.be.above(numRuns / 20);
  });
});
