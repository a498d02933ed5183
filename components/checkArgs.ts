import * as pulumi from "@pulumi/pulumi";
import {
  type Check,
  type Checks,
  type Contradictions,
  describeProblems,
  fixName,
  isLater,
  isMap,
  type Known,
  ownCheck,
  type Problem,
  take,
  type Values,
} from "./check";

// What a component does with its arguments: refuses them, warns of them, and waits for those that are known only later.

/** @throws a `pulumi.ResourceError` that lists the problems, if there are any */
export function refuse(problems: readonly Problem[], resource: pulumi.Resource): void {
  if (problems.length > 0) {
    const what = problems.length === 1 ? "invalid argument" : `${problems.length} invalid arguments`;
    const message = `${what}:\n${describeProblems(problems)}`;
    const error = new pulumi.ResourceError(message, resource, true);
    // For an error from an Output, Pulumi also prints the stack, which doesn't help a reader, and prefixes the message with the
    // name of every property that it could not serialize.
    error.stack = message;
    Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
    throw error;
  }
}

/** Reports a valid but noteworthy value as a warning of the update. */
export function warn(resource: pulumi.Resource, ...warnings: readonly (string | undefined)[]): void {
  for (const warning of warnings) {
    if (warning !== undefined) {
      pulumi.log.warn(warning, resource);
    }
  }
}

/** Whether a value is an Output or a Promise, or has one in it. */
const holdsLater = (value: unknown): boolean =>
  isLater(value) ||
  // A resource is full of Outputs and circular references.
  (typeof value === "object" &&
    value !== null &&
    !pulumi.Resource.isInstance(value) &&
    Object.values(value).some(holdsLater));

/** Calls `look` with a value, once all of it is known. */
export function whenKnown<T>(value: T, look: (known: pulumi.Unwrap<T>) => void): void {
  if (holdsLater(value)) {
    pulumi.output(value).apply(look);
  } else {
    look(value as pulumi.Unwrap<T>);
  }
}

/** A copy of arguments, with those that aren't fully known yet replaced. */
function replaceLater(
  args: object,
  checks: Readonly<Record<string, Check>>,
  replace: (value: unknown, check: Check, path: readonly string[]) => unknown,
  path: readonly string[] = [],
): Record<string, unknown> {
  const replaced = Object.entries(args).map(([name, value]): [string, unknown] => {
    const check = ownCheck(checks, name);
    if (check === undefined || !holdsLater(value)) {
      return [name, value];
    }
    const { each, parts } = check;
    if (parts !== undefined && isMap(value)) {
      const known = replaceLater(value, parts, replace, [...path, name]);
      // An unknown value stays an Output: without it, the entry would seem to be missing.
      return [
        name,
        Object.fromEntries(Object.entries(value).map(([part, given]) => [part, known[part] ?? given])),
      ];
    }
    if (each === undefined || !isMap(value)) {
      return [name, replace(value, check, [...path, name])];
    }
    const entries = Object.entries(value).map(([key, entry]): [string, unknown] => {
      const place = [...path, name, key];
      return [
        key,
        isMap(entry)
          ? replaceLater(entry, each, replace, place)
          : isLater(entry)
            ? replace(entry, check, place)
            : entry,
      ];
    });
    return [name, Object.fromEntries(entries.filter(([, entry]) => entry !== undefined))];
  });
  return Object.fromEntries(replaced);
}

/** The arguments as their checks read them, except for Outputs, and their problems. */
function examine(
  args: Values,
  checks: Readonly<Record<string, Check>>,
): { taken: Record<string, unknown>; problems: Problem[] } {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const beside = Object.fromEntries(given.filter(([, value]) => !isLater(value)));
  const taken: Record<string, unknown> = { ...args };
  const problems = given.flatMap(([name, value]): Problem[] => {
    const check = ownCheck(checks, name);
    if (check === undefined) {
      // Without the value, which may be anything, a secret too.
      return [{ name, rule: "there is no such argument", fix: fixName(name, Object.keys(checks)) }];
    }
    if (isLater(value)) {
      return [];
    }
    const { taken: read, problems: ofIt } = take(name, value, check, beside);
    taken[name] = read;
    return ofIt;
  });
  return { taken, problems };
}

/** The value of an Output; undefined if a preview can't know it, or it has none. */
async function knownValue(output: pulumi.Output<unknown>): Promise<unknown> {
  // Every Output has it, but Pulumi's SDK does not type it.
  const { isKnown } = output as typeof output & { readonly isKnown: Promise<boolean> };
  return (await isKnown.catch(() => false)) ? new Promise((resolve) => output.apply(resolve)) : undefined;
}

/**
 * Checks a component's arguments, and compares them with each other: plain values before the component has any child; those with
 * Outputs or Promises as soon as these are known, and before any child gets them.
 *
 * @returns the arguments, to be used instead of those passed in.
 * @throws a `pulumi.ResourceError` that names every invalid argument.
 */
export function checkArgs<Args extends object>(
  args: Args,
  checks: Readonly<Record<string, Check>> & Checks<Args>,
  contradictions: Contradictions<Args>,
  resource: pulumi.Resource,
): Args {
  const refuseAny = (problems: readonly Problem[], values: Values) =>
    refuse(problems.length > 0 ? problems : contradictions(values as Known<Args>), resource);

  const misplaced: Problem[] = [];
  const outputs: pulumi.Output<unknown>[] = [];
  const withOutputs = replaceLater(args, checks, (value, check, path) => {
    if (check.atOnce === true) {
      misplaced.push({
        name: path.join("."),
        rule: "must be known when the program runs, because it decides what is created; an Output or a Promise is known only later",
        fix: "pass a plain value, for example from the stack's configuration",
      });
      return undefined;
    }
    const output = pulumi.output(value);
    outputs.push(output);
    return output;
  });
  const { taken, problems } = examine(withOutputs, checks);
  refuseAny(
    [...misplaced, ...problems],
    replaceLater(taken, checks, () => undefined),
  );
  if (outputs.length === 0) {
    return { ...args, ...taken };
  }

  const checkAll = async () => {
    const values = new Map<unknown, unknown>();
    for (const output of outputs) {
      values.set(output, await knownValue(output));
    }
    const all = examine(
      replaceLater(taken, checks, (output) => values.get(output)),
      checks,
    );
    refuseAny(all.problems, all.taken);
    return all.taken;
  };
  const checked = checkAll();
  // Each separately, so that a secret or pending value doesn't affect the others.
  const later = replaceLater(taken, checks, (value, _, path) => {
    const output: pulumi.Output<unknown> = pulumi.output(value);
    return output.apply(async () =>
      path.reduce<unknown>((part, key) => (isMap(part) ? part[key] : undefined), await checked),
    );
  });
  return { ...args, ...later };
}
