type One<T> = T | readonly T[];

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
  readonly [element: string]: unknown;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** A policy document as one line for each action and resource, so that two can be compared regardless of order and grouping. */
export function statementsOf(document: unknown): string[] {
  const { Statement = [] } = (typeof document === "string" ? JSON.parse(document) : {}) as {
    Statement?: One<Statement>;
  };
  return (list(Statement) as Statement[]).flatMap((statement) => {
    const { Effect = "", Principal, NotPrincipal, Condition } = statement;
    const who = Principal === undefined ? "" : ` to ${JSON.stringify(Principal)}`;
    const whoNot = NotPrincipal === undefined ? "" : ` to all but ${JSON.stringify(NotPrincipal)}`;
    const when = Condition === undefined ? "" : ` if ${JSON.stringify(Condition)}`;
    const of = (name: string) =>
      statement[name] !== undefined
        ? list(statement[name])
        : list(statement[`Not${name}`]).map((excepted) => `all but ${excepted}`);
    return of("Action").flatMap((action) =>
      of("Resource").map((resource) => `${Effect} ${action} on ${resource}${who}${whoNot}${when}`),
    );
  });
}

/** Removed and added lines; their order is irrelevant. */
export const compareLines = (before: readonly string[], after: readonly string[]): string[] => [
  ...before.filter((line) => !after.includes(line)).map((line) => `no longer: ${line}`),
  ...after.filter((line) => !before.includes(line)).map((line) => `newly: ${line}`),
];

/** The same for two policy documents. */
export const compareStatements = (from: unknown, to: unknown): string[] =>
  compareLines(statementsOf(from), statementsOf(to));
