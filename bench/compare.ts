import { rmSync } from "node:fs";
import { join } from "node:path";
import type { LocalAws } from "../local/aws";
import { clientsOf } from "../tests/support/environment";
import { startProxy } from "../tests/support/proxy";
import { ratio } from "../tests/support/statistics";
import { nothing, seconds, spread, table, times } from "../tests/support/table";
import { callsBeyond } from "./calls";
import type { System } from "./deployment";
import { checkBuilt, checkGone } from "./equivalence";
import { folder } from "./folder";
import { type Command, measure } from "./measure";
import { bareProgram, thisProgram } from "./programs";
import { progress } from "./progress";
import { atMost, type Target } from "./targets";
import { withoutWaits } from "./waits";

/**
 * What is measured of each system, in this order: each step continues from the one before. What comes between a first deployment
 * and a destroy is measured with the provider's waits only, which are short there.
 */
const pointsAsOnAws = ["first as on AWS", "destroy as on AWS"] as const;
const pointsWithoutWaits = [
  "first",
  "same",
  "same refreshed",
  "preview",
  "preview refreshed",
  "tag",
  "destroy",
] as const;
const points = [...pointsAsOnAws, ...pointsWithoutWaits];
type Point = (typeof points)[number];

/** Rounds of the first two: they take minutes of mostly waiting, and vary little. */
const roundsAsOnAws = 2;

interface Row {
  readonly text: string;
  readonly point: (system: System) => Point;
}

/** The rows of the tables. */
const rows = {
  firstOnAws: { text: "first deployment, as on AWS", point: () => "first as on AWS" },
  first: { text: "first deployment, without the provider's waits", point: () => "first" },
  same: { text: "nothing to change", point: ({ refreshes }) => (refreshes ? "same refreshed" : "same") },
  sameRefreshed: { text: "nothing to change, all refresh", point: () => "same refreshed" },
  sameUnrefreshed: { text: "nothing to change, none refreshes", point: () => "same" },
  preview: { text: "preview", point: ({ refreshes }) => (refreshes ? "preview refreshed" : "preview") },
  previewRefreshed: { text: "preview, all refresh", point: () => "preview refreshed" },
  previewUnrefreshed: { text: "preview, none refreshes", point: () => "preview" },
  tag: { text: "one tag changed", point: () => "tag" },
  destroyOnAws: { text: "destroy, as on AWS", point: () => "destroy as on AWS" },
  destroy: { text: "destroy, without the provider's waits", point: () => "destroy" },
} satisfies Record<string, Row>;

const allRows: readonly Row[] = Object.values(rows);

type Take = (point: Point, command: Command) => Promise<void>;

/** Takes a system through all the points, or those with AWS's waits, and checks what it builds. */
async function goThrough(
  system: System,
  path: string,
  aws: LocalAws,
  endpoint: string,
  take: Take,
  { waits }: { readonly waits: boolean },
): Promise<void> {
  const owner = clientsOf(aws);
  const deployment = await system.prepare(path, endpoint, {});
  const first = deployment.command("deploy");
  await (waits ? take("first as on AWS", first) : take("first", withoutWaits(first)));
  const outputs = await deployment.outputs();
  await checkBuilt(system.name, owner, outputs, {});
  if (!waits) {
    await take("same", deployment.command("deploy", false));
    await take("same refreshed", deployment.command("deploy", true));
    await take("preview", deployment.command("preview", false));
    await take("preview refreshed", deployment.command("preview", true));
    const tagged = { tags: { team: "databases" } };
    deployment.set(tagged);
    await take("tag", deployment.command("deploy"));
    await checkBuilt(system.name, owner, outputs, tagged);
  }
  const destroy = deployment.command("destroy");
  await (waits ? take("destroy as on AWS", destroy) : take("destroy", withoutWaits(destroy)));
  await checkGone(system.name, owner, outputs);
  rmSync(path, { recursive: true });
}

type Results<T> = ReadonlyMap<System, Record<Point, T[]>>;
const noResults = <T>(systems: readonly System[]): Results<T> =>
  new Map(
    systems.map((system) => [
      system,
      Object.fromEntries(points.map((point) => [point, [] as T[]])) as Record<Point, T[]>,
    ]),
  );

/**
 * The calls to AWS of each system at each point, by their names. Not timed: the proxy that counts them costs time. It fills the
 * caches of the machine for what is timed after it.
 */
async function countCalls(systems: readonly System[], aws: LocalAws): Promise<Results<string>> {
  const results = noResults<string>(systems);
  // All run to their end, even if one fails: the local AWS stays up only that long.
  const ends = await Promise.allSettled(
    [...results].map(async ([system, calls]) => {
      const proxy = await startProxy(aws);
      try {
        for (const waits of [false, true]) {
          const path = join(folder, `calls-${system.name}-${waits}`.replaceAll(" ", "-"));
          const take: Take = async (point, command) => {
            const before = proxy.calls.length;
            await measure(command);
            calls[point].push(...proxy.calls.slice(before).map(({ action }) => action));
          };
          await goThrough(system, path, aws, proxy.endpoint, take, { waits });
        }
      } finally {
        await proxy.stop();
      }
    }),
  );
  for (const end of ends) {
    if (end.status === "rejected") {
      throw end.reason;
    }
  }
  return results;
}

