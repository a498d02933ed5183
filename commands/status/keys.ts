// A consumer's keys in IAM, compared with what its stack has deployed. Pure.
import { ageInDays } from "../../components/keyAge";
import type { KeyInUse } from "../keys/keyUse";
import type { KeyConsumer } from "../stack/consumers";

/** A key of a consumer's user. */
export interface KeyStatus extends KeyInUse {
  /** `unknown`: the stack has not created it. */
  readonly role: "current" | "previous" | "unknown";
  readonly ageDays: number | undefined;
  /** Whether it is older than the setting `maxKeyAgeDays`. */
  readonly old: boolean;
}

/** The keys, the current one first, and what is wrong with them. */
export function keyStatus(
  { accessKeyId, keys: deployed, maxKeyAgeDays }: Pick<KeyConsumer, "accessKeyId" | "keys" | "maxKeyAgeDays">,
  found: readonly KeyInUse[],
  now: Date,
): { readonly keys: readonly KeyStatus[]; readonly problems: readonly string[] } {
  const roles = ["current", "previous", "unknown"] as const;
  const keys = found
    .map((key): KeyStatus => {
      const isDeployed = deployed.some((one) => one.accessKeyId === key.accessKeyId);
      const role = key.accessKeyId === accessKeyId ? "current" : isDeployed ? "previous" : "unknown";
      const ageDays = key.created === undefined ? undefined : ageInDays(key.created, now);
      return { ...key, role, ageDays, old: (ageDays ?? 0) > maxKeyAgeDays };
    })
    .sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
  const problems = [
    ...deployed.flatMap((one) => {
      const key = keys.find((other) => other.accessKeyId === one.accessKeyId);
      if (key === undefined) {
        return [`the key ${one.accessKeyId} was deleted. To create a new one: npx pulumi up --refresh`];
      }
      return key.status === one.status
        ? []
        : [`the key ${one.accessKeyId} is ${key.status} in AWS, and ${one.status} in the stack`];
    }),
    ...keys
      .filter(({ role }) => role === "unknown")
      .map((key) => `its user has a key that the stack did not create, ${key.accessKeyId}`),
  ];
  return { keys, problems };
}
