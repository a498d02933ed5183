import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { type AccessProfile, defaultAccess, profiles } from "./access/profiles";
import { warnOfOverlaps } from "./access/warnings";
import { BackupBucket, type BackupBucketArgs, bucketChecks, keyOf } from "./backupBucket";
import {
  BackupConsumer,
  type ConsumerAccessArgs,
  type ConsumerOutputs,
  consumerAccessChecks,
  outputsOf,
} from "./backupConsumer";
import {
  atOnce,
  type Checks,
  checkAfter,
  checkArgs,
  checkDays,
  type Finding,
  fixName,
  ownCheck,
  type Problem,
  refuse,
  take,
  warn,
  whenKnown,
} from "./check";
import { isConfigured, markConfigured } from "./configuredArgs";
import { targetContradictions } from "./conflicts";
import { twinOf } from "./lineage";
import { checkConsumer, checkExistingBucketName, warnOfBucketName } from "./naming";

/** What a {@link BackupTarget} can be told: all that its bucket and its consumer can be told, and nothing is required. */
export interface BackupTargetArgs extends Omit<BackupBucketArgs, "objectOwnership">, ConsumerAccessArgs {
  /**
   * The name of a bucket that is already there, to be served as it is: nothing is changed of it. The consumers are refused
   * plain HTTP by their own policies then.
   *
   * @default - a bucket that we make
   */
  readonly existingBucket?: string | undefined;

  /**
   * Further consumers of the same bucket, by their names. Each gets a policy, a group, a user and a key of its own.
   *
   * @default - none
   */
  readonly consumers?: Readonly<Record<string, ConsumerAccessArgs>> | undefined;

  /**
   * From which age on, in days, each update says in one line that a consumer's key should be rotated.
   *
   * @default 90
   */
  readonly maxKeyAgeDays?: number | undefined;
}

/** Each setting of each consumer as it is meant. */
function readConsumers(value: unknown): unknown {
  const isMap = (one: unknown): one is object =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  const read = (argument: string, given: unknown) => {
    const check = ownCheck<keyof ConsumerAccessArgs>(consumerAccessChecks, argument);
    const isKnown = check !== undefined && given !== undefined && !pulumi.Output.isInstance(given);
    return isKnown ? take(argument, given, check).taken : given;
  };
  const entries = (one: object, convert: (name: string, part: unknown) => unknown) =>
    Object.fromEntries(Object.entries(one).map(([name, part]) => [name, convert(name, part)]));
  return isMap(value)
    ? entries(value, (_, consumer) => (isMap(consumer) ? entries(consumer, read) : consumer))
    : value;
}

const checkConsumers = checkAfter(readConsumers, (value): Finding[] => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [
      { rule: "it maps consumers' names to what each may do", fix: 'write {"db2": {"access": "restic"}}' },
    ];
  }
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const [name, access] of Object.entries(value)) {
    findings.push(...checkConsumer(name).map((finding) => ({ ...finding, at: name, value: name })));
    if (seen.has(name.toLowerCase())) {
      findings.push({
        at: name,
        value: name,
        rule: "IAM does not tell names apart that differ in case alone",
        fix: "rename one of the two consumers",
      });
    }
    seen.add(name.toLowerCase());
    if (typeof access !== "object" || access === null || Array.isArray(access)) {
      const rule = "a consumer is a map of its settings";
      findings.push({ at: name, value: access, rule, fix: 'write {"access": "restic"}' });
      continue;
    }
    for (const [argument, given] of Object.entries(access)) {
      const at = `${name}.${argument}`;
      const check = ownCheck<keyof ConsumerAccessArgs>(consumerAccessChecks, argument);
      if (check === undefined) {
        const fix = fixName(argument, Object.keys(consumerAccessChecks));
        // Without the value, which may be anything, a secret too.
        findings.push({ at, value: undefined, rule: "a consumer has no such setting", fix });
      } else if (given !== undefined && !pulumi.Output.isInstance(given)) {
        findings.push(
          ...check(given).map(({ at: place, ...finding }) => ({
            value: given,
            ...finding,
            at: place === undefined ? at : `${at}.${place}`,
          })),
        );
      }
    }
  }
  return findings;
});

const { objectOwnership: _derived, ...checksOfBucket } = bucketChecks;

/** How each argument of a {@link BackupTarget} is checked. */
export const targetChecks = {
  ...checksOfBucket,
  ...consumerAccessChecks,
  existingBucket: atOnce(checkExistingBucketName),
  consumers: Object.assign(atOnce(checkConsumers), { each: consumerAccessChecks }),
  maxKeyAgeDays: atOnce(checkDays),
} satisfies Checks<BackupTargetArgs>;

/**
 * A bucket and a key that opens nothing else: what a backup service asks for.
 *
 * ```ts
 * const target = new BackupTarget("mLab");
 * export const { accessKeyId, secretAccessKey, bucketName, region } = target;
 * ```
 */
