import type { Outcome } from "./lifecycle";
import { isRemarkable } from "./table";

/** What the program cannot fix, and may be like this. docs/faults.md says why, under the same name. */
interface KnownLimit {
  readonly name: string;
  /** The faults that can lead to it. */
  readonly fault: RegExp;
  /** And where. */
  readonly phase: RegExp;
  readonly left: RegExp;
  readonly byHand: RegExp;
}

const never = /^$/;

export const knownLimits: readonly KnownLimit[] = [
  {
    name: "A resource that no stack knows of",
    fault: /^(reset after|kill engine .*|kill provider .*)$/,
    phase: /^(first up|rotation: make)$/,
    left: /^(bucket|policy|group|user|access key)$/,
    byHand: /^deleted an access key$/,
  },
  {
    name: "The lock of a killed engine",
    fault: /^kill engine/,
    phase: /./,
    left: never,
    byHand: /^pulumi cancel$/,
  },
  {
    name: "A truncated state file",
    fault: /^kill engine/,
    phase: /./,
    left: never,
    byHand: /^deleted the half of a state file$/,
  },
];

/** Whether everything recovered on its own, or what didn't is a known limit. Nothing may ever be lost. */
export function isExplained(outcome: Outcome): boolean {
  const { more, fault, phase, left, byHand } = outcome;
  const here = knownLimits.filter((limit) => limit.fault.test(fault) && limit.phase.test(phase));
  return (
    !isRemarkable(outcome) ||
    (more !== undefined &&
      left.every((what) => here.some((limit) => limit.left.test(what))) &&
      byHand.every((what) => here.some((limit) => limit.byHand.test(what))))
  );
}
