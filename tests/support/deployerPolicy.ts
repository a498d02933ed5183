import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../common/paths";

/** One of its statements. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
}

/** A policy that allows. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** The actions of a statement, which may be one or a list. */
export const actionsOf = ({ Action }: Pick<Statement, "Action">): readonly string[] => [Action].flat();

/** The blocks of JSON in a page of docs/, in their order. */
const jsonIn = (page: string): string[] =>
  [...readFileSync(join(root, "docs", page), "utf8").matchAll(/^```json\n(.*?)^```$/gms)].map(
    ([, json = ""]) => json,
  );

/** The deployer's policy in docs/permissions.md; with what these settings add, where they are asked for. */
export function deployerPolicy({
  forceDestroy = false,
  accessLogs = false,
  trust = false,
  storedKeys = false,
} = {}): PolicyDocument {
  const [policy = "", backups = ""] = jsonIn("permissions.md");
  const [logs = ""] = jsonIn("access-logs.md");
  const document: PolicyDocument = JSON.parse(policy);
  const [role = ""] = jsonIn("trust.md");
  const [, ofStoredKeys = ""] = jsonIn("stored-key.md");
  const ofLogs: readonly Statement[] = JSON.parse(logs);
  return {
    ...document,
    Statement: [
      ...document.Statement,
      ...(forceDestroy ? [JSON.parse(backups)] : []),
      ...(trust ? (JSON.parse(role) as Statement[]) : []),
      ...(storedKeys ? (JSON.parse(ofStoredKeys) as Statement[]) : []),
      ...(accessLogs ? ofLogs.filter(({ Sid }) => forceDestroy || Sid !== "DeleteLogs") : []),
    ],
  };
}

/** What docs/ci.md adds to it where the state is in an S3 bucket. */
export function stateStatements(): readonly Statement[] {
  const [statements = ""] = jsonIn("ci.md");
  return JSON.parse(statements);
}

/** The same policy without these actions. */
export const without = (document: PolicyDocument, actions: ReadonlySet<string>): PolicyDocument => ({
  ...document,
  Statement: document.Statement.flatMap((statement) => {
    const Action = actionsOf(statement).filter((action) => !actions.has(action));
    return Action.length === 0 ? [] : [{ ...statement, Action }];
  }),
});

/** The actions that docs/permissions.md lists for a command, in its table. */
export function actionsOfCommand(command: string): readonly string[] {
  const rows = readFileSync(join(root, "docs", "permissions.md"), "utf8").matchAll(
    new RegExp(`^\\| \`${command}\` \\|.*$`, "gm"),
  );
  return [...rows].flatMap(([row]) =>
    [...row.matchAll(/`((?:s3|iam|kms):\w+)`/g)].map(([, action = ""]) => action),
  );
}
