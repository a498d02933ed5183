import * as pulumi from "@pulumi/pulumi";
import { nameCharacters, readBoolean, readNumber, readString, readWord, tidy } from "./reading";

/** What is wrong with one value: the rule that it breaks, and what to write instead. */
export interface Finding {
  readonly rule: string;
  readonly fix: string;
  /** Where the value is a part of a larger one: its place there, and itself; undefined where it must not be told. */
  readonly at?: string;
  readonly value?: unknown;
}

/**
 * A finding together with the argument, or the setting of the same name, that it is about; and its value, unless that
 * has no part in it and may be anything, a secret too.
 */
export interface Problem extends Omit<Finding, "at"> {
  readonly name: string;
}

/**
 * Looks at one value, of whatever type it came, and says everything that is wrong with it.
 *
 * @param beside the values of the other arguments, as far as they are known at once
 */
export interface Check {
  (value: unknown, beside?: Readonly<Record<string, unknown>>): Finding[];
  /** What is meant by a value that cannot be used as it stands. */
  readonly read?: (value: unknown) => unknown;
}

/** A check together with what reads for it. */
export const checkAfter = (read: (value: unknown) => unknown, check: Check): Check =>
  Object.assign((value: unknown, beside?: Readonly<Record<string, unknown>>) => check(value, beside), {
    read,
  });

/** A rule that a value either keeps or breaks. */
export interface Rule<T> {
  readonly rule: string | ((value: T) => string);
  readonly broken: (value: T) => boolean;
  readonly fix: string | ((value: T) => string);
}

/** What is wrong with a value that has to be a string and is none. */
export function notString(value: unknown): Finding {
  return typeof value === "number"
    ? {
        rule: "must be a string, and the number may have lost something of it, such as a zero",
        fix: 'put it in quotes in the stack\'s file, or write it by: npx pulumi config set --path NAME --type string -- "VALUE"',
      }
    : { rule: "must be a string", fix: "write a string" };
}

/** A check of strings, made of rules. */
export function checkString(rules: readonly Rule<string>[]): Check {
  return checkAfter(readString, (value) => {
    if (typeof value !== "string") {
      return [notString(value)];
    }
    return rules
      .filter(({ broken }) => broken(value))
      .map(({ rule, fix }) => ({
        rule: typeof rule === "string" ? rule : rule(value),
        fix: typeof fix === "string" ? fix : fix(value),
      }));
  });
}

/** Either true or false. */
export const checkBoolean: Check = checkAfter(readBoolean, (value) =>
  typeof value === "boolean" ? [] : [{ rule: "it is either true or false", fix: "write true or false" }],
);

/** One of a few words. */
export function checkOneOf(...words: readonly string[]): Check {
  return checkAfter(
    (value) => readWord(value, words),
    (value) =>
      (words as readonly unknown[]).includes(value)
        ? []
        : [{ rule: `it is one of ${words.join(", ")}`, fix: `write ${words.join(" or ")}` }],
  );
}

/** Lifecycle rules count whole days from 1 on, in 32 bits (S3 API, LifecycleRule). */
export const maximumDays = 2_147_483_647;

/** A number of days that a rule of an S3 lifecycle configuration takes. */
export const checkDays: Check = checkAfter(
  (value) => readNumber(value, / *d(ays?)?$/i),
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maximumDays
      ? []
      : [{ rule: `it is a whole number of days from 1 to ${maximumDays}`, fix: "write a number such as 30" }],
);

/** Keys that Pulumi's Node SDK does not send: it drops the one, and ends with a TypeError at the other. */
const lostKeys = ["__proto__", "toString"];

/** IAM and S3 allow 50 tags on a resource. */
const maximumTags = 50;

const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const takesTagValue = (tag: string) => tag.length <= 256 && tagCharacters.test(tag);

function strangeIn(text: string): string {
  const strange = [...text].filter((character) => !tagCharacters.test(character));
  return strange.length === 0 ? "" : `; it has ${nameCharacters(strange)}`;
}

function readTags(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const read = (tag: unknown) => (typeof tag === "string" && takesTagValue(tag) ? tag : readString(tag));
  return Object.fromEntries(Object.entries(value).map(([key, tag]) => [key, read(tag)]));
}

/**
 * Tags as IAM and S3 both take them: a key of 1 to 128 and a value of at most 256 characters, both of letters, digits,
 * spaces and `_.:/=+-@`; neither of them starting with `aws:`; at most 50; and, because IAM does not tell them apart, no two
 * keys that differ in case alone.
 */
