import { UserError } from "../../common/errors";
import { types as components } from "../stack/consumers";
import { nameOf, typeOf, typesOf } from "../stack/state";
import { adoptable, adoptableTypes } from "./resources";
import { compareLines, compareStatements } from "./statements";

type Properties = Readonly<Record<string, unknown>>;

interface State {
  readonly custom?: boolean;
  readonly parent?: string;
  readonly id?: string;
  readonly inputs?: Properties;
  readonly outputs?: Properties;
}

/** A step of an update, as `pulumi preview --json` prints it; only the parts that are needed. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  /** The properties that differ. */
  readonly diffReasons?: readonly string[];
  /** The exact paths, such as `tags.team`; some resources don't report them. */
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/** What the next update does with a resource. */
export interface Change {
  readonly type: string;
  /** Pulumi's name for it. */
  readonly name: string;
  readonly noun: string;
  /** Undefined: it doesn't exist. */
  readonly id: string | undefined;
  readonly will: "stay" | "be changed" | "be created";
  /** Those that change. */
  readonly properties: readonly string[];
  /** The changes, in words. */
  readonly details: readonly string[];
  readonly meaning: string | undefined;
  /** How to keep it unchanged. */
  readonly keep: readonly string[];
}

const wills: Readonly<Record<string, Change["will"]>> = {
  same: "stay",
  update: "be changed",
  create: "be created",
};

const config = "npx pulumi config set";

/** For each property, the setting that keeps it unchanged. */
const keeping: Readonly<Record<string, (from: unknown) => string>> = {
  tags: () => `${config} --path tags.NAME VALUE, for each tag`,
  permissionsBoundary: (from) => `${config} permissionsBoundary ${from}`,
  path: (from) => `${config} path ${from}`,
  rules: (from) => {
    const [, key] = /"kmsMasterKeyId":"([^"]+)"/.exec(JSON.stringify(from)) ?? [];
    return key === undefined ? "" : `${config} encryption sse-kms, and ${config} kmsKeyArn ${key}`;
  },
};

/** Properties that only Pulumi knows: they change nothing in AWS. */
const inStackOnly: readonly string[] = ["forceDestroy"];

/** Whether an update changes something in AWS, and not only in the state. */
export const changesAws = ({ properties }: Change): boolean =>
  properties.some((property) => !inStackOnly.includes(property));

