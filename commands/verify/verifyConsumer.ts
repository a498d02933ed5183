import type { DeployedConsumer, RoleInState } from "../stack/consumers";
import type { Stack } from "../stack/stack";
import { simulateRole } from "./simulateRole";
import { type Row, type Verification, type VerifyOptions, verifyKey } from "./verifyKey";

/** The minimum that STS allows: the test takes seconds. */
const sessionSeconds = 900;

/** Tests a consumer's role if it has one, otherwise its key. */
export async function verifyConsumer(
  stack: Stack,
  consumer: DeployedConsumer,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { role } = consumer;
  if (role !== undefined) {
    return verifyRole(stack, { ...consumer, role }, options);
  }
  return verifyKey(await stack.withSecret(consumer), options);
}

/** Assumes the role as the deployer of the stack; if it does not trust them, IAM simulates it. */
async function verifyRole(
  stack: Stack,
  consumer: DeployedConsumer & { readonly role: RoleInState },
  options: VerifyOptions,
): Promise<Verification> {
  const { role } = consumer;
  try {
    const assumed = await stack.assume(consumer, sessionSeconds);
    const verification = await verifyKey(assumed, options);
    return role.externalId === undefined
      ? verification
      : withRow(verification, await assumeWithoutId(stack, consumer));
  } catch (error) {
    if (!isRefused(error)) {
      throw error;
    }
    const { iam } = await stack.deployer(consumer);
    return simulateRole(iam, consumer, error.message);
  }
}

const isRefused = (error: unknown): error is Error => error instanceof Error && error.name === "AccessDenied";

/** A caller without the external ID must be refused. */
async function assumeWithoutId(
  stack: Stack,
  { role, ...consumer }: DeployedConsumer & { readonly role: RoleInState },
): Promise<Row> {
  const call = "assume the role without the external ID";
  try {
    await stack.assume({ ...consumer, role: { ...role, externalId: undefined } }, sessionSeconds);
    return { call, expected: "refused", got: "allowed", ok: false };
  } catch (error) {
    if (!isRefused(error)) {
      throw error;
    }
    return { call, expected: "refused", got: error.name, ok: true };
  }
}

const withRow = ({ rows, ok, verdict, notes }: Verification, row: Row): Verification => ({
  rows: [...rows, row],
  ok: ok && row.ok === true,
  verdict:
    row.ok === true
      ? verdict
      : `The role can be assumed without the external ID: someone changed its trust policy. To restore it, run pulumi up --refresh.\n${verdict}`,
  notes,
});
