// The decisions, made by IAM's rules in @cloud-copilot/iam-simulate.
import {
  createValidatedPolicy,
  validateIdentityPolicy,
  validateResourcePolicy,
} from "@cloud-copilot/iam-policy";
import { runSimulation, runUnsafeSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { denyPlainHttp } from "../../components/access/denyPlainHttp";
import { accessPolicy } from "../../components/access/policy";
import type { Caller, Variant } from "./expected";
import { account, bucketArn, keyArn, type Request, userArn } from "./requests";

/** IPv4 and IPv6, as a consumer's callers come from either. */
export const ipRanges = ["192.0.2.0/24", "2001:db8:0:1::/64"];

/** The policy of the consumer. */
export function consumerPolicy(variant: Variant, extraActions?: readonly string[]) {
  return accessPolicy({
    bucketArn,
    access: variant.access,
    versioned: variant.versioned,
    locked: variant.locked,
    requireTls: variant.existingBucket,
    ...(variant.prefix !== undefined && { prefix: variant.prefix }),
    ...(variant.ipRanges && { allowedIpRanges: ipRanges }),
    ...(variant.kms && { kmsKeyArn: keyArn }),
    ...(extraActions !== undefined && { extraActions }),
  });
}

/** A policy that the simulator need not check again at every decision. */
function checked(name: string, document: unknown, check: typeof validateIdentityPolicy) {
  const policy = createValidatedPolicy(document, check, { name });
  if (policy.errors.length > 0) {
    throw new Error(`IAM would not take the policy "${name}": ${JSON.stringify(policy.errors)}`);
  }
  return policy;
}

const bucketPolicy = checked("bucket", denyPlainHttp(bucketArn), validateResourcePolicy);

/** What AWS gives a key, and we too: who may use it is up to the policies of the account. */
const keyPolicy = checked(
  "key",
  {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  },
  validateResourcePolicy,
);

/** What is tried against a consumer's policy. */
export function simulationOf(
  variant: Variant,
  document: unknown,
): (caller: Caller, request: Request) => Simulation {
  const identity = { name: "consumer", policy: checked("consumer", document, validateIdentityPolicy) };
  return (caller, { action, resource, context }) => ({
    request: {
      principal: userArn,
      action,
      resource: { resource, accountId: account },
      contextVariables: {
        "aws:SecureTransport": String(caller.tls),
        "aws:SourceIp": caller.address,
        ...context,
      },
    },
    identityPolicies: [identity],
    resourcePolicy: resource.startsWith("arn:aws:kms:")
      ? keyPolicy
      : resource.startsWith("arn:aws:s3:") && !variant.existingBucket
        ? bucketPolicy
        : undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  });
}

/** The decision, with every part of the request checked first. */
export async function checkedDecision(simulation: Simulation): Promise<boolean> {
  const result = await runSimulation(simulation, {});
  if (result.resultType === "error") {
    throw new Error(`${JSON.stringify(simulation.request)}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult === "Allowed";
}

/** The decision, several times as fast. It would take a policy for one resource as one for "*", so those are left out. */
export async function decision(simulation: Simulation): Promise<boolean> {
  return simulation.request.resource.resource === "*"
    ? checkedDecision(simulation)
    : runUnsafeSimulation(simulation, {}) === "Allowed";
}

/**
 * String.localeCompare with options makes a collator for every comparison, and the simulator makes so many that it would
 * be half of its time. With one collator for all of them the answers are the same. Returns what undoes it.
 */
export function shareCollator(): () => void {
  const original = String.prototype.localeCompare;
  const collators = new Map<unknown, Intl.Collator>();
  String.prototype.localeCompare = function (
    other: string,
    locales?: Intl.LocalesArgument,
    options?: Intl.CollatorOptions,
  ) {
    const collator = collators.get(options) ?? new Intl.Collator(locales, options);
    collators.set(options, collator);
    return collator.compare(String(this), other);
  };
  return () => {
    String.prototype.localeCompare = original;
  };
}
