import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { UserError } from "../common/errors";
import { throwIfInterrupted } from "../common/script";
import { folder } from "./folder";
import { bareProgram, type Program, thisProgram } from "./programs";
import { progress } from "./progress";
import { type StubEngine, startStubEngine } from "./share/stubEngine";
import { median } from "./statistics";
import { seconds, spread, table } from "./table";
import { atMost, type Target } from "./targets";

const entry = require.resolve("@pulumi/pulumi/cmd/run");
const hook = join(__dirname, "share", "phases.cjs");

const now = () => performance.timeOrigin + performance.now();

/** What `share/phases.cjs` tells: points in time, and how long each phase took, in milliseconds. */
interface Told {
  readonly begun: number;
  readonly ended: number;
  readonly cpu: number;
  readonly spent: Readonly<Record<string, number>>;
}

/** The phases, in the order that they begin. */
const phases = {
  start: "Node starts",
  pulumi: "Pulumi's SDK and what it needs is loaded",
  typescript: "TypeScript is loaded",
  sources: "the sources are read and transpiled",
  aws: "the AWS SDK of Pulumi is loaded",
  run: "the program runs: settings, checks, what it declares",
  answers: "what it declared is sent, and the answers are taken in",
  waited: "it waits for answers",
  end: "Node ends",
} as const;

type Phase = keyof typeof phases;

/** One run of a program: its time from start to end and, where it was watched, the parts of that. */
interface Run {
  readonly total: number;
  readonly cpu?: number;
  readonly spent?: Readonly<Record<Phase, number>>;
}

const programs: readonly Program[] = [thisProgram, bareProgram];

const pathOf = ({ name }: Program) => join(folder, "share", name.replace(" ", "-"));

/** Runs the program in a folder as Pulumi's host for Node does, against the stub. Throws what it told where it fails. */
export function run(
  path: string,
  stub: StubEngine,
  { temp, watched }: { temp: string; watched: boolean },
): Promise<Run> {
  const args = [
    ...(watched ? ["--require", hook] : []),
    entry,
    ...["--monitor", stub.address, "--engine", stub.address],
    ...["--organization", "organization", "--project", "bench", "--stack", "bench"],
    ...["--pwd", path, "--parallel", "16", "."],
  ];
  const report = join(temp, "phases.json");
  rmSync(report, { force: true });
  const started = now();
  const child = spawn(process.execPath, args, {
    cwd: path,
    env: {
      ...process.env,
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "tsconfig.pulumi.json",
      PULUMI_CONFIG: "{}",
      PULUMI_CONFIG_SECRET_KEYS: "[]",
      BENCH_PHASES: report,
      // Where Pulumi's transpiler keeps what it has transpiled.
      TS_NODE_CACHE_DIRECTORY: temp,
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const closed = now();
      if (code !== 0) {
        reject(new UserError(`The program in ${path} ended with ${code}:\n${stub.told.join("\n")}`));
        return;
      }
      const total = closed - started;
      if (!watched) {
        resolve({ total });
        return;
      }
      const { begun, ended, cpu, spent } = JSON.parse(readFileSync(report, "utf8")) as Told;
      const all: Record<string, number> = { ...spent, start: begun - started, end: closed - ended };
      const known = Object.keys(phases).map((phase) => [phase, all[phase] ?? 0]);
      resolve({ total, cpu, spent: Object.fromEntries(known) });
    });
  });
}

/** How long a program takes by itself: it is run as the engine runs it, against one that answers at once. */
export async function measureShare(
  repeats: number,
): Promise<{ readonly tables: string; readonly targets: readonly Target[] }> {
  rmSync(join(folder, "share"), { recursive: true, force: true });
  mkdirSync(join(folder, "share"), { recursive: true });
  for (const program of programs) {
    program.make(pathOf(program));
  }
  const fresh = () => mkdtempSync(join(folder, "share", "temp-"));
  const warm = fresh();
  const results = programs.map((program) => ({
    program,
    registered: 0,
    first: [] as Run[],
    later: [] as Run[],
    watched: [] as Run[],
  }));
  const tell = progress("share", (repeats + 1) * programs.length);
  // One more than asked for: the first fills the caches of the machine.
  for (let round = 0; round <= repeats; round++) {
    for (const result of round % 2 === 0 ? results : [...results].reverse()) {
      throwIfInterrupted();
      const stub = await startStubEngine();
      const { program } = result;
      const path = pathOf(program);
      try {
        const first = await run(path, stub, { temp: fresh(), watched: false });
        const before = stub.registered.length;
        const later = await run(path, stub, { temp: warm, watched: false });
        result.registered = stub.registered.length - before;
        const watched = await run(path, stub, { temp: warm, watched: true });
        if (round > 0) {
          result.first.push(first);
          result.later.push(later);
          result.watched.push(watched);
        }
        tell(
          `round ${round} of ${repeats}, ${program.name}: ${seconds(later.total)}, the first time ${seconds(first.total)}`,
        );
      } finally {
        stub.stop();
      }
    }
  }
  const range = (values: readonly number[]) => spread(values, seconds);
  const totals = table(
    ["", ...programs.map(({ name }) => name)],
    [
      ["resources that it registers", ...results.map(({ registered }) => String(registered))],
      ["from start to end", ...results.map(({ later }) => range(later.map(({ total }) => total)))],
      [
        "the first time after a change of the sources",
        ...results.map(({ first }) => range(first.map(({ total }) => total))),
      ],
      ["its CPU time", ...results.map(({ watched }) => range(watched.map(({ cpu = Number.NaN }) => cpu)))],
    ],
  );
  const medians = Object.entries(phases).map(([phase, text]) => [
    text,
    ...results.map(({ watched }) =>
      seconds(median(watched.map(({ spent }) => spent?.[phase as Phase] ?? Number.NaN))),
    ),
  ]);
  const whole = [
    "all of it, while it is watched",
    ...results.map(({ watched }) => seconds(median(watched.map(({ total }) => total)))),
  ];
  const [ours] = results;
  return {
    tables: `${totals}\n\n${table(["where it goes", ...programs.map(({ name }) => name)], [...medians, whole])}`,
    targets: [
      atMost("the program's own share", 1000, median(ours?.later.map(({ total }) => total) ?? []), seconds),
    ],
  };
}
