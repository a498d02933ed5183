import type { DeployedKey, KeySettings } from "../../commands/keys/keySteps";

/** The keys of a user, of any order. */
export type Keys = readonly DeployedKey[];

const isSame = (a: DeployedKey, b: DeployedKey) => a.generation === b.generation && a.status === b.status;

/** What the component asks the engine for. */
function wanted({ keyGeneration, previousKey }: KeySettings): Keys {
  const current: DeployedKey = { generation: keyGeneration, status: "Active" };
  const status = previousKey === "active" ? "Active" : "Inactive";
  return previousKey === "none" ? [current] : [{ generation: keyGeneration - 1, status }, current];
}

type Step = (keys: Keys) => Keys;
const add =
  (key: DeployedKey): Step =>
  (keys) => [...keys, key];
const remove =
  (key: DeployedKey): Step =>
  (keys) =>
    keys.filter((other) => !isSame(other, key));

/** What the engine does with a slot before it removes what is not wanted any more. */
function work(
  before: DeployedKey | undefined,
  after: DeployedKey | undefined,
  removesFirst: boolean,
): Step[] {
  if (after === undefined || (before !== undefined && isSame(before, after))) {
    return [];
  }
  if (before === undefined) {
    return [add(after)];
  }
  if (before.generation === after.generation) {
    return [(keys) => add(after)(remove(before)(keys))];
  }
  return removesFirst ? [remove(before), add(after)] : [add(after), remove(before)];
}

function interleavings<T>(a: readonly T[], b: readonly T[]): T[][] {
  const [headA, ...restA] = a;
  const [headB, ...restB] = b;
  if (headA === undefined || headB === undefined) {
    return [[...a, ...b]];
  }
  return [
    ...interleavings(restA, b).map((rest) => [headA, ...rest]),
    ...interleavings(a, restB).map((rest) => [headB, ...rest]),
  ];
}

/**
 * An update, as the engine does it: creations, replacements and changes of the two slots side by side, in any order;
 * removals in the end.
 *
 * @returns for each order, the states that it goes through; the last is the same for all
 */
export function update(before: Keys, settings: KeySettings, { deleteBeforeReplace = true } = {}): Keys[][] {
  const after = wanted(settings);
  const [odd, even] = [1, 0].map((parity) => {
    const inSlot = ({ generation }: DeployedKey) => generation % 2 === parity;
    return work(before.find(inSlot), after.find(inSlot), deleteBeforeReplace);
  });
  const removals = before
    .filter((key) => !after.some(({ generation }) => generation % 2 === key.generation % 2))
    .map(remove);
  return interleavings(odd ?? [], even ?? []).map((steps) => {
    let keys = before;
    return [before, ...[...steps, ...removals].map((step) => (keys = step(keys)))];
  });
}

/** The keys after an update. */
export const updated = (before: Keys, settings: KeySettings): Keys =>
  update(before, settings)[0]?.at(-1) ?? before;
