import { accessPolicy, foldersOf } from "./access/policy";
import {
  type AccessProfile,
  defaultAccess,
  profiles,
  setsRetention,
  whyNoRetention,
} from "./access/profiles";
import type { KnownConsumer } from "./access/warnings";
import type { Problem } from "./check";
import { keyDefaults } from "./defaults";
import { keyElsewhere, keyStores, partsOfArn } from "./naming";

// Contradictions between values that are valid by themselves, as far as they are known.

/** The arguments of a consumer, and what it needs to know about its bucket. */
interface Consumer extends KnownConsumer {
  readonly keyGeneration?: number | undefined;
  readonly previousKey?: string | undefined;
  readonly expectBackupEvery?: string | undefined;
  readonly expectBackupSize?: string | undefined;
  readonly policyName?: string | undefined;
  readonly groupName?: string | undefined;
  readonly userName?: string | undefined;
  readonly roleName?: string | undefined;
  readonly storeKeyIn?: keyof typeof keyStores | undefined;
  /** Some of it may not be known. */
  readonly trust?: object | undefined;
  readonly versioning?: boolean | undefined;
  readonly bucketName?: string | undefined;
  readonly existingBucket?: string | undefined;
}

interface BucketConsumer extends Consumer {
  readonly bucketArn?: string | undefined;
  readonly kmsKeyArn?: string | undefined;
  readonly maxKeyAgeDays?: number | undefined;
}

interface Bucket {
  readonly adoptedBucket?: boolean | undefined;
  readonly bucketNamespace?: string | undefined;
  readonly versioning?: boolean | undefined;
  readonly encryption?: string | undefined;
  readonly kmsKeyArn?: string | undefined;
  readonly objectLock?: { readonly mode?: string | undefined } | undefined;
  readonly forceDestroy?: boolean | undefined;
  readonly bucketName?: string | undefined;
  readonly accessLogs?: number | undefined;
  readonly existingLogBucket?: string | undefined;
}

interface Target extends Bucket, Consumer {
  readonly maxKeyAgeDays?: number | undefined;
  // In both types; TypeScript needs to see that they agree.
  readonly versioning?: boolean | undefined;
  readonly bucketName?: string | undefined;
  readonly consumers?: Readonly<Record<string, Consumer>> | undefined;
}

const profileOf = ({ access: name = defaultAccess }: Consumer) => {
  const profile: AccessProfile = profiles[name];
  return { name, profile };
};

/** The arguments of a consumer without a target, with those that say where the bucket and its key are. */
export const bucketConsumerContradictions = (args: BucketConsumer): Problem[] => {
  const { bucketArn, kmsKeyArn } = args;
  const elsewhere =
    bucketArn !== undefined && kmsKeyArn !== undefined
      ? keyElsewhere(kmsKeyArn, { partition: partsOfArn(bucketArn).partition })
      : [];
  return [...elsewhere, ...consumerContradictions(args), ...withoutAge([args], args)];
};

/** Whether a consumer has a role, and no key in addition. */
export const hasNoKey = ({
  trust,
  previousKey = keyDefaults.previousKey,
}: Pick<Consumer, "trust" | "previousKey">): boolean => trust !== undefined && previousKey === "none";

/** `maxKeyAgeDays` where it has no effect, because none of these consumers has a key. */
const withoutAge = (
  consumers: readonly Consumer[],
  { maxKeyAgeDays }: { readonly maxKeyAgeDays?: number | undefined },
): Problem[] =>
  maxKeyAgeDays !== undefined && consumers.every(hasNoKey)
    ? [{ name: "maxKeyAgeDays", value: maxKeyAgeDays, ...noKey, fix: "remove maxKeyAgeDays or trust" }]
    : [];

const noKey = { rule: "has no effect with trust: there is a role, and no key" };

/** Arguments that apply to keys only. */
const ofKey = ["keyGeneration", "groupName", "userName", "storeKeyIn"] as const;

