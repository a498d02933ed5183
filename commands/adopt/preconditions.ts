import { describeUse, type KeyInUse } from "../keys/keyUse";
import { types } from "../stack/consumers";
import type { StateResource } from "../stack/state";
import { strangers } from "./importFile";
import type { Found } from "./inspect";

const describe = (key: KeyInUse) => `  ${key.accessKeyId}, ${key.status.toLowerCase()}, ${describeUse(key)}`;

/** Why it cannot be brought under the stack; undefined: it can. */
export function whyNot(stack: string, found: Found, state: readonly StateResource[]): string | undefined {
  const deployed = state.find(({ type }) => type === types.target)?.outputs?.bucketName;
  const others = strangers(state, found).map(({ type, id, urn }) => `  ${type} ${id ?? urn}`);
  if (deployed !== undefined || others.length > 0) {
    const what = deployed === undefined ? `:\n${others.join("\n")}` : ` (its bucket is ${deployed}).`;
    return `The stack ${stack} has something deployed already${what}\nTake another one for what was made by hand: npx pulumi stack init NAME`;
  }
  const { keys, user } = found;
  const remove = (id: string) => `aws iam delete-access-key --user-name ${user} --access-key-id ${id}`;
  if (keys.length > 1) {
    return `The user ${user} has ${keys.length} access keys, and a rotation later needs the place of the second one:\n${keys.map(describe).join("\n")}\nDelete the one that is not in use: ${remove("ID")}`;
  }
  const [key] = keys;
  if (key !== undefined && key.status !== "Active") {
    return `The user's only access key is switched off, and an update would switch it on:\n${describe(key)}\nSwitch it on yourself if it is in use, or delete it, and an update will make a new one: ${remove(key.accessKeyId)}`;
  }
  return undefined;
}