export const checkTags: Check = checkAfter(readTags, (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ rule: "it maps tag keys to tag values", fix: 'write {"team": "databases"}' }];
  }
  const tags = Object.entries(value);
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const [key, tag] of tags) {
    const twin = seen.get(key.toLowerCase());
    seen.set(key.toLowerCase(), key);
    if (twin !== undefined) {
      findings.push({
        rule: `IAM holds the keys "${twin}" and "${key}" for the same one`,
        fix: "drop one of them",
      });
    }
    if (key.length < 1 || key.length > 128 || !tagCharacters.test(key)) {
      findings.push({
        rule: `the key "${key}" must be 1 to 128 letters, digits, spaces and _.:/=+-@${strangeIn(key)}`,
        fix: "shorten the key, or take out the other characters",
      });
    }
    if (/^aws:/i.test(key)) {
      findings.push({
        rule: `the key "${key}" starts with aws:, which AWS keeps for itself`,
        fix: "rename the key",
      });
    }
    if (lostKeys.includes(key)) {
      findings.push({ rule: `Pulumi cannot send the key "${key}"`, fix: "rename the key" });
    }
    if (typeof tag === "string" && /^aws:/i.test(tag)) {
      findings.push({
        rule: `the value of "${key}" starts with aws:, which IAM keeps for AWS as in a key`,
        fix: "write another value",
      });
    }
    if (typeof tag !== "string") {
      const { rule, fix } = notString(tag);
      findings.push({ rule: `the value of "${key}" ${rule}`, fix });
    } else if (!takesTagValue(tag)) {
      findings.push({
        rule: `the value of "${key}" must be at most 256 letters, digits, spaces and _.:/=+-@${strangeIn(tag)}`,
        fix: "shorten the value, or take out the other characters",
      });
    }
  }
  if (tags.length > maximumTags) {
    findings.push({
      rule: `AWS allows ${maximumTags} tags, and these are ${tags.length}`,
      fix: "drop some of them",
    });
  }
  return findings;
});

/** One line for each problem: the name, the value, the rule, the fix. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ name, rule, fix, ...rest }) => {
      const value = rest.value === undefined ? "" : ` = ${JSON.stringify(rest.value) ?? String(rest.value)}`;
      return `  ${name}${value}: ${rule}; ${fix}${fix.endsWith("?") ? "" : "."}`;
    })
    .join("\n");
}

/** What a check takes a value for, and its problems, if it has any. */
export function take(
  name: string,
  value: unknown,
  check: Check,
  beside?: Readonly<Record<string, unknown>>,
): { taken: unknown; problems: Problem[] } {
  const asIs = check(value, beside);
  if (asIs.length === 0) {
    return { taken: value, problems: [] };
  }
  const taken = check.read === undefined ? value : check.read(value);
  const findings = check.read === undefined ? asIs : check(taken, beside);
  // As it was written, for whoever looks for it.
  const written = typeof taken === "string" ? value : taken;
  return {
    taken,
    problems: findings.map(({ at, ...finding }) => {
      const problem = { value: written, ...finding, name: at === undefined ? name : `${name}.${at}` };
      const strange = typeof problem.value === "string" ? (tidy(problem.value).match(/[^ -~]/gu) ?? []) : [];
      return strange.length === 0 || problem.rule.includes("(U+")
        ? problem
        : { ...problem, rule: `${problem.rule}; it has ${nameCharacters(strange)}` };
    }),
  };
}

/** @throws a `pulumi.ResourceError` that tells the problems, if there are any */
export function refuse(problems: readonly Problem[], resource: pulumi.Resource): void {
  if (problems.length > 0) {
    const what = problems.length === 1 ? "an argument" : `${problems.length} arguments`;
    const error = new pulumi.ResourceError(
      `${what} cannot be used:\n${describeProblems(problems)}`,
      resource,
      true,
    );
    // Where it comes out of an Output, Pulumi prints the stack too, which tells a reader nothing.
    error.stack = error.message;
    throw error;
  }
}

/** Says what can be used and has to be known, as a warning of an update. */
export function warn(resource: pulumi.Resource, ...warnings: readonly (string | undefined)[]): void {
  for (const warning of warnings) {
    if (warning !== undefined) {
      pulumi.log.warn(warning, resource);
    }
  }
}

const isLater = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** Looks at a value at once, or as soon as it is known. */
export function whenKnown<T>(value: pulumi.Input<T>, look: (known: T) => void): void {
  if (isLater(value)) {
    pulumi.output(value).apply((known) => look(known as T));
  } else {
    look(value as T);
  }
}

/** The check of an argument, by its name; `constructor` and its like, which every object has, are no arguments. */
export function ownCheck<Name extends string>(
  checks: { readonly [Known in Name]?: Check },
  name: string,
): Check | undefined {
  return Object.hasOwn(checks, name) ? checks[name as Name] : undefined;
}

/** What cannot go together, among values each of which is right by itself. */
export type Contradictions = (args: Readonly<Record<string, unknown>>) => Problem[];

/**
 * Holds a component's arguments against their checks: those that are known at once, all together, before the component
 * has any child; those that are Outputs as soon as they are known, and before any child gets to see them.
 *
 * @returns the arguments, to be used instead of those passed in.
 * @throws a `pulumi.ResourceError` that names every argument which cannot be used.
 */
export function checkArgs<Args extends object>(
  args: Args,
  checks: { readonly [Name in keyof Args]?: Check },
  contradictions: Contradictions,
  resource: pulumi.Resource,
): Args {
  const problems: Problem[] = [];
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const beside = Object.fromEntries(given.filter(([, value]) => !isLater(value)));
  const known: Record<string, unknown> = {};
  const later: Record<string, unknown> = {};
  for (const [name, value] of given) {
    const check = ownCheck(checks, name);
    if (check === undefined) {
      continue;
    }
    if (isLater(value)) {
      later[name] = pulumi.output(value).apply((told) => {
        if (told === undefined) {
          return told;
        }
        const { taken, problems: ofIt } = take(name, told, check, beside);
        refuse(ofIt, resource);
        return taken;
      });
    } else {
      const { taken, problems: ofIt } = take(name, value, check, beside);
      problems.push(...ofIt);
      known[name] = taken;
    }
  }
  refuse(problems.length > 0 ? problems : contradictions(known), resource);
  return { ...args, ...known, ...later };
}