export class BackupTarget extends pulumi.ComponentResource {
  /** The access key's ID. */
  readonly accessKeyId: pulumi.Output<string>;
  /** The access key's secret, as a Pulumi secret; empty for a key that was adopted, whose secret AWS does not tell. */
  readonly secretAccessKey: pulumi.Output<string>;
  /** The ID of the key before it, while there is one. */
  readonly previousAccessKeyId?: pulumi.Output<string>;
  /** The bucket's name. */
  readonly bucketName: pulumi.Output<string>;
  /** The bucket's ARN. */
  readonly bucketArn: pulumi.Output<string>;
  /** The region that the bucket is in. */
  readonly region: pulumi.Output<string>;
  /** The user's name. */
  readonly userName: pulumi.Output<string>;
  /** The user's ARN. */
  readonly userArn: pulumi.Output<string>;
  /** The group's name. */
  readonly groupName: pulumi.Output<string>;
  /** The policy's ARN. */
  readonly policyArn: pulumi.Output<string>;
  /** The ARN of the KMS key that the bucket encrypts by, where it does. */
  readonly kmsKeyArn: pulumi.Output<string> | undefined;
  /** The bucket's component, with the bucket itself; undefined for a bucket that is already there. */
  readonly bucket: BackupBucket | undefined;
  /** The consumer's component, with its user and its policy. */
  readonly consumer: BackupConsumer;
  /** The keys of the further consumers, by their names; empty where there are none. */
  readonly consumers: Readonly<Record<string, ConsumerOutputs>>;

  /**
   * @param name the consumer's name; everything is named after it
   * @param args what differs from the defaults
   * @param opts the usual options of a component
   * @throws a `pulumi.ResourceError` that names every argument which cannot be used
   */
  constructor(name: string, args: BackupTargetArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("s3-backup-target:index:BackupTarget", name, {}, opts);
    // The children check their own arguments too; here it is for one error about all of them, before there is any.
    const {
      access,
      prefix,
      allowedIpRanges,
      extraActions,
      permissionsBoundary,
      keyGeneration,
      previousKey,
      maxKeyAgeDays,
      path,
      policyName,
      groupName,
      userName,
      existingBucket,
      consumers: further = {},
      ...bucketArgs
    } = checkArgs(args, targetChecks, targetContradictions, this);
    const { tags } = bucketArgs;
    const twin = existingBucket === undefined ? undefined : twinOf(this, existingBucket);
    if (twin !== undefined) {
      const problem: Problem = {
        name: "existingBucket",
        value: existingBucket,
        rule: `the target "${twin}" of this program serves this bucket already, and both would read it under the same URN`,
        fix: `add "${name}" to the consumers of "${twin}"`,
      };
      refuse([problem], this);
    }

    const profilesInUse = [access, ...Object.values(further).map((consumer) => consumer.access)].map(
      (used): AccessProfile => profiles[used ?? defaultAccess],
    );
    const bucket =
      existingBucket === undefined
        ? new BackupBucket(
            name,
            {
              ...bucketArgs,
              objectOwnership: profilesInUse.some(({ usesAcls }) => usesAcls)
                ? "BucketOwnerPreferred"
                : "BucketOwnerEnforced",
            },
            { parent: this },
          )
        : lookUp(existingBucket, bucketArgs.kmsKeyArn, this);
    this.bucket = bucket instanceof BackupBucket ? bucket : undefined;
    if (existingBucket !== undefined) {
      warn(this, warnOfBucketName(existingBucket));
    }
    const all = Object.entries<ConsumerAccessArgs>({ [name]: { access, prefix, extraActions }, ...further });
    whenKnown(
      // No other arguments, because it waits until all of these are known.
      Object.fromEntries(
        all.map(([of, one]) => [
          of,
          { access: one.access, prefix: one.prefix, extraActions: one.extraActions },
        ]),
      ),
      (known) => warn(this, ...warnOfOverlaps(known)),
    );

    const mark = isConfigured(args) ? markConfigured : <T>(unmarked: T): T => unmarked;
    const consumerOf = (consumerName: string, consumerArgs: ConsumerAccessArgs) =>
      new BackupConsumer(
        consumerName,
        mark({
          ...consumerArgs,
          bucketArn: bucket.bucketArn,
          versioning: "versioning" in bucket ? bucket.versioning : bucketArgs.versioning,
          requireTls: existingBucket !== undefined,
          kmsKeyArn: bucket.kmsKeyArn,
          maxKeyAgeDays,
          tags,
        }),
        { parent: this },
      );
    const consumer = consumerOf(name, {
      access,
      prefix,
      allowedIpRanges,
      extraActions,
      permissionsBoundary,
      keyGeneration,
      previousKey,
      path,
      policyName,
      groupName,
      userName,
    });
    this.consumers = Object.fromEntries(
      Object.entries(further).map(([consumerName, consumerArgs]) => [
        consumerName,
        outputsOf(consumerOf(consumerName, consumerArgs)),
      ]),
    );

    this.consumer = consumer;
    this.accessKeyId = consumer.accessKeyId;
    this.secretAccessKey = consumer.secretAccessKey;
    if (consumer.previousAccessKeyId !== undefined) {
      this.previousAccessKeyId = consumer.previousAccessKeyId;
    }
    this.bucketName = bucket.bucketName;
    this.bucketArn = bucket.bucketArn;
    this.region = bucket.region;
    this.userName = consumer.userName;
    this.userArn = consumer.userArn;
    this.groupName = consumer.groupName;
    this.policyArn = consumer.policyArn;
    this.kmsKeyArn = bucket.kmsKeyArn;
    this.registerOutputs({
      ...outputsOf(consumer),
      bucketName: this.bucketName,
      bucketArn: this.bucketArn,
      region: this.region,
      kmsKeyArn: this.kmsKeyArn,
    });
  }
}

/** What the consumers have to know of a bucket that somebody else looks after. */
function lookUp(name: string, kmsKeyArn: BackupBucketArgs["kmsKeyArn"], parent: pulumi.Resource) {
  const bucket = s3.Bucket.get(name, name, undefined, { parent });
  return {
    bucketName: bucket.bucket,
    bucketArn: bucket.arn,
    region: bucket.region,
    versioning: bucket.versioning.apply((versioning) => versioning?.enabled === true),
    kmsKeyArn: keyOf(bucket, kmsKeyArn, parent),
  };
}
