import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine";
import type { LocalAws } from "../local/aws";
import { ratio } from "../tests/support/statistics";
import { seconds, spread, table, times } from "../tests/support/table";
import { folder } from "./folder";
import { measure } from "./measure";
import { manyConsumers, manyTargets, type Program } from "./programs";
import { progress } from "./progress";
import { pulumiSystem } from "./pulumiSystem";
import { atMost, type Target } from "./targets";
import { withoutWaits } from "./waits";

const sizes = [1, 10, 50] as const;
/** No further rounds after this time. */
const boundMinutes = 12;

/** What is measured at each size. */
export const actions = {
  first: "first deployment",
  same: "nothing to change",
  destroy: "destroy",
} as const;
type Action = keyof typeof actions;

/** How the time grows with one number. */
export interface Curve {
  readonly what: string;
  readonly sizes: readonly number[];
  /** In milliseconds, by action and by size. */
  readonly wall: Readonly<Record<Action, readonly (readonly number[])[]>>;
}

export interface Growth {
  readonly tables: string;
  readonly targets: readonly Target[];
  readonly curves: readonly Curve[];
  readonly rounds: number;
}

/** The things that there can be many of. */
const kinds: readonly { readonly what: string; readonly program: (size: number) => Program }[] = [
  { what: "backup targets in one program", program: manyTargets },
  { what: "consumers of one bucket", program: manyConsumers },
];

export async function growth(engine: Engine, aws: LocalAws, repeats: number): Promise<Growth> {
  const started = Date.now();
  const curves = kinds.map(({ what, program }) => ({
    what,
    program,
    sizes,
    wall: { first: sizes.map(() => []), same: sizes.map(() => []), destroy: sizes.map(() => []) } as Record<
      Action,
      number[][]
    >,
  }));
  const report = progress("growth", repeats * kinds.length * sizes.length * Object.keys(actions).length);
  for (let round = 1; round <= repeats && (Date.now() - started) / 60_000 < boundMinutes; round++) {
    for (const curve of round % 2 === 1 ? curves : [...curves].reverse()) {
      for (const [index, size] of sizes.entries()) {
        const path = join(folder, `growth-${round}-${size}`);
        const system = pulumiSystem(curve.program(size), engine);
        const deployment = await system.prepare(path, aws.endpoint, {});
        for (const action of ["first", "same", "destroy"] as const) {
          const command = deployment.command(action === "destroy" ? "destroy" : "deploy");
          const { wall } = await measure(withoutWaits(command));
          curve.wall[action][index]?.push(wall);
          report(`round ${round} of ${repeats}, ${size} ${curve.what}, ${actions[action]}: ${seconds(wall)}`);
        }
        rmSync(path, { recursive: true });
      }
    }
  }
  const tables = curves.map(({ what, wall }) =>
    table(
      [what, ...Object.values(actions)],
      sizes.map((size, index) => [
        String(size),
        ...Object.values(wall).map((values) => spread(values[index] ?? [], seconds)),
      ]),
    ),
  );
  const [targets] = curves;
  const [, ten = [], fifty = []] = targets?.wall.first ?? [];
  return {
    tables: tables.join("\n\n"),
    targets: [atMost("first deployment of 50 backup targets against 10", 6, ratio(fifty, ten), times)],
    curves,
    rounds: ten.length,
  };
}
