import { invocation } from "../cli/command";
import { describeUse } from "../keys/keyUse";
import { type Change, changesAws } from "./difference";
import type { Found } from "./inspect";

/** What is shown before the confirmation. */
export interface Announcement {
  readonly stack: string;
  /** The settings that the stack gets; none if they are in the program's code. */
  readonly settings: Readonly<Record<string, string>>;
  readonly found: Found;
  readonly changes: readonly Change[];
}

/** One line for each resource, and what it means. */
export function announce({ stack, settings, found, changes }: Announcement): string {
  const { bucket, user, group, policy, beside, keys } = found;
  const [key] = keys;
  const width = Math.max(...changes.map(({ noun }) => noun.length));
  const line = (change: Change) => {
    const { noun, will, details, meaning, keep } = change;
    const what =
      will === "stay"
        ? "unchanged"
        : will === "be changed" && !changesAws(change)
          ? "unchanged in AWS"
          : `will ${will}`;
    const [only, ...more] = details.length > 1 ? [undefined, ...details] : details;
    const below = [
      ...more,
      ...(meaning === undefined ? [] : [meaning]),
      ...keep.map((command) => `To keep what exists, first: ${command}`),
    ];
    return [
      `  ${noun.padEnd(width)}  ${what}${only === undefined ? "" : `: ${only}`}`,
      ...below.map((text) => `      ${text}`),
    ];
  };
  const lines = [
    `The stack ${stack} will manage the bucket ${bucket}, the policy ${policy}, the group ${group} and the user ${user}.`,
    key === undefined
      ? "The user has no access key; the next update creates one."
      : `Its access key ${key.accessKeyId} ${describeUse(key)}. It stays in use. AWS shows a secret only once, so the stack has none until the first rotation (${invocation("rotate", `--stack ${stack}`)}).`,
    "",
    ...(Object.keys(settings).length === 0
      ? []
      : [
          "New settings of the stack:",
          ...Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`),
          "",
        ]),
    "What the next npx pulumi up will do:",
    ...changes.flatMap(line),
    ...(beside.length === 0
      ? []
      : ["", "Unchanged, but you should know:", ...beside.map((text) => `  ${text}`)]),
    "",
  ];
  return lines.join("\n");
}
