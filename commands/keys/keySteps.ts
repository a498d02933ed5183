import type { PreviousKey } from "../../components/backupConsumer";

/** The two settings that say which keys a consumer has. */
export interface KeySettings {
  readonly keyGeneration: number;
  readonly previousKey: PreviousKey;
}

/** What a step of a rotation does. */
export type KeyStep = "make" | "deactivate" | "delete";

/**
 * The next step of a rotation: a new key alongside the one in use; once that is handed over, the old one is deactivated, which
 * can be undone; then it is deleted. After the last step there is one key, as before the first.
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

/** After a leak: a new key, and nothing left of those before. */
export const replaceAtOnce = ({ keyGeneration }: KeySettings): KeySettings => ({
  keyGeneration: keyGeneration + 1,
  previousKey: "none",
});

/** A key that is deployed. */
export interface DeployedKey {
  readonly generation: number;
  readonly status: "Active" | "Inactive";
}

/** Whether these are the keys that the settings ask for. */
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

/** What a key is stored in. */
const storedKeyTypes = [
  "aws:ssm/parameter:Parameter",
  "aws:secretsmanager/secret:Secret",
  "aws:secretsmanager/secretVersion:SecretVersion",
];

/**
 * Whether a step of an update is about a key, or has the stored key follow it.
 *
 * @param completes whether the update completes one that was interrupted. Otherwise a stored key that has yet to follow is one
 * that nobody can have read, and the old key must not go.
 */
export function isOfKey(
  { op, urn }: { readonly op: string; readonly urn: string },
  completes: boolean,
): boolean {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const follows = storedKeyTypes.includes(type) && !["create", "delete"].includes(op);
  return type === "aws:iam/accessKey:AccessKey" || (follows && completes);
}
