import { invocation } from "../cli/command";
import { describeUse } from "../keys/keyUse";
import { type Change, changesAws } from "./difference";
import type { Found } from "./inspect";

/** What is said before anybody agrees. */
export interface Announcement {
  readonly stack: string;
  /** That the stack gets; none where the program's code has them. */
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
        ? "stays as it is"
        : will === "be changed" && !changesAws(change)
          ? "stays as it is at AWS"
          : `will ${will}`;
    const [only, ...more] = details.length > 1 ? [undefined, ...details] : details;
    const below = [
      ...more,
      ...(meaning === undefined ? [] : [meaning]),
      ...keep.map((command) => `To keep what there is, first: ${command}`),
    ];
    return [
      `  ${noun.padEnd(width)}  ${what}${only === undefined ? "" : `: ${only}`}`,
      ...below.map((text) => `      ${text}`),
    ];
  };
  const lines = [
    `The stack ${stack} will manage the bucket ${bucket}, the policy ${policy}, the group ${group} and the user ${user}.`,
    key === undefined
      ? "The user has no access key; the next update makes one."
      : `Its access key ${key.accessKeyId} ${describeUse(key)}. It stays in use. AWS does not reveal its secret, so the stack has none until the first rotation (${invocation("rotate", `--stack ${stack}`)}).`,
    "",
    ...(Object.keys(settings).length === 0
      ? []
      : [
          "Settings that the stack gets:",
          ...Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`),
          "",
        ]),
    "What the next npx pulumi up will do:",
    ...changes.flatMap(line),
    ...(beside.length === 0
      ? []
      : ["", "What stays, and you should know:", ...beside.map((text) => `  ${text}`)]),
    "",
  ];
  return lines.join("\n");
}
