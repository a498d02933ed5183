import type { Outcome } from "./life";
import { isRemarkable } from "./table";

/** What is not ours to mend. */
interface KnownLimit {
  readonly allows: (outcome: Outcome) => boolean;
  /** As the documents have it. */
  readonly cause: string;
}

const knownLimits: readonly KnownLimit[] = [];

/** Why an outcome is as it is: all went well, or a limit that is known; undefined: nobody knows. */
export function explain(outcome: Outcome): string | undefined {
  return isRemarkable(outcome) ? knownLimits.find(({ allows }) => allows(outcome))?.cause : "well";
}
