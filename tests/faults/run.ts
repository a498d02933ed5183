// Behind `npm run test:faults`: has every call to AWS go wrong in every way, and reports what became of the stack. All of it
// takes 45 minutes; `npm run test:faults -- --stacks 24` takes a choice that 24 stacks are enough for, another one each day; and
// what it has named is tried once more by `npm run test:faults -- "first up, CreateUser 1, reset after"`.
import { createHash } from "node:crypto";
import { config } from "chai";
import { UserError } from "../../common/errors";
import { stopSignals } from "../../common/script";
import { elapsed } from "../../engine/progress";
import { closeEnvironment, environment, startAws } from "../support/environment";
import { circumstances, pageOf, writeSection } from "../support/report";
import { described, isChosen, isEverything, parseChoice, refuseUnknown } from "./choice";
import { type Drift, drifts } from "./drift";
import { faults } from "./faults";
import { isExplained } from "./knownLimits";
import { type DriftOutcome, Lifecycle, type Outcome, type Trial } from "./lifecycle";
import { phases } from "./phases";
import { driftTable, faultTables, remarks } from "./table";

config.truncateThreshold = 0; // an outcome says in one line what differs

/** So many stacks are deployed at once; for the most part each of them waits. */
const atOnce = 20;
/** The provider asks for a new lifecycle eleven times, and each time alike. */
const occurrences = 2;

const nameOf = ({ phase, action, nth, fault }: Trial) => `${phase}, ${action} ${nth}, ${fault}`;
const nameOfDrift = ({ resource, what }: Pick<Drift, "resource" | "what">) => `${resource} ${what} by hand`;
const today = new Date().toISOString().slice(0, 10);

/** In an order that is another one each day. */
function shuffled<T>(things: readonly T[]): T[] {
  const place = (thing: T) => createHash("sha256").update(today).update(JSON.stringify(thing)).digest("hex");
  return things
    .map((thing) => ({ thing, at: place(thing) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ thing }) => thing);
}

/** Each call × each fault that can happen to it. */
async function allTrials(lifecycle: Lifecycle): Promise<Trial[]> {
  const recorded = await lifecycle.record();
  return phases.flatMap(({ name: phase, makesThings }) => {
    const calls = (recorded.get(phase) ?? []).filter(({ nth }) => nth <= occurrences);
    return calls.flatMap((call) =>
      Object.entries(faults)
        .filter(([, { applies }]) => applies(call, makesThings))
        .map(([fault]) => ({ phase, action: call.action, nth: call.nth, fault })),
    );
  });
}

