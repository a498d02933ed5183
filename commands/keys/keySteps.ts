import type { PreviousKey } from "../../components/consumerArgs";
import { typeOf } from "../stack/state";

/** The two settings that determine a consumer's keys. */
export interface KeySettings {
  readonly keyGeneration: number;
  readonly previousKey: PreviousKey;
}

/** What a step of a rotation does. */
export type KeyStep = "make" | "deactivate" | "delete";

/**
 * The next step of a rotation: a new key alongside the one in use; once that is handed over, the old one is deactivated, which
 * can be undone, and then deleted. After the last step there is one key again.
 */
export function nextStep({ keyGeneration, previousKey }: KeySettings): {
  readonly step: KeyStep;
  readonly settings: KeySettings;
} {
  switch (previousKey) {
    case "none":
      return { step: "make", settings: { keyGeneration: keyGeneration + 1, previousKey: "active" } };
    case "active":
      return { step: "deactivate", settings: { keyGeneration, previousKey: "inactive" } };
    case "inactive":
      return { step: "delete", settings: { keyGeneration, previousKey: "none" } };
  }
}

/** After a leak: a new key, and no previous ones. */
export const replaceAtOnce = ({ keyGeneration }: KeySettings): KeySettings => ({
  keyGeneration: keyGeneration + 1,
  previousKey: "none",
});

/** A key that is deployed. */
export interface DeployedKey {
  readonly generation: number;
  readonly status: "Active" | "Inactive";
}

/** Whether the deployed keys match the settings. */
export function isDeployed(
  { keyGeneration, previousKey }: KeySettings,
  keys: readonly DeployedKey[],
): boolean {
  const wanted: DeployedKey[] = [
    { generation: keyGeneration, status: "Active" },
    ...(previousKey === "none"
      ? []
      : [
          {
            generation: keyGeneration - 1,
            status: previousKey === "active" ? "Active" : "Inactive",
          } as const,
        ]),
  ];
  return (
    keys.length === wanted.length &&
    wanted.every((key) =>
      keys.some(({ generation, status }) => generation === key.generation && status === key.status),
    )
  );
}

/** Resource types that store a key. */
const storedKeyTypes = [
  "aws:ssm/parameter:Parameter",
  "aws:secretsmanager/secret:Secret",
  "aws:secretsmanager/secretVersion:SecretVersion",
];

/**
 * Whether a step of an update changes a key, or the stored key along with it.
 *
 * @param completes whether the update completes one that was interrupted. Otherwise, if the stored key is still to be updated,
 *   nobody can have read the new key, and the old one must not be deleted.
 */
export function isOfKey(step: { readonly op: string; readonly urn: string }, completes: boolean): boolean {
  const type = typeOf(step);
  const follows = storedKeyTypes.includes(type) && !["create", "delete"].includes(step.op);
  return type === "aws:iam/accessKey:AccessKey" || (follows && completes);
}