/** Within the arguments of a consumer. */
export const consumerContradictions = (args: Consumer): Problem[] => {
  const { name, profile } = profileOf(args);
  const { extraActions = [] } = args;
  const problems: Problem[] = [];
  if (args.prefix !== undefined && profile.noPrefix !== undefined) {
    problems.push({
      name: "prefix",
      value: args.prefix,
      rule: `the access profile ${name} needs the whole bucket: ${profile.noPrefix}`,
      fix: "remove the prefix, or use another access profile, for example read-write",
    });
  }
  if (args.prefix !== undefined && extraActions.includes("s3:ListBucketMultipartUploads")) {
    problems.push({
      name: "extraActions",
      value: "s3:ListBucketMultipartUploads",
      rule: "IAM cannot limit this action to a prefix, so the key would see what others upload",
      fix: "remove the action or the prefix",
    });
  }
  const { prefix, furtherPrefixes = [] } = args;
  if (prefix === undefined && furtherPrefixes.length > 0) {
    problems.push({
      name: "furtherPrefixes",
      value: furtherPrefixes,
      rule: "has no effect without prefix: the key opens the whole bucket",
      fix: "set prefix to one of the folders",
    });
  }
  const folders = foldersOf(args);
  const inside = folders.find((folder, index) =>
    folders.some((other, place) => place !== index && folder.startsWith(other)),
  );
  if (inside !== undefined) {
    problems.push({
      name: "furtherPrefixes",
      value: furtherPrefixes,
      rule: `the folder ${inside} is in the list twice, or in another folder of the key`,
      fix: "remove it",
    });
  }
  if (args.versioning === false && profile.needsVersioning !== undefined) {
    problems.push({
      name: "versioning",
      value: false,
      rule: `the access profile ${name} needs old versions: ${profile.needsVersioning}`,
      // A consumer without a target only describes its bucket.
      fix: `${"bucketArn" in args ? "turn on the bucket's versioning" : "remove versioning"}, or use another access profile, for example read-write`,
    });
  }
  const { keyGeneration = keyDefaults.keyGeneration, previousKey = keyDefaults.previousKey } = args;
  if (args.trust === undefined && keyGeneration === 1 && previousKey !== "none") {
    problems.push({
      name: "previousKey",
      value: previousKey,
      rule: "the first key has no previous key",
      fix: "remove previousKey, or set keyGeneration to 2",
    });
  }
  for (const name of hasNoKey(args) ? ofKey : []) {
    const value = args[name];
    if (value !== undefined) {
      const fix = `remove ${name}, or set previousKey to active to keep the key alongside the role`;
      problems.push({ name, value, ...noKey, fix });
    }
  }
  const { storeKeyIn, userName = "" } = args;
  const unnameable = storeKeyIn && keyStores[storeKeyIn].refused.exec(userName)?.[0];
  if (unnameable !== undefined) {
    problems.push({
      name: "userName",
      value: userName,
      rule: `the stored key is named after the user, and a name in ${storeKeyIn} can't contain ${unnameable}`,
      fix: "use letters, digits, dots, hyphens and underscores only, or remove storeKeyIn",
    });
  }
  if (args.roleName !== undefined && args.trust === undefined) {
    problems.push({
      name: "roleName",
      value: args.roleName,
      rule: "has no effect without trust, which says who may assume the role",
      fix: "set trust, or remove roleName",
    });
  }
  if (args.expectBackupSize !== undefined && args.expectBackupEvery === undefined) {
    problems.push({
      name: "expectBackupSize",
      value: args.expectBackupSize,
      rule: "has no effect without expectBackupEvery, which says how often a backup is expected",
      fix: "set expectBackupEvery, or remove expectBackupSize",
    });
  }
  const size = longestPolicy(args);
  if (problems.length === 0 && size > maximumPolicySize) {
    problems.push({
      name:
        args.furtherPrefixes !== undefined
          ? "furtherPrefixes"
          : args.allowedIpRanges === undefined
            ? "extraActions"
            : "allowedIpRanges",
      rule: `the policy would have ${size} characters, and IAM allows ${maximumPolicySize}`,
      fix: "use fewer and wider ranges, fewer actions, or fewer and shorter prefixes",
    });
  }
  return problems;
};

/** In characters, without white space (IAM and AWS STS quotas). */
const maximumPolicySize = 6_144;

/** The policy's length with the longest possible bucket name and KMS key ARN. */
function longestPolicy(args: Consumer): number {
  const {
    prefix,
    furtherPrefixes,
    allowedIpRanges,
    extraActions,
    bucketName = "",
    existingBucket = "",
  } = args;
  const document = accessPolicy({
    bucketArn: `arn:aws-us-gov:s3:::${"b".repeat(Math.max(63, bucketName.length, existingBucket.length))}`,
    access: profileOf(args).name,
    versioned: true,
    locked: true,
    prefix,
    furtherPrefixes,
    allowedIpRanges,
    extraActions,
    requireTls: true,
    kmsKeyArn: `arn:aws-us-gov:kms:us-isof-south-1:111122223333:key/${"k".repeat(36)}`,
  });
  return JSON.stringify(document).replace(/\s/g, "").length;
}

