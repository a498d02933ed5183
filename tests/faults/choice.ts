import { parseArgs } from "node:util";
import { UserError } from "../../common/errors";

/** Which of all trials and changes by hand are to be tried. */
export interface Choice {
  /** Each of them is part of the name of what it chooses; none: everything. */
  readonly names: readonly string[];
  /** How many stacks it may take; undefined: as many as it needs. */
  readonly stacks: number | undefined;
}

const usage = 'npm run test:faults -- [--stacks N] ["PART OF A NAME"]…';

/** What a command line asks for. */
export function parseChoice(args: readonly string[]): Choice {
  const { values, positionals: names } = parsed(args);
  const { stacks } = values;
  if (stacks !== undefined && !/^[1-9]\d*$/.test(stacks)) {
    throw new UserError(
      `--stacks = ${JSON.stringify(stacks)}: it is a whole number from 1 on; write for example --stacks 16.\n${usage}`,
    );
  }
  return { names, stacks: stacks === undefined ? undefined : Number(stacks) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { stacks: { type: "string" } },
    });
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

export const isEverything = ({ names, stacks }: Choice): boolean =>
  names.length === 0 && stacks === undefined;

export const isChosen = ({ names }: Choice, name: string): boolean =>
  names.length === 0 || names.some((part) => name.includes(part));

/** What was understood. */
export function described({ names, stacks }: Choice): string {
  const named = names.map((name) => JSON.stringify(name)).join(" or ");
  const what = named === "" ? "Every trial and change by hand" : `Those that have ${named} in their name`;
  return stacks === undefined
    ? `${what}.`
    : `${what}, as many as fit into ${stacks} ${stacks === 1 ? "stack" : "stacks"}; another choice each day.`;
}

/** What there is to be named. */
export interface Names {
  readonly phases: readonly string[];
  readonly calls: readonly string[];
  readonly faults: readonly string[];
  readonly changes: readonly string[];
}

/** Throws where a part of a name is in none of these names. */
export function refuseUnknown({ names }: Choice, all: readonly string[], known: Names): void {
  const unknown = names.filter((part) => !all.some((name) => name.includes(part)));
  if (unknown.length === 0) {
    return;
  }
  const problems = unknown.map(
    (part) =>
      `No trial and no change by hand has ${JSON.stringify(part)} in its name.${/^\d+$/.test(part) ? ` For as many as fit into ${part} stacks: --stacks ${part}` : ""}`,
  );
  const list = (title: string, items: readonly string[]) => `${title}: ${items.join("; ")}`;
  throw new UserError(
    [
      ...problems,
      'A trial is named by its phase, call and fault, such as "first up, CreateUser 1, reset after".',
      list("Phases", known.phases),
      list("Calls", known.calls),
      list("Faults", known.faults),
      list("Changes by hand", known.changes),
    ].join("\n"),
  );
}
