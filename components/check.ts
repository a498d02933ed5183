import type * as pulumi from "@pulumi/pulumi";
import { nearest } from "./nearest";
import { nameCharacters, readBoolean, readNumber, readString, readWord, tidy } from "./reading";

/** What is wrong with one value: the rule that it breaks, and what to write instead. */
export interface Finding {
  readonly rule: string;
  /** Undefined: the rule makes it clear. */
  readonly fix?: string;
  /** If the value is part of a larger one: its path there, and the value itself; undefined if it must not be shown. */
  readonly at?: string;
  readonly value?: unknown;
}

/**
 * A finding together with the argument, or the setting of the same name, that it is about; and its value, unless that is
 * irrelevant and may be a secret.
 */
export interface Problem extends Omit<Finding, "at"> {
  readonly name: string;
}

/**
 * Checks one value of any type, and returns everything that is wrong with it.
 *
 * @param beside the other arguments' values, as far as they are known before the update
 */
export interface Check {
  (value: unknown, beside?: Readonly<Record<string, unknown>>): Finding[];
  /** What an invalid value was probably meant to be. */
  readonly read?: (value: unknown) => unknown;
  /** Whether the program must know the value when it runs, so that an Output isn't accepted. */
  readonly atOnce?: boolean;
  /** For a map of entries with their own arguments: the checks of those arguments. */
  readonly each?: Readonly<Record<string, Check>>;
  /** For a map whose entries are arguments themselves, so that an entry can be an Output but the map can't: their checks. */
  readonly parts?: Readonly<Record<string, Check>>;
}

/** A check of a value that the program must know when it runs. */
export type AtOnce = Check & { readonly atOnce: true };

/** A check for each argument; one that takes no Input is checked at once. */
export type Checks<Args> = {
  readonly [Name in keyof Args]-?: [Extract<Args[Name], Promise<unknown>>] extends [never] ? AtOnce : Check;
};

/** A check, with the function that reads the value first. */
export const checkAfter = (read: (value: unknown) => unknown, check: Check): Check =>
  Object.assign((value: unknown, beside?: Readonly<Record<string, unknown>>) => check(value, beside), {
    read,
  });

/** A check of a value that the program has to know when it runs. */
export const atOnce = (check: Check): AtOnce =>
  Object.assign((value: unknown, beside?: Readonly<Record<string, unknown>>) => check(value, beside), check, {
    atOnce: true as const,
  });

/** A rule that a value either follows or breaks. */
export interface Rule<T> {
  readonly rule: string | ((value: T) => string);
  readonly broken: (value: T) => boolean;
  readonly fix: string | ((value: T) => string);
}

/** What is wrong with a value that must be a string and isn't. */
export function notString(value: unknown): Finding {
  return typeof value === "number"
    ? {
        rule: "must be a string: if it is read as a number, part of it, such as a leading zero, may be lost",
        fix: 'quote it in the stack\'s file, or run: npx pulumi config set --path NAME --type string -- "VALUE"',
      }
    : { rule: "must be a string" };
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
  typeof value === "boolean" ? [] : [{ rule: "must be true or false" }],
);

/** One of a few words. */
export function checkOneOf(...words: readonly string[]): Check {
  return checkAfter(
    (value) => readWord(value, words),
    (value) =>
      (words as readonly unknown[]).includes(value) ? [] : [{ rule: `must be one of ${words.join(", ")}` }],
  );
}

/** Lifecycle rules take whole days, from 1 to the largest 32-bit integer (S3 API, LifecycleRule). */
export const maximumDays = 2_147_483_647;

/** A number of days that a rule of an S3 lifecycle configuration takes. */
export const checkDays: Check = checkAfter(
  (value) => readNumber(value, / *d(ays?)?$/i),
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maximumDays
      ? []
      : [{ rule: `must be a whole number of days from 1 to ${maximumDays}`, fix: "for example 30" }],
);

/** Keys that Pulumi's Node SDK can't send: it drops the first, and throws a TypeError at the second. */
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
 * spaces and `_.:/=+-@`; neither of them starting with `aws:`; at most 50; and, because IAM treats them as the same, no two
 * keys that differ in case alone.
 */