interface Difference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** The paths at which two values differ. Empty or off counts as missing. */
function compareValues(path: string, from: unknown, to: unknown): Difference[] {
  if ((isTree(from) || isEmpty(from)) && (isTree(to) || isEmpty(to))) {
    const [before, after] = [parts(from), parts(to)];
    const isList = Array.isArray(from) || Array.isArray(to);
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((key) => !key.startsWith("__"))
      .flatMap((key) => compareValues(pathOf(path, key, isList), before[key], after[key]));
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

/** As Pulumi writes it. */
const pathOf = (path: string, key: string, isList: boolean) =>
  isList
    ? `${path}[${key}]`
    : /^[A-Za-z_]\w*$/.test(key)
      ? `${path}.${key}`
      : `${path}[${JSON.stringify(key)}]`;
/** Values with parts; a list of plain values counts as one value. */
const isTree = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && (!Array.isArray(value) || value.some(isTree));
const parts = (value: unknown): Properties => (isTree(value) ? value : {});
const isEmpty = (value: unknown) =>
  value === undefined || value === null || ['""', "{}", "[]", "false"].includes(JSON.stringify(value));
const show = (value: unknown): string =>
  value !== false && isEmpty(value)
    ? "none"
    : Array.isArray(value)
      ? value.map((one) => JSON.stringify(one)).join(", ")
      : JSON.stringify(value);

/** Whether the paths are equal, or one contains the other. */
const isWithin = (path: string, other: string) =>
  path === other || (path.startsWith(other) && /[.[]/.test(path.charAt(other.length)));

/**
 * The differences of a property, in words.
 *
 * @param detailed the differences that the provider reports, if it does: values that it computes or has a default for aren't
 *   among them
 */
export function describeDifference(
  property: string,
  from: unknown,
  to: unknown,
  detailed: readonly string[] = [],
): string[] {
  if (property === "policy") {
    return compareStatements(from, to);
  }
  if (isListOfRules(from) && isListOfRules(to)) {
    return compareLines(from.map(describeRule), to.map(describeRule));
  }
  const all = compareValues(property, from, to);
  const seen = all.filter(({ path }) => detailed.some((one) => isWithin(path, one) || isWithin(one, path)));
  return (seen.length > 0 ? seen : all).map((one) => `${one.path} from ${show(one.from)} to ${show(one.to)}`);
}

/** For a lifecycle, whose rules have IDs, so their order is irrelevant. */
const isListOfRules = (value: unknown): value is readonly Properties[] =>
  Array.isArray(value) && value.every((rule) => isTree(rule) && rule.id !== undefined);

function describeRule({ id, status, ...rule }: Properties): string {
  const said = { ...rule, ...(status !== "Enabled" && { status }) };
  const details = compareValues("", undefined, said).map(({ path, to }) => `${path.slice(1)} ${show(to)}`);
  return `the rule ${id} (${details.join(", ")})`;
}

/**
 * What an update would do, by the steps of its preview.
 *
 * @throws a `UserError` if it would replace or delete anything
 */
export function changesOf(steps: readonly Step[]): Change[] {
  const changes: Change[] = [];
  const refused: string[] = [];
  for (const { op, urn, oldState, newState, diffReasons = [], detailedDiff } of steps) {
    const name = nameOf({ urn });
    const type = typeOf({ urn });
    if ((newState ?? oldState)?.custom !== true || type.startsWith("pulumi:")) {
      continue;
    }
    const known = adoptable[type] ?? { noun: type, meaning: undefined };
    // Of the same types as the adopted bucket's resources, but new, so they affect nobody.
    const isOfLogs = typesOf({ urn }).includes(components.logBucket);
    const noun = isOfLogs ? `log ${known.noun}` : known.noun;
    const meaning = isOfLogs ? undefined : known.meaning;
    const before = (property: string) => oldState?.inputs?.[property] ?? oldState?.outputs?.[property];
    const told = diffReasons.filter(
      (property) =>
        !inStackOnly.includes(property) && !(property === "tagsAll" && diffReasons.includes("tags")), // they follow the tags
    );
    const details = told.flatMap((property) => {
      const [from, to] = [before(property), newState?.inputs?.[property]];
      const words = describeDifference(property, from, to, Object.keys(detailedDiff ?? {}));
      const lines = property === "policy" ? "statements" : isListOfRules(to) ? "rules" : undefined;
      return words.length === 0 && lines !== undefined ? [`the same ${lines} in another form`] : words;
    });
    const keep = diffReasons
      .filter((property) => !isEmpty(before(property)))
      .flatMap((property) => keeping[property]?.(before(property)) || []);
    const will = wills[op];
    if (will === undefined) {
      refused.push(`  ${noun} ${oldState?.id ?? name}: ${[op, ...details, ...keep].join("; ")}`);
    } else {
      const id = oldState?.id;
      changes.push({
        ...{ type, name, noun, id, will, properties: diffReasons, details, keep },
        meaning: will === "stay" ? undefined : meaning?.(newState?.inputs),
      });
    }
  }
  if (refused.length > 0) {
    throw new UserError(
      `With this stack's settings the next update would replace or delete existing resources, so nothing was adopted:\n${refused.join("\n")}`,
    );
  }
  const rank = ({ type }: Change) => adoptableTypes.indexOf(type) + 1 || Number.POSITIVE_INFINITY;
  return changes.sort((a, b) => rank(a) - rank(b));
}
