import * as pulumi from "@pulumi/pulumi";

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

/** Looks at one value, of whatever type it came, and says everything that is wrong with it. */
export type Check = (value: unknown) => Finding[];

/** A rule that a value either keeps or breaks. */
export interface Rule<T> {
  readonly rule: string;
  readonly broken: (value: T) => boolean;
  readonly fix: string | ((value: T) => string);
}

/** A check of strings, made of rules. */
export function checkString(rules: readonly Rule<string>[]): Check {
  return (value) => {
    if (typeof value !== "string") {
      return [{ rule: "it is a text", fix: "write a text" }];
    }
    return rules
      .filter(({ broken }) => broken(value))
      .map(({ rule, fix }) => ({ rule, fix: typeof fix === "string" ? fix : fix(value) }));
  };
}

/** Either true or false, and not the text of the one or the other. */
export const checkBoolean: Check = (value) =>
  typeof value === "boolean" ? [] : [{ rule: "it is either true or false", fix: "write true or false" }];

/** One of a few words. */
export function checkOneOf(...words: readonly string[]): Check {
  return (value) =>
    (words as readonly unknown[]).includes(value)
      ? []
      : [{ rule: `it is one of ${words.join(", ")}`, fix: `write ${words.join(" or ")}` }];
}

/** Lifecycle rules count whole days from 1 on, in 32 bits (S3 API, LifecycleRule). */
export const maximumDays = 2_147_483_647;

/** A number of days that a rule of an S3 lifecycle configuration takes. */
export const checkDays: Check = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maximumDays
    ? []
    : [{ rule: `it is a whole number of days from 1 to ${maximumDays}`, fix: "write a number such as 30" }];

/** Keys that Pulumi's Node SDK does not send: it drops the one, and ends with a TypeError at the other. */
const lostKeys = ["__proto__", "toString"];

/** IAM and S3 allow 50 tags on a resource. */
const maximumTags = 50;

/**
 * Tags as IAM and S3 both take them: a key of 1 to 128 and a value of at most 256 characters, both of letters, digits,
 * spaces and `_.:/=+-@`; neither of them starting with `aws:`; at most 50; and, because IAM does not tell them apart, no two
 * keys that differ in case alone.
 */
export const checkTags: Check = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ rule: "it maps tag keys to tag values", fix: 'write {"team": "databases"}' }];
  }
  const tags = Object.entries(value);
  const findings: Finding[] = [];
  const characters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
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
    if (key.length < 1 || key.length > 128 || !characters.test(key)) {
      findings.push({
        rule: `the key "${key}" must be 1 to 128 letters, digits, spaces and _.:/=+-@`,
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
    if (typeof tag !== "string" || tag.length > 256 || !characters.test(tag)) {
      findings.push({
        rule: `the value of "${key}" must be a text of at most 256 letters, digits, spaces and _.:/=+-@`,
        fix: "shorten the value, put quotes around it, or take out the other characters",
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
};

/** One line for each problem: the name, the value, the rule, the fix. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ name, rule, fix, ...rest }) => {
      const value = rest.value === undefined ? "" : ` = ${JSON.stringify(rest.value) ?? String(rest.value)}`;
      return `  ${name}${value}: ${rule}; ${fix}${fix.endsWith("?") ? "" : "."}`;
    })
    .join("\n");
}

/** The problems of one value. */
export function findProblems(name: string, value: unknown, check: Check): Problem[] {
  return check(value).map(({ at, ...finding }) => ({
    value,
    ...finding,
    name: at === undefined ? name : `${name}.${at}`,
  }));
}

function refuse(problems: readonly Problem[], resource: pulumi.Resource): void {
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
  const known: Record<string, unknown> = {};
  const later: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) {
    const check = ownCheck(checks, name);
    if (check === undefined || value === undefined) {
      continue;
    }
    if (pulumi.Output.isInstance(value) || value instanceof Promise) {
      later[name] = pulumi.output(value).apply((told) => {
        refuse(told === undefined ? [] : findProblems(name, told, check), resource);
        return told;
      });
    } else {
      problems.push(...findProblems(name, value, check));
      known[name] = value;
    }
  }
  refuse(problems.length > 0 ? problems : contradictions(known), resource);
  return { ...args, ...later };
}