/** Within the arguments of a bucket. */
export const bucketContradictions = (args: Bucket): Problem[] => {
  const lock = args.objectLock;
  const problems: Problem[] = [];
  if (args.kmsKeyArn !== undefined && args.encryption !== "sse-kms") {
    problems.push({
      name: "kmsKeyArn",
      value: args.kmsKeyArn,
      rule: "the bucket is not encrypted with a KMS key",
      fix: "set encryption to sse-kms, or remove the key",
    });
  }
  if (args.bucketNamespace === "account-regional" && args.adoptedBucket === true) {
    problems.push({
      name: "bucketNamespace",
      value: args.bucketNamespace,
      rule: "an adopted bucket keeps its exact name, so nothing can be appended to the name",
      fix: "remove bucketNamespace",
    });
  }
  if (lock !== undefined && args.versioning === false) {
    problems.push({
      name: "versioning",
      value: false,
      rule: "Object Lock requires versioning",
      fix: "remove versioning or objectLock",
    });
  }
  if (args.existingLogBucket !== undefined && args.accessLogs !== undefined) {
    problems.push({
      name: "accessLogs",
      value: args.accessLogs,
      rule: `has no effect on the existing log bucket ${args.existingLogBucket}, which is not changed and keeps logs as long as its own lifecycle says`,
      fix: "remove accessLogs or existingLogBucket",
    });
  }
  if (args.existingLogBucket !== undefined && args.existingLogBucket === args.bucketName) {
    problems.push({
      name: "existingLogBucket",
      value: args.existingLogBucket,
      rule: "a bucket that logs to itself logs the delivery of each log, without end",
      fix: "use another bucket, or remove existingLogBucket and set accessLogs",
    });
  }
  if (lock?.mode === "compliance" && args.forceDestroy === true) {
    problems.push({
      name: "forceDestroy",
      value: true,
      rule: "in compliance mode nobody can delete locked objects, so a destroy would stop halfway",
      fix: "remove forceDestroy, or set the mode of objectLock to governance",
    });
  }
  return problems;
};

/** Names that must be unique in an account. */
const exactNames = ["policyName", "groupName", "userName", "roleName"] as const;

/** Within the arguments of a target: its bucket's, its consumers', and between them. */
export const bucketAndConsumerContradictions = (args: Target): Problem[] => {
  const { existingBucket, bucketName, objectLock, versioning } = args;
  const further = Object.entries(args.consumers ?? {});
  const consumers = [
    { at: "", of: args, ...profileOf(args), problems: consumerContradictions(args) },
    ...further.map(([name, access]) => {
      const of: Consumer = { ...access, versioning, bucketName, existingBucket };
      return { at: `consumers.${name}.`, of, ...profileOf(of), problems: consumerContradictions(of) };
    }),
  ];
  const problems = withoutAge(
    consumers.map(({ of }) => of),
    args,
  );
  const taken = new Set<string>();
  if (existingBucket === undefined) {
    problems.push(...bucketContradictions(args));
  }
  for (const { at, of, problems: own, name, profile } of consumers) {
    problems.push(...own.map((problem) => ({ ...problem, name: `${at}${problem.name}` })));
    const noRetention = objectLock?.mode === undefined ? undefined : whyNoRetention(profile);
    if (noRetention !== undefined) {
      problems.push({
        name: `${at}access`,
        value: name,
        rule: `this access profile cannot work with a default retention: ${noRetention}`,
        fix: `${setsRetention(profile) ? 'set objectLock to {"enabled": true}' : "remove objectLock"}, or use another access profile, for example read-write`,
      });
    }
    for (const kind of exactNames) {
      const exact = of[kind];
      if (exact === undefined) {
        continue;
      }
      const inIam = `${kind} ${exact.toLowerCase()}`;
      if (taken.has(inIam)) {
        problems.push({
          name: `${at}${kind}`,
          value: exact,
          rule: "another consumer already has this name (IAM ignores case)",
          fix: "choose another name, or remove it",
        });
      }
      taken.add(inIam);
    }
  }
  return problems;
};

/**
 * What cannot be set for an existing bucket.
 *
 * @param settings the names of the arguments that would change it
 */
export const existingBucketContradictions = (
  args: { readonly existingBucket?: string | undefined },
  settings: readonly string[],
): Problem[] =>
  Object.entries(args.existingBucket === undefined ? {} : args)
    .filter(([name, value]) => value !== undefined && settings.includes(name))
    .map(([name, value]) => ({
      name,
      value,
      rule: `has no effect on the existing bucket ${args.existingBucket}, which is not changed`,
      fix: `remove ${name} or existingBucket`,
    }));
