// `npm run bench`: measures this program against Terraform and against a bare Pulumi program, and writes what it finds into
// docs/speed.md. Parts may be named, and how often to repeat: `npm run bench -- compare --repeats 3`.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../common/errors";
import { holdInterrupts, runScript } from "../common/script";
import { ensureEngine } from "../engine";
import { elapsed } from "../engine/progress";
import { startLocalAws, stopLocalAws } from "../local/aws";
import { circumstances, pageOf, writePlot, writeSection } from "../tests/support/report";
import { compare } from "./compare";
import { folder } from "./folder";
import { actions, growth } from "./growth";
import { drawBars, drawCurves } from "./plot";
import { bareProgram, thisProgram } from "./programs";
import { pulumiSystem } from "./pulumiSystem";
import { type Target, targetTable } from "./targets";
import { terraformSystem } from "./terraformSystem";
import { waitAsOnAws } from "./waits";

/** What a part has measured: the text for the docs without the targets, and these. */
interface Result {
  readonly text: string;
  readonly targets: readonly Target[];
}

const awsFolder = join(folder, "aws");
const startAws = () => startLocalAws({ folder: awsFolder, log: console.log });

const parts = {
  async compare(repeats) {
    const engine = await ensureEngine();
    const terraform = await terraformSystem(console.log);
    if (terraform === undefined) {
      console.log("There is no terraform on the PATH: only the two Pulumi programs are measured.");
    }
    const systems = [
      pulumiSystem(thisProgram, engine),
      ...(terraform ? [terraform] : []),
      pulumiSystem(bareProgram, engine),
    ];
    const { tables, targets, wall } = await compare(systems, await startAws(), repeats);
    writePlot("speed.svg", drawBars("How long it takes", wall));
    const versions = [...new Set(systems.map(({ version }) => version))];
    return { text: `${circumstances(versions)}; rounds: ${repeats}.\n\n${tables}`, targets };
  },

  async growth(repeats) {
    const engine = await ensureEngine();
    const { tables, targets, curves, rounds } = await growth(engine, await startAws(), Math.min(repeats, 3));
    writePlot("speed-growth.svg", drawCurves("How the time grows", curves, actions));
    return { text: `${circumstances([engine.description])}; rounds: ${rounds}.\n\n${tables}`, targets };
  },
} satisfies Record<string, (repeats: number) => Promise<Result>>;

type Part = keyof typeof parts;
const isPart = (name: string): name is Part => Object.hasOwn(parts, name);

/** Leftovers of a previous run that was killed. */
async function startClean(): Promise<void> {
  await stopLocalAws({ folder: awsFolder });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

runScript(async () => {
  holdInterrupts();
  const started = Date.now();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { repeats: { type: "string", default: "5" } },
  });
  const repeats = Number(values.repeats);
  const unknown = positionals.filter((name) => !isPart(name));
  if (unknown.length > 0 || !Number.isInteger(repeats) || repeats < 1) {
    throw new UserError(`npm run bench -- [${Object.keys(parts).join("] [")}] [--repeats N]`);
  }
  const chosen = positionals.length > 0 ? positionals.filter(isPart) : (Object.keys(parts) as Part[]);
  for (const part of chosen) {
    pageOf(part);
  }
  waitAsOnAws();
  await startClean();
  const all: Target[] = [];
  try {
    for (const part of chosen) {
      const { text, targets } = await parts[part](repeats);
      const section = `${text}\n\n${targetTable(targets)}`;
      console.log(`\n${section}\n`);
      writeSection(part, section);
      all.push(...targets);
    }
  } finally {
    await stopLocalAws({ folder: awsFolder });
  }
  const missed = all.filter(({ met }) => !met);
  console.log(
    `Measured in ${elapsed(started)}. ${all.length - missed.length} of ${all.length} targets are met.${missed.map(({ text, measured }) => `\nNot met: ${text} (${measured ?? "not measured"})`).join("")}`,
  );
}, "The next run starts anew.");