async function time(systems: readonly System[], aws: LocalAws, repeats: number): Promise<Results<number>> {
  const results = noResults<number>(systems);
  const asOnAws = Math.min(repeats, roundsAsOnAws);
  const steps = repeats * pointsWithoutWaits.length + asOnAws * pointsAsOnAws.length;
  const report = progress("compare", steps * systems.length);
  for (let round = 1; round <= repeats; round++) {
    for (const [turn] of systems.entries()) {
      const system = systems[(turn + round) % systems.length];
      if (system === undefined) {
        continue;
      }
      for (const waits of round <= asOnAws ? [false, true] : [false]) {
        const path = join(folder, `${system.name}-${round}-${waits}`.replaceAll(" ", "-"));
        const take: Take = async (point, command) => {
          const { wall } = await measure(command);
          results.get(system)?.[point].push(wall);
          report(`round ${round} of ${repeats}, ${system.name}, ${point}: ${seconds(wall)}`);
        };
        await goThrough(system, path, aws, aws.endpoint, take, { waits });
      }
    }
  }
  return results;
}

export interface Comparison {
  readonly tables: string;
  readonly targets: readonly Target[];
  /** For the plot: the wall times of each system, row by row. */
  readonly wall: readonly {
    readonly text: string;
    readonly systems: readonly { readonly name: string; readonly values: readonly number[] }[];
  }[];
}

/** This program compared with Terraform and with a bare Pulumi program. */
export async function compare(
  systems: readonly System[],
  aws: LocalAws,
  repeats: number,
): Promise<Comparison> {
  console.log("compare: counting the calls to AWS, which takes a minute or two…");
  const calls = await countCalls(systems, aws);
  const walls = await time(systems, aws, repeats);
  const named = (wanted: string) => systems.find(({ name }) => name === wanted);
  const ours = named(thisProgram.name);
  const bare = named(bareProgram.name);
  const terraform = named("Terraform");

  const values = (system: System | undefined, row: Row): number[] =>
    system === undefined ? [] : (walls.get(system)?.[row.point(system)] ?? []);
  const callsOf = (system: System | undefined, row: Row): string[] =>
    system === undefined ? [] : (calls.get(system)?.[row.point(system)] ?? []);

  const wallTable = table(
    ["", ...systems.map(({ name }) => name), "this ÷ Terraform", "this ÷ bare"],
    allRows.map((row) => [
      row.text,
      ...systems.map((system) => spread(values(system, row), seconds)),
      ...[terraform, bare].map((other) =>
        other === undefined ? nothing : times(ratio(values(ours, row), values(other, row))),
      ),
    ]),
  );
  const extra = allRows.flatMap((row) =>
    callsBeyond(callsOf(ours, row), callsOf(bare, row)).map((call) => `${call} (${row.text})`),
  );
  const callTable = table(
    ["", ...systems.map(({ name }) => name)],
    allRows.map((row) => [row.text, ...systems.map((system) => String(callsOf(system, row).length))]),
  );
  const names = [...new Set([...calls.values()].flatMap((byPoint) => byPoint.first))].sort();
  const nameTable = table(
    ["first deployment", ...systems.map(({ name }) => name)],
    names.map((name) => [
      name,
      ...systems.map((system) =>
        String((calls.get(system)?.first ?? []).filter((call) => call === name).length),
      ),
    ]),
  );

  const wallRatio = (row: Row, other: System | undefined) => ratio(values(ours, row), values(other, row));
  const targets: Target[] = [
    atMost(
      "first deployment against Terraform, without the provider's waits",
      0.6,
      wallRatio(rows.first, terraform),
      times,
    ),
    atMost("first deployment against Terraform, as on AWS", 1, wallRatio(rows.firstOnAws, terraform), times),
    atMost("nothing to change, against Terraform", 0.6, wallRatio(rows.same, terraform), times),
    atMost(
      "first deployment against the bare program, without the provider's waits",
      1.05,
      wallRatio(rows.first, bare),
      times,
    ),
    atMost("nothing to change, against the bare program", 1.05, wallRatio(rows.same, bare), times),
    {
      text: "calls to AWS that the bare program does not make: none",
      measured: extra.length === 0 ? "none" : extra.join(", "),
      met: extra.length === 0,
    },
  ];
  return {
    tables: [
      `Wall time, from the start of the command to its end:\n\n${wallTable}`,
      `Calls to AWS:\n\n${callTable}`,
      `<details><summary>The calls of a first deployment by their names</summary>\n\n${nameTable}\n\n</details>`,
    ].join("\n\n"),
    targets,
    // Without the rows that are nearly all waiting, next to which the others would be invisible.
    wall: allRows
      .filter((one) => one !== rows.firstOnAws && one !== rows.destroyOnAws)
      .map((one) => ({
        text: one.text,
        systems: systems.map((system) => ({ name: system.name, values: values(system, one) })),
      })),
  };
}
