import {
  type IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { holdInterrupts } from "../../common/script";
import { type Logged, readAccessLogs } from "../accessLogs/accessLogs";
import { isSessionOf, isUser } from "../accessLogs/activity";
import { describeAddresses } from "../accessLogs/describe";
import { confirm, invocation, progress } from "../cli/command";
import { accountOf, type RoleInState, type Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { changeInCode } from "./inCode";
import { type KeySettings, replaceAtOnce } from "./keySteps";
import { describeUse, type KeyInUse, keysInUse } from "./keyUse";

/** The number of days for which a key's addresses are looked up. */
const daysOfUse = 7;
/** The maximum number of log files read for that. */
const mostLogFiles = 2_000;

/** What a revocation did. */
export interface Revocation {
  readonly revoked: readonly KeyInUse[];
  /** Sessions of its role that began before then are denied everything; undefined: it has no role. */
  readonly sessionsBefore?: Date;
  /** The arguments to change in the program's code; undefined: the stack's settings have already been changed. */
  readonly change?: KeySettings;
  /** How to continue. */
  readonly next: string;
  /** What the access logs say about the keys' user in the last {@link daysOfUse} days. */
  readonly use: Logged;
}

/**
 * The inline policy with which AWS's console ends the sessions of a role: it denies everything to those that began before a point
 * in time (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html). A request signed with an access
 * key has no `aws:TokenIssueTime`, so a user's next key works.
 */
const olderSessions = (before: Date) => {
  const Condition = { DateLessThan: { "aws:TokenIssueTime": before.toISOString() } };
  const Statement = [{ Effect: "Deny", Action: "*", Resource: "*", Condition }];
  return {
    PolicyName: "AWSRevokeOlderSessions",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  };
};

/** Ends the sessions of a role. */
async function endSessions(iam: IAMClient, { name: RoleName }: RoleInState): Promise<Date> {
  const before = new Date();
  await iam.send(new PutRolePolicyCommand({ RoleName, ...olderSessions(before) }));
  return before;
}

/** Ends the sessions started with a user's keys (`sts:GetSessionToken`), which would outlive the keys by up to 36 hours. */
async function endSessionsOfKeys(iam: IAMClient, UserName: string): Promise<void> {
  try {
    await iam.send(new PutUserPolicyCommand({ UserName, ...olderSessions(new Date()) }));
  } catch (error) {
    // The keys are already deactivated, which matters most.
    const { name, message } = error as Error;
    progress(
      `Temporary credentials that were made from its keys may work for up to 36 hours: ending them needs iam:PutUserPolicy (${name}: ${message}).`,
    );
  }
}

/** Deactivates the keys, and has the next update replace them; ends the sessions of a role. */
export async function revoke(
  stack: Stack,
  { yes, ...selection }: Selection & { readonly yes?: boolean | undefined } = {},
): Promise<Revocation> {
  const consumer = await stack.consumer(selection);
  const { iam, s3 } = await stack.deployer(consumer);
  const { userName: UserName, role, name } = consumer;
  const keys = UserName === undefined ? [] : await keysInUse(iam, UserName);
  for (const key of keys) {
    progress(`The key ${key.accessKeyId} ${describeUse(key)}.`);
  }
  const what = [
    ...(role === undefined ? [] : [`End all sessions of the role ${role.arn} that began before now`]),
    ...(UserName === undefined
      ? []
      : [`${role ? "d" : "D"}eactivate ${keys.map(({ accessKeyId }) => accessKeyId).join(" and ")}`]),
  ];
  const then = role === undefined ? "" : " until it assumes the role again";
  await confirm(`${what.join(", and ")}? ${name} will lose access${then}.`, yes);
  const sessionsBefore = role && (await endSessions(iam, role));
  for (const { accessKeyId } of keys) {
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: accessKeyId, Status: "Inactive" }));
    progress(`Deactivated ${accessKeyId}.`);
  }
  if (UserName !== undefined) {
    await endSessionsOfKeys(iam, UserName);
  }
  // Last, so that the key is deactivated without delay.
  const use = await readAccessLogs(s3, {
    ...consumer,
    accountId: accountOf(consumer),
    since: Date.now() - daysOfUse * 24 * 60 * 60 * 1000,
    mostFiles: mostLogFiles,
    where: ({ requester }) =>
      (UserName !== undefined && isUser(requester, UserName)) ||
      (role !== undefined && isSessionOf(requester, role.name)),
  });
  if (role !== undefined) {
    const kept = { previousKey: "inactive" } as const;
    // Otherwise, an update with --refresh would find the key inactive, and reactivate it.
    if (consumer.configured && UserName !== undefined) {
      await stack.set({ ...kept }, consumer.further);
    }
    const change =
      consumer.configured || UserName === undefined
        ? ""
        : `\n${changeInCode(consumer, { ...kept }, stack.place.project)}`;
    return {
      revoked: keys,
      ...(sessionsBefore !== undefined && { sessionsBefore }),
      use,
      next: `The principals in the trust policy can assume the role again. To prevent that, change trust, for example to another externalId, and deploy it:
  npx pulumi up --stack ${stack.name}${change}`,
    };
  }
  const { storedKeyArn } = consumer;
  const handOver =
    storedKeyArn === undefined
      ? `  ${invocation("handoff", "form", consumer.options)}`
      : `The update also stores it in ${storedKeyArn}, which holds a revoked key until then.`;
  const settings = replaceAtOnce(consumer);
  if (!consumer.configured) {
    const change = changeInCode(consumer, { ...settings }, stack.place.project);
    return {
      revoked: keys,
      change: settings,
      use,
      next: `The next update must create a new key, and delete the revoked ones.
${change}
Deploy that, then hand over the new key:
  npx pulumi up --stack ${stack.name}
${handOver}`,
    };
  }
  // Otherwise, an update with --refresh would find the key inactive, and reactivate it.
  const deployed = Math.max(...consumer.keys.map(({ generation }) => generation));
  if (consumer.keyGeneration <= deployed) {
    await stack.set({ ...settings }, consumer.further);
  }
  return {
    revoked: keys,
    use,
    next: `The settings now ask for a new key. To create it, and to delete the revoked ones:
  npx pulumi up --stack ${stack.name}
${handOver}`,
  };
}

/** Revokes, and prints the result. */
export async function printRevocation(
  stackName: string | undefined,
  selection: Selection,
  { yes, json }: { readonly yes: boolean | undefined; readonly json: boolean },
): Promise<void> {
  holdInterrupts();
  const revocation = await revoke(Stack.open(stackName), { ...selection, yes });
  if (json) {
    console.log(JSON.stringify(revocation, undefined, 2));
    return;
  }
  const { sessionsBefore } = revocation;
  const what =
    sessionsBefore === undefined
      ? "None of its keys work anymore"
      : `The sessions of its role that began before ${sessionsBefore.toISOString()} can no longer do anything${revocation.revoked.length > 0 ? ", and its key no longer works" : ""}`;
  console.log(`${what} (it may take a few seconds for this to take effect everywhere in AWS).
${revocation.next}
${describeAddresses(revocation.use, daysOfUse, sessionsBefore === undefined ? "key" : "role")}
To see what ${sessionsBefore === undefined ? "the key" : "it"} was used for, check CloudTrail and the bucket's old versions for uploads and deletions that the service did not make.`);
}
