// A role's permissions, according to IAM's policy simulator: for users who can't assume the role.
import { type IAMClient, NoSuchEntityException, paginateSimulatePrincipalPolicy } from "@aws-sdk/client-iam";
import { UserError } from "../../common/errors";
import { type AccessProfile, profiles } from "../../components/access/profiles";
import { accountActions, bucketActions } from "../../components/access/s3Actions";
import { partsOfArn } from "../../components/naming";
import type { DeployedConsumer, RoleInState } from "../stack/consumers";
import { type Call, type CallName, calls, expectedOf, type Place } from "./calls";
import { describeUnexpected } from "./diagnosis";
import { folderCalls, placesOf, type Row, type Verification, wordsAt } from "./verifyKey";

/** One question to the simulator. */
interface Question extends Pick<Row, "call" | "expected"> {
  readonly action: string;
  readonly resource: string;
  /** The condition keys that the request would have. */
  readonly context: Readonly<Record<string, string>>;
}

/** The condition key for uploads that are encrypted with the caller's key (SSE-C). */
const customerKey = "s3:x-amz-server-side-encryption-customer-algorithm";

function questionsFor(consumer: DeployedConsumer): Question[] {
  const { bucketName, prefix, allowedIpRanges, access } = consumer;
  const places = placesOf(consumer);
  const { inside, further, outside } = places;
  const profile: AccessProfile = profiles[access];
  const { partition } = partsOfArn(consumer.policyArn);
  const bucketArn = `arn:${partition}:s3:::${bucketName}`;
  const [range] = allowedIpRanges;
  const usual = {
    "aws:SecureTransport": "true",
    ...(range !== undefined && { "aws:SourceIp": range.replace(/\/.*$/, "") }),
  };
  const question = (name: CallName, expected: Row["expected"], at: Place): Question => {
    const { words, action }: Call = calls[name];
    const onBucket = (bucketActions as readonly string[]).includes(action);
    const onAccount = (accountActions as readonly string[]).includes(action);
    return {
      ...{ call: wordsAt(words, at, places), expected, action },
      resource: onAccount
        ? "*"
        : onBucket
          ? bucketArn
          : `${bucketArn}/${name === "unlock" ? at.lock : at.object.Key}`,
      context: {
        ...usual,
        ...(onBucket && { "s3:prefix": at.folder }),
        ...(name === "put under own key" && { [customerKey]: "AES256" }),
      },
    };
  };
  const own = (names: readonly CallName[], at: Place) =>
    names.flatMap((name) => {
      const expected = expectedOf(name, consumer);
      // The guide's policy leaves this to the bucket, which the simulator ignores.
      return expected === undefined || (name === "put under own key" && profile.toTheLetter === true)
        ? []
        : [question(name, expected, at)];
    });
  return [
    ...own(Object.keys(calls) as CallName[], inside),
    ...further.flatMap((at) => own(folderCalls, at)),
    ...(prefix === "" ? [] : folderCalls.map((name) => question(name, "refused", outside))),
    {
      ...{ call: "list the account's IAM users", action: "iam:ListUsers" },
      ...{ expected: "refused", resource: "*", context: usual },
    },
    {
      ...{ call: "read from another bucket", action: "s3:GetObject", expected: "refused", context: usual },
      resource: `arn:${partition}:s3:::${bucketName}-other/${inside.object.Key}`,
    },
  ];
}

/**
 * Has IAM simulate the calls that {@link verifyKey} makes. It evaluates the role's policies and its permissions boundary, but
 * neither the bucket policy, which it doesn't accept for roles, nor the trust policy.
 *
 * @param why the role was not assumed, in AWS's words
 */
export async function simulateRole(
  iam: IAMClient,
  consumer: DeployedConsumer & { readonly role: RoleInState },
  why: string,
): Promise<Verification> {
  const { role, access } = consumer;
  const tried = [];
  for (const { call, expected, action, resource, context } of questionsFor(consumer)) {
    const decisions: string[] = [];
    const pages = paginateSimulatePrincipalPolicy(
      { client: iam },
      {
        PolicySourceArn: role.arn,
        ActionNames: [action],
        ResourceArns: [resource],
        ContextEntries: Object.entries(context).map(([ContextKeyName, value]) => ({
          ContextKeyName,
          ContextKeyValues: [value],
          ContextKeyType: ContextKeyName === "aws:SecureTransport" ? "boolean" : contextType(ContextKeyName),
        })),
      },
    );
    try {
      for await (const { EvaluationResults = [] } of pages) {
        decisions.push(...EvaluationResults.map(({ EvalDecision = "unknown" }) => EvalDecision));
      }
    } catch (error) {
      if (error instanceof NoSuchEntityException) {
        throw new UserError(
          `IAM has no role ${role.arn} anymore: someone deleted it. To create it again: npx pulumi up --refresh --stack ${consumer.stack}`,
        );
      }
      throw error;
    }
    const [got = "no answer"] = decisions;
    const ok = (got === "allowed") === (expected === "allowed");
    const error = got === "allowed" ? undefined : { name: "AccessDenied", message: "" };
    tried.push({ call, action, expected, got, ok, error });
  }
  const problems = describeUnexpected(
    tried.filter(({ ok }) => !ok),
    true,
    consumer,
  );
  return {
    rows: tried.map(({ call, expected, got, ok }) => ({ call, expected, got, ok })),
    ok: problems.length === 0,
    verdict:
      problems.join("\n") ||
      `According to IAM's simulation, the role ${role.arn} can do what the access profile ${access} needs, and nothing else that was simulated.`,
    notes: [
      `Simulated, because these credentials can't assume the role: ${why}`,
      "The simulation covers the role's policies and its permissions boundary, but not who may assume it, or the bucket's policy and settings.",
    ],
  };
}

const contextType = (key: string) => (key === "aws:SourceIp" ? "ip" : "string");