export const checkTags: Check = checkAfter(readTags, (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ rule: "must map tag keys to tag values", fix: 'for example {"team": "databases"}' }];
  }
  const tags = Object.entries(value);
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const [key, tag] of tags) {
    const twin = seen.get(key.toLowerCase());
    seen.set(key.toLowerCase(), key);
    if (twin !== undefined) {
      findings.push({
        rule: `IAM treats the keys "${twin}" and "${key}" as the same`,
        fix: "remove one of them",
      });
    }
    if (key.length < 1 || key.length > 128 || !tagCharacters.test(key)) {
      findings.push({
        rule: `the key "${key}" must be 1 to 128 letters, digits, spaces and _.:/=+-@${strangeIn(key)}`,
        fix: "shorten the key, or remove the other characters",
      });
    }
    if (/^aws:/i.test(key)) {
      findings.push({
        rule: `the key "${key}" must not start with aws:, which AWS reserves`,
        fix: "rename the key",
      });
    }
    if (lostKeys.includes(key)) {
      findings.push({ rule: `Pulumi cannot handle the key "${key}"`, fix: "rename the key" });
    }
    if (typeof tag === "string" && /^aws:/i.test(tag)) {
      findings.push({
        rule: `the value of "${key}" must not start with aws:, which IAM reserves`,
        fix: "choose another value",
      });
    }
    if (typeof tag !== "string") {
      const { rule, fix } = notString(tag);
      findings.push({ rule: `the value of "${key}" ${rule}`, ...(fix !== undefined && { fix }) });
    } else if (!takesTagValue(tag)) {
      findings.push({
        rule: `the value of "${key}" must be at most 256 letters, digits, spaces and _.:/=+-@${strangeIn(tag)}`,
        fix: "shorten the value, or remove the other characters",
      });
    }
  }
  if (tags.length > maximumTags) {
    findings.push({
      rule: `must be at most ${maximumTags} tags, not ${tags.length}`,
      fix: "remove some of them",
    });
  }
  return findings;
});

/** One line for each problem: the name, the value, the rule, the fix. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ name, rule, fix, ...rest }) => {
      const value = rest.value === undefined ? "" : ` = ${JSON.stringify(rest.value) ?? String(rest.value)}`;
      const comma = fix?.startsWith("for example") && !/[,:;]/.test(rule);
      const joint = fix === undefined ? "" : `${comma ? "," : ";"} ${fix}`;
      return `  ${name}${value}: ${rule}${joint}${joint.endsWith("?") ? "" : "."}`;
    })
    .join("\n");
}

/** The value as a check reads it, and its problems, if any. */
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
  // As written, so that a reader can find it.
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

/** The check of an argument, by its name; `constructor` and its like, which every object has, are no arguments. */
export function ownCheck<Name extends string>(
  checks: { readonly [Known in Name]?: Check },
  name: string,
): Check | undefined {
  return Object.hasOwn(checks, name) ? checks[name as Name] : undefined;
}

/** How to fix an unknown name. */
export function fixName(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? "remove it" : `did you mean ${near}?`;
}

/** Arguments as far as they are known. */
export type Known<Args> = { readonly [Name in keyof Args]?: pulumi.Unwrap<Args[Name]> };

/** Contradictions between values that are each valid. */
export type Contradictions<Args> = (args: Known<Args>) => Problem[];

/** Arguments or settings by their names, of any type. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Whether a value is known only later: an Output or a Promise. An Output by the mark that copies of Pulumi's SDK recognize each
 * other's by, because the command line doesn't load the SDK.
 */
export const isLater = (value: unknown): boolean =>
  value instanceof Promise ||
  (value as { __pulumiOutput?: unknown } | null | undefined)?.__pulumiOutput === true;

/** Whether a value is a map that is known itself; an entry of it may still be an Output. */
export const isMap = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLater(value);

/**
 * A check of a map whose entries are arguments themselves.
 *
 * @param parts their checks
 * @param whole what is wrong with entries that are valid on their own; one of them may be an Output
 * @param notMap what is wrong with what is no map
 */
export function checkMap(
  parts: Readonly<Record<string, Check>>,
  whole: (given: Values) => Finding[],
  notMap: Finding,
): Check {
  const known = (value: object) =>
    Object.entries(value).filter(([, part]) => part !== undefined && !isLater(part));
  const read = (value: unknown) =>
    isMap(value)
      ? {
          ...value,
          ...Object.fromEntries(
            known(value).map(([name, part]) => {
              const check = ownCheck(parts, name);
              return [name, check === undefined ? part : take(name, part, check).taken];
            }),
          ),
        }
      : value;
  const check = checkAfter(read, (value): Finding[] => {
    if (!isMap(value)) {
      return [notMap];
    }
    const findings = known(value).flatMap(([name, part]): Finding[] => {
      const ofIt = ownCheck(parts, name);
      // Without the value, which may be a secret.
      return ofIt === undefined
        ? [
            {
              at: name,
              value: undefined,
              rule: "there is no such argument",
              fix: fixName(name, Object.keys(parts)),
            },
          ]
        : ofIt(part).map(({ at, ...finding }) => ({
            value: part,
            ...finding,
            at: at === undefined ? name : `${name}.${at}`,
          }));
    });
    return findings.length > 0 ? findings : whole(value);
  });
  return Object.assign(check, { parts });
}
