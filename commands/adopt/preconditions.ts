import { describeUse, type KeyInUse } from "../keys/keyUse";
import { types } from "../stack/consumers";
import type { StateResource } from "../stack/state";
import { strangers } from "./importFile";
import type { Found } from "./inspect";

const describe = (key: KeyInUse) => `  ${key.accessKeyId}, ${key.status.toLowerCase()}, ${describeUse(key)}`;

/** Why the stack cannot manage it; undefined: it can. */
export function whyNot(stack: string, found: Found, state: readonly StateResource[]): string | undefined {
  const deployed = state.find(({ type }) => type === types.target)?.outputs?.bucketName;
  const others = strangers(state, found).map(({ type, id, urn }) => `  ${type} ${id ?? urn}`);
  if (deployed !== undefined || others.length > 0) {
    const what = deployed === undefined ? `:\n${others.join("\n")}` : ` (its bucket is ${deployed}).`;
    return `The stack ${stack} already has something deployed${what}\nUse a new stack: npx pulumi stack init NAME`;
  }
  const { keys, user } = found;
  const remove = (id: string) => `aws iam delete-access-key --user-name ${user} --access-key-id ${id}`;
  if (keys.length > 1) {
    return `The user ${user} has ${keys.length} access keys, but a rotation needs room for a second one:\n${keys.map(describe).join("\n")}\nDelete the one that isn't in use: ${remove("ID")}`;
  }
  const [key] = keys;
  if (key !== undefined && key.status !== "Active") {
    return `The user's only access key is inactive, and an update would activate it:\n${describe(key)}\nIf it is in use, activate it yourself. Otherwise delete it, and the update creates a new one: ${remove(key.accessKeyId)}`;
  }
  return undefined;
}
