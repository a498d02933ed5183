// The problems in a status, one line for each. Pure.
import { exitCodes, invocation } from "../cli/command";
import { asMoment } from "../recover/moment";
import { inWords } from "../recover/plan";
import type { ConsumerStatus, StackStatus } from "./readStatus";

/** A bucket that was deleted, a key or a bucket that differs from what is deployed, a backup that is late, or that may be. */
export interface Problem {
  readonly kind: "bucket" | "protection" | "key" | "late" | "unknown";
  readonly bucket: string;
  /** Undefined: the problem is the bucket's. */
  readonly consumer: string | undefined;
  readonly message: string;
}

/** A folder, or a description if it has no name. */
export const placeOf = (prefixes: readonly string[]): string =>
  prefixes.includes("") ? "in the whole bucket" : `below ${prefixes.join(" and ")}`;

/** The verdict on a backup, in words. */
export function describeVerdict(
  { consumer, verdict, expectation, folder, prefixes }: ConsumerStatus,
  now: number,
): string | undefined {
  if (verdict === undefined || expectation === undefined) {
    return undefined;
  }
  const wanted = `${expectation.size} or more every ${expectation.every}`;
  if (verdict.verdict === "unknown") {
    const more = invocation("status", consumer.options, "--pages N");
    return `unknown: ${wanted} is expected, and none is among the first ${folder.listed.toLocaleString("en")} versions ${placeOf(prefixes)}. List more (${more}), or narrow the listing (--prefix)`;
  }
  const { last, due } = verdict;
  const before =
    last === undefined
      ? "but there has been none yet"
      : `and the last one is from ${asMoment(last)}, ${inWords(now - last)} ago`;
  if (verdict.verdict === "ok") {
    return `on time: ${wanted} is expected, ${before}${due === undefined ? "" : `; the next is due by ${asMoment(due)}`}`;
  }
  const since = due === undefined ? "" : ` since ${asMoment(due)}`;
  return `LATE${since}: ${wanted} is expected, ${before}`;
}

export function problemsOf({ buckets, at }: StackStatus): Problem[] {
  return buckets.flatMap(({ name: bucket, gone, protection, consumers }) => [
    ...(gone === undefined
      ? []
      : [{ kind: "bucket" as const, bucket, consumer: undefined, message: `${bucket}: ${gone}` }]),
    ...protection
      .filter(({ differences }) => differences.length > 0)
      .map(({ setting, differences }): Problem => {
        const message = `${bucket}: ${setting} differs from what is deployed: ${differences.join("; ")}`;
        return { kind: "protection", bucket, consumer: undefined, message };
      }),
    ...consumers.flatMap((status): Problem[] => {
      const { name: consumer } = status.consumer;
      const { verdict } = status;
      const said = describeVerdict(status, at) ?? "";
      return [
        ...status.keyProblems.map((problem): Problem => {
          return { kind: "key", bucket, consumer, message: `${consumer}: ${problem}` };
        }),
        ...(verdict === undefined || verdict.verdict === "ok"
          ? []
          : [{ kind: verdict.verdict, bucket, consumer, message: `${consumer}: backup ${said}` }]),
      ];
    }),
  ]);
}

/** The exit code: certain problems take precedence. */
export function exitCodeOf(problems: readonly Problem[]): number {
  if (problems.some(({ kind }) => kind !== "unknown")) {
    return exitCodes.failed;
  }
  return problems.length > 0 ? exitCodes.unknown : exitCodes.done;
}
