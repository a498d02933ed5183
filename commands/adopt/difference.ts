import { UserError } from "../../local/errors";
import { adoptable, adoptableTypes } from "./resources";
import { compareStatements } from "./statements";

type Properties = Readonly<Record<string, unknown>>;

interface State {
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Properties;
  readonly outputs?: Properties;
}

/** A step of an update, as `pulumi preview --json` tells it; only what is needed of it. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  /** The properties that differ. */
  readonly diffReasons?: readonly string[];
}

/** What the next update does with a resource. */
export interface Change {
  readonly type: string;
  /** Pulumi's name for it. */
  readonly name: string;
  readonly noun: string;
  /** Undefined: it is not there. */
  readonly id: string | undefined;
  readonly will: "stay" | "be changed" | "be created";
  /** Those that change. */
  readonly properties: readonly string[];
  /** What changes of them, in words. */
  readonly details: readonly string[];
  readonly meaning: string | undefined;
  /** How it could stay as it is. */
  readonly keep: readonly string[];
}

const wills: Readonly<Record<string, Change["will"]>> = {
  same: "stay",
  update: "be changed",
  create: "be created",
};

const config = "npx pulumi config set";

/** By property: the setting that has it stay as it is. */
const keeping: Readonly<Record<string, (from: unknown) => string>> = {
  tags: () => `${config} --path tags.NAME VALUE, for each tag`,
  permissionsBoundary: (from) => `${config} permissionsBoundary ${from}`,
  path: (from) => `${config} path ${from}`,
  rules: (from) => {
    const [, key] = /"kmsMasterKeyId":"([^"]+)"/.exec(JSON.stringify(from)) ?? [];
    return key === undefined ? "" : `${config} encryption sse-kms, and ${config} kmsKeyArn ${key}`;
  },
};

/** Where two values differ, and how. */
function compareValues(path: string, from: unknown, to: unknown): string[] {
  if (JSON.stringify(from) === JSON.stringify(to)) {
    return [];
  }
  if (isTree(from) && isTree(to)) {
    const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
    const place = (key: string) => (Array.isArray(to) ? `${path}[${key}]` : `${path}.${key}`);
    return [...keys]
      .filter((key) => !key.startsWith("__"))
      .flatMap((key) => compareValues(place(key), from[key], to[key]));
  }
  return [`${path} from ${show(from)} to ${show(to)}`];
}

const isTree = (value: unknown): value is Properties => typeof value === "object" && value !== null;
const isEmpty = (value: unknown) => value === undefined || value === "" || JSON.stringify(value) === "{}";
const show = (value: unknown) => (value === undefined || value === null ? "none" : JSON.stringify(value));

/**
 * What an update would do, by the steps of its preview.
 *
 * @throws a `UserError` where it would replace or delete anything
 */
export function changesOf(steps: readonly Step[]): Change[] {
  const changes: Change[] = [];
  const refused: string[] = [];
  for (const { op, urn, oldState, newState, diffReasons = [] } of steps) {
    const [, , types = "", name = ""] = urn.split("::");
    const type = types.split("$").at(-1) ?? types;
    if ((newState ?? oldState)?.custom !== true || type.startsWith("pulumi:")) {
      continue;
    }
    const { noun = type, meaning } = adoptable[type] ?? {};
    const before = (property: string) => oldState?.inputs?.[property] ?? oldState?.outputs?.[property];
    const told = diffReasons.filter((property) => property !== "tagsAll"); // they follow the tags
    const details = told.flatMap((property) => {
      const [from, to] = [before(property), newState?.inputs?.[property]];
      return property === "policy" ? compareStatements(from, to) : compareValues(property, from, to);
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
      `Under this stack's settings the next update would not only change what is there, but replace or delete it, so nothing was adopted:\n${refused.join("\n")}`,
    );
  }
  const rank = ({ type }: Change) => adoptableTypes.indexOf(type) + 1 || Number.POSITIVE_INFINITY;
  return changes.sort((a, b) => rank(a) - rank(b));
}
