import { table } from "../support/table";
import type { DriftOutcome, Outcome } from "./lifecycle";

/** What an outcome is counted as. */
const columns = {
  tried: () => true,
  "in the same update": ({ more, byHand }) => more === 0 && byHand.length === 0,
  "after 1 more": ({ more, byHand }) => more === 1 && byHand.length === 0,
  "after 2 more": ({ more, byHand }) => more === 2 && byHand.length === 0,
  "by hand": ({ more, byHand }) => more !== undefined && byHand.length > 0,
  lost: ({ more }) => more === undefined,
  "left something": ({ left }) => left.length > 0,
} satisfies Record<string, (outcome: Outcome) => boolean>;

function countTable(head: string, outcomes: readonly Outcome[], by: (outcome: Outcome) => string): string {
  const names = [...new Set(outcomes.map(by))];
  const counted = (name: string, some: readonly Outcome[]) => [
    name,
    ...Object.values(columns).map((is) => String(some.filter(is).length)),
  ];
  return table(
    [head, ...Object.keys(columns)],
    [
      ...names.map((name) =>
        counted(
          name,
          outcomes.filter((one) => by(one) === name),
        ),
      ),
      counted("all", outcomes),
    ],
  );
}

/** Whether there is more to say about an outcome than that everything recovered on its own. */
export const isRemarkable = ({ more, left, byHand }: Outcome): boolean =>
  more === undefined || left.length > 0 || byHand.length > 0;

/** Trials that ended alike, in one line each. */
export function remarks(outcomes: readonly Outcome[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { phase, action, fault, more, left, byHand } of outcomes.filter(isRemarkable)) {
    const became = [
      ...(more === undefined ? ["lost"] : []),
      ...(left.length > 0 ? [`leaves behind: ${[...new Set(left)].join(", ")}`] : []),
      ...(byHand.length > 0 ? [`by hand: ${[...new Set(byHand)].join(", ")}`] : []),
    ].join("; ");
    const key = `${fault}, ${phase}: ${became}`;
    lines.set(key, [...(lines.get(key) ?? []), action]);
  }
  return [...lines].map(([key, actions]) => `${key} (${[...new Set(actions)].join(", ")})`).sort();
}

/** The outcomes as Markdown. */
export function faultTables(outcomes: readonly Outcome[]): string {
  return [
    countTable("Fault", outcomes, ({ fault }) => fault),
    countTable("In", outcomes, ({ phase }) => phase),
  ].join("\n\n");
}

export function driftTable(outcomes: readonly DriftOutcome[]): string {
  return table(
    ["Resource", "By hand", "Reported by a preview", "Repaired", "Left something"],
    outcomes.map(({ resource, what, reported, more, left }) => {
      const repaired = more === undefined ? "no" : more === 0 ? "by the next up" : `after ${more} more`;
      return [resource, what, reported.length > 0 ? "yes" : "no", repaired, left.join(", ")];
    }),
  );
}
