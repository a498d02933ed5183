/** A run that failed is repeated by `FUZZ_SEED=… npm run test:fuzz`. */
export const seed = Number(process.env.FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31));

/** Counts by name, so that what never happened is counted as well. */
export class Tally<Name extends string> {
  readonly counts: Record<Name, number>;

  constructor(names: readonly Name[]) {
    this.counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  }

  add(name: Name): void {
    this.counts[name]++;
  }

  /** What was never reached: a test that did not get there proves nothing about it. */
  get never(): Name[] {
    return (Object.keys(this.counts) as Name[]).filter((name) => this.counts[name] === 0);
  }
}

/** Starts a clock of this process's CPU time, which a busy machine does not change. */
export function cpuClock(): () => number {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1e6;
  };
}

/** Prints the figures of a test below its title. */
export function printFigures(figures: Readonly<Record<string, number | string>>): void {
  const rows = Object.entries<number | string>({ ...figures, seed: String(seed) }).map(([name, figure]) => [
    name,
    typeof figure === "number" ? figure.toLocaleString("en", { maximumFractionDigits: 1 }) : figure,
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  for (const [name = "", figure = ""] of rows) {
    console.log(`      ${name.padEnd(width(0))}  ${figure.padStart(width(1))}`);
  }
}
