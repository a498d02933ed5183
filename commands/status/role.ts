// A consumer's role in IAM, compared with what its stack has deployed.
import { isDeepStrictEqual } from "node:util";
import { GetRoleCommand, type IAMClient, NoSuchEntityException } from "@aws-sdk/client-iam";
import type { RoleInState } from "../stack/consumers";

/** A consumer's role. */
export interface RoleStatus {
  readonly arn: string;
  readonly created: Date | undefined;
  /** Undefined: never, as far as IAM knows; it records a use within four hours, and keeps it for 400 days. */
  readonly lastUsed: { readonly at: Date; readonly region: string } | undefined;
}

/** The role, and what is wrong with it. */
export async function readRole(
  iam: IAMClient,
  { arn, name: RoleName, trustPolicy }: RoleInState,
): Promise<{ readonly role: RoleStatus | undefined; readonly problems: readonly string[] }> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName })).catch((error: Error) => {
    if (error instanceof NoSuchEntityException) {
      return { Role: undefined };
    }
    throw error;
  });
  if (Role === undefined) {
    const problem = `the role ${arn} was deleted. To create a new one: npx pulumi up --refresh`;
    return { role: undefined, problems: [problem] };
  }
  const { CreateDate: created, RoleLastUsed: used, AssumeRolePolicyDocument = "" } = Role;
  const trusted: unknown = JSON.parse(decodeURIComponent(AssumeRolePolicyDocument));
  return {
    role: {
      ...{ arn, created },
      lastUsed: used?.LastUsedDate && { at: used.LastUsedDate, region: used.Region ?? "?" },
    },
    problems: isDeepStrictEqual(trusted, JSON.parse(trustPolicy))
      ? []
      : [
          `the trust policy of the role ${arn} in AWS differs from the stack's: ${JSON.stringify(trusted)}. To restore it: npx pulumi up --refresh`,
        ],
  };
}