async function main(): Promise<void> {
  const started = Date.now();
  const choice = parseChoice(process.argv.slice(2));
  const limit = choice.stacks ?? Number.POSITIVE_INFINITY;
  console.log(described(choice));
  process.setMaxListeners(2 * atOnce); // each engine that runs has to hear of a Ctrl-C
  if (isEverything(choice)) {
    pageOf("faults");
  }
  const { engine } = await environment();
  const aws = await startAws("aws-faults");
  let number = 0;
  console.log("Recording which calls a stack's lifecycle makes…");
  const known = await allTrials(new Lifecycle(number++, aws));
  refuseUnknown(choice, [...known.map(nameOf), ...drifts.map(nameOfDrift)], {
    phases: phases.map(({ name }) => name),
    calls: [...new Set(known.map(({ action, nth }) => `${action} ${nth}`))].sort(),
    faults: Object.keys(faults),
    changes: drifts.map(nameOfDrift),
  });
  const chosen = known.filter((trial) => isChosen(choice, nameOf(trial)));
  const trials = new Map(
    phases.map(({ name }) => [name, shuffled(chosen.filter(({ phase }) => phase === name))]),
  );
  const waiting = () => [...trials.values()].flat().length;
  const all = waiting();
  const chosenDrifts = drifts.filter((drift) => isChosen(choice, nameOfDrift(drift)));
  console.log(`${all} trials, and ${chosenDrifts.length} changes by hand.`);

  const outcomes: Outcome[] = [];
  const changes = shuffled(chosenDrifts).slice(0, limit === Number.POSITIVE_INFINITY ? undefined : limit / 5);
  const drifted: DriftOutcome[] = [];
  const unexplained: string[] = [];
  const fail = (what: string) => {
    unexplained.push(what);
    console.log(`✗ ${what}`);
  };

  let unmet = 0;
  const count = (outcome: Outcome) => {
    const what = nameOf(outcome);
    if (!outcome.met) {
      // What runs side by side does not ask as often each time.
      console.log(`- ${what}: the call did not come this time`);
      unmet++;
      return;
    }
    outcomes.push(outcome);
    if (!isExplained(outcome)) {
      fail(`${what}: ${remarks([outcome])[0]}\n    ${outcome.said.join("\n    ")}`);
    }
  };

  async function driftNext(): Promise<boolean> {
    const drift = changes.pop();
    if (drift === undefined) {
      return false;
    }
    const what = nameOfDrift(drift);
    try {
      const outcome = await new Lifecycle(number++, aws).runDrift(drift);
      drifted.push(outcome);
      if (outcome.reported.length === 0) {
        fail(`${what}: a preview does not show it`);
      }
      if (outcome.more === undefined) {
        fail(`${what}: not repaired: ${outcome.said.join("; ")}`);
      }
      if (outcome.left.length > 0) {
        fail(`${what}: leaves ${outcome.left.join(", ")}`);
      }
    } catch (error) {
      fail(`${what}: ${error instanceof Error ? error.message : error}`);
    }
    return true;
  }

  async function runNext(): Promise<boolean> {
    const next = [...trials.values()].flatMap((queue) => queue.pop() ?? []);
    if (next.length === 0 || number > limit) {
      return false;
    }
    try {
      const came = await new Lifecycle(number++, aws).run(next);
      came.forEach(count);
      // Those that come after a loss are tried in another stack.
      for (const trial of next.slice(came.length)) {
        trials.get(trial.phase)?.unshift(trial);
      }
    } catch (error) {
      for (const trial of next) {
        const said = error instanceof Error ? error.message : String(error);
        count({ ...trial, met: true, more: undefined, left: [], byHand: [], said: [said] });
      }
    }
    return true;
  }

  const progress = setInterval(() => {
    const to =
      limit === Number.POSITIVE_INFINITY ? `, ${waiting()} to go` : ` in ${number} of ${limit} stacks`;
    console.log(`${outcomes.length} tried${to}, ${elapsed(started)}`);
  }, 30_000);
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while ((await driftNext()) || (await runNext())) {}
    }),
  );
  clearInterval(progress);

  const report = [
    `${outcomes.length} of ${all} trials, and ${drifted.length} of ${chosenDrifts.length} changes by hand, in ${elapsed(started)} with ${atOnce} stacks at a time. ${circumstances([engine.description])}.`,
    faultTables(shuffledBack(outcomes)),
    remarks(outcomes)
      .map((line) => `- ${line}`)
      .join("\n"),
    driftTable(
      drifts.flatMap(({ resource, what }) =>
        drifted.filter((one) => one.resource === resource && one.what === what),
      ),
    ),
  ].join("\n\n");
  console.log(`\n${report}\n`);
  if (isEverything(choice)) {
    writeSection("faults", report);
  }
  const passed = outcomes.length + drifted.length - unexplained.length;
  console.log(`${passed} passed, ${unexplained.length} failed, ${unmet} skipped`);
  process.exitCode = unexplained.length > 0 || outcomes.length + drifted.length === 0 ? 1 : 0;
}

/** In the order of the table of faults, and of the phases. */
function shuffledBack(outcomes: readonly Outcome[]): Outcome[] {
  const ofFault = Object.keys(faults);
  const ofPhase = phases.map(({ name }) => name);
  return [...outcomes].sort(
    (a, b) =>
      ofFault.indexOf(a.fault) - ofFault.indexOf(b.fault) ||
      ofPhase.indexOf(a.phase) - ofPhase.indexOf(b.phase),
  );
}

for (const signal of stopSignals) {
  process.once(signal, () => {
    closeEnvironment().finally(() => process.exit(130));
  });
}
main()
  .catch((error: unknown) => {
    console.error(error instanceof UserError ? error.message : error);
    console.log("0 passed, 1 failed");
    process.exitCode = 1;
  })
  .finally(closeEnvironment);
