import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { type AccessProfile, defaultAccess, profiles } from "./access/profiles";
import { warnOfOverlaps, warnOfUnusedLock } from "./access/warnings";
import { BackupBucket, keyOf } from "./backupBucket";
import { BackupConsumer, type ConsumerOutputs, consumerOutputs } from "./backupConsumer";
import type { BackupBucketArgs } from "./bucketArgs";
import type { Problem } from "./check";
import { checkArgs, refuse, warn, whenKnown } from "./checkArgs";
import { isConfigured, markConfigured } from "./configuredArgs";
import { hasNoKey } from "./conflicts";
import { type ConsumerAccessArgs, consumerAccessChecks } from "./consumerArgs";
import { twinOf } from "./lineage";
import { warnOfBucketName } from "./naming";
import { type BackupTargetArgs, checksOfBucket, targetChecks, targetContradictions } from "./targetArgs";

/**
 * A bucket and a key that opens nothing else: what a backup service asks for.
 *
 * ```ts
 * const target = new BackupTarget("mLab");
 * export const { accessKeyId, secretAccessKey, bucketName, region } = target;
 * ```
 */
export class BackupTarget extends pulumi.ComponentResource implements ConsumerOutputs {
  readonly accessKeyId?: pulumi.Output<string>;
  readonly secretAccessKey?: pulumi.Output<string>;
  readonly previousAccessKeyId?: pulumi.Output<string>;
  /** The bucket's name. */
  readonly bucketName: pulumi.Output<string>;
  /** The bucket's ARN. */
  readonly bucketArn: pulumi.Output<string>;
  /** The bucket's region. */
  readonly region: pulumi.Output<string>;
  readonly storedKeyArn?: pulumi.Output<string>;
  readonly userName?: pulumi.Output<string>;
  readonly userArn?: pulumi.Output<string>;
  readonly groupName?: pulumi.Output<string>;
  readonly roleArn?: pulumi.Output<string>;
  readonly externalId?: pulumi.Output<string>;
  readonly policyArn: pulumi.Output<string>;
  /** The ARN of the KMS key that the bucket encrypts with, if it does. */
  readonly kmsKeyArn: pulumi.Output<string> | undefined;
  /** The name of the bucket that the access logs go to, if there are any. */
  readonly logBucketName: pulumi.Output<string> | undefined;
  /** The bucket's component, with the bucket itself; undefined for an existing bucket. */
  readonly bucket: BackupBucket | undefined;
  /** The consumer's component, with its user or its role, and its policy. */
  readonly consumer: BackupConsumer;
  /** The keys or roles of the additional consumers, by name; empty if there are none. */
  readonly consumers: Readonly<Record<string, ConsumerOutputs>>;

  /**
   * @param name the consumer's name; everything is named after it
   * @param args what differs from the defaults
   * @param opts the usual options of a component
   * @throws a `pulumi.ResourceError` that names every invalid argument
   */
  constructor(name: string, args: BackupTargetArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("s3-backup-target:index:BackupTarget", name, {}, opts);
    // The children check their own arguments too; this gives one error about all of them, before any child exists.
    const checked = checkArgs(args, targetChecks, targetContradictions, this);
    const { existingBucket, consumers: further = {}, maxKeyAgeDays, tags } = checked;
    const bucketArgs = pick(checked, checksOfBucket);
    const ownAccess = pick(checked, consumerAccessChecks);
    const twin = existingBucket === undefined ? undefined : twinOf(this, existingBucket);
    if (twin !== undefined) {
      const problem: Problem = {
        name: "existingBucket",
        value: existingBucket,
        rule: `the target "${twin}" of this program already uses this bucket, and both would have the same URN`,
        fix: `add "${name}" to the consumers of "${twin}"`,
      };
      refuse([problem], this);
    }

    const profilesInUse = [ownAccess, ...Object.values(further)].map(
      ({ access: used }): AccessProfile => profiles[used ?? defaultAccess],
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
    const all = Object.entries<ConsumerAccessArgs>({ [name]: ownAccess, ...further });
    whenKnown(
      // Only these arguments, because it waits until all of them are known.
      Object.fromEntries(
        all.map(([of, one]) => [
          of,
          {
            ...{ access: one.access, extraActions: one.extraActions },
            ...{ prefix: one.prefix, furtherPrefixes: one.furtherPrefixes },
          },
        ]),
      ),
      (known) => warn(this, ...warnOfOverlaps(known)),
    );

    if (bucketArgs.objectLock !== undefined && bucketArgs.objectLock.mode === undefined) {
      warn(this, warnOfUnusedLock(all.map(([, one]) => one)));
    }

    const mark = isConfigured(args) ? markConfigured : <T>(unmarked: T): T => unmarked;
    const consumerOf = (consumerName: string, consumerArgs: ConsumerAccessArgs) =>
      new BackupConsumer(
        consumerName,
        mark({
          ...consumerArgs,
          bucketArn: bucket.bucketArn,
          versioning: "versioning" in bucket ? bucket.versioning : bucketArgs.versioning,
          objectLock: "objectLock" in bucket ? bucket.objectLock : bucketArgs.objectLock !== undefined,
          requireTls: existingBucket !== undefined,
          kmsKeyArn: bucket.kmsKeyArn,
          maxKeyAgeDays: hasNoKey(consumerArgs) ? undefined : maxKeyAgeDays,
          tags,
        }),
        { parent: this },
      );
    const consumer = consumerOf(name, ownAccess);
    this.consumers = Object.fromEntries(
      Object.entries(further).map(([consumerName, consumerArgs]) => [
        consumerName,
        consumerOutputs(consumerOf(consumerName, consumerArgs)),
      ]),
    );

    this.consumer = consumer;
    Object.assign(this, consumerOutputs(consumer));
    this.policyArn = consumer.policyArn;
    this.bucketName = bucket.bucketName;
    this.bucketArn = bucket.bucketArn;
    this.region = bucket.region;
    this.kmsKeyArn = bucket.kmsKeyArn;
    this.logBucketName = "logBucketName" in bucket ? bucket.logBucketName : undefined;
    this.registerOutputs({
      ...consumerOutputs(consumer),
      bucketName: this.bucketName,
      bucketArn: this.bucketArn,
      region: this.region,
      kmsKeyArn: this.kmsKeyArn,
      logBucketName: this.logBucketName,
    });
  }
}

/** The arguments with these names. */
function pick<Args extends object, Name extends keyof Args>(
  args: Args,
  names: Readonly<Record<Name, unknown>>,
): Pick<Args, Name> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => Object.hasOwn(names, name))) as Pick<
    Args,
    Name
  >;
}

/** What a stack exports of a {@link BackupTarget}: see {@link outputsOf}. */
export type TargetOutputs = ConsumerOutputs &
  Pick<BackupTarget, "bucketName" | "bucketArn" | "region"> &
  Partial<Pick<BackupTarget, "logBucketName" | "consumers">>;

/**
 * The outputs of a target, as a stack exports them. Undefined ones, such as `previousAccessKeyId` before the first rotation, are
 * left out, because Pulumi would warn about them.
 *
 * ```ts
 * export = outputsOf(new BackupTarget("mLab"));
 * ```
 *
 * @param target the target whose outputs the stack exports
 */
export function outputsOf(target: BackupTarget): TargetOutputs {
  const { consumer, bucketName, bucketArn, region, logBucketName, consumers } = target;
  return {
    ...consumerOutputs(consumer),
    bucketName,
    bucketArn,
    region,
    ...(logBucketName !== undefined && { logBucketName }),
    ...(Object.keys(consumers).length > 0 && { consumers }),
  };
}

/** What the consumers need to know about a bucket that the stack doesn't manage. */
function lookUp(name: string, kmsKeyArn: BackupBucketArgs["kmsKeyArn"], parent: pulumi.Resource) {
  const bucket = s3.Bucket.get(name, name, undefined, { parent });
  return {
    bucketName: bucket.bucket,
    bucketArn: bucket.arn,
    region: bucket.region,
    versioning: bucket.versioning.apply((versioning) => versioning?.enabled === true),
    objectLock: bucket.objectLockEnabled.apply((enabled: boolean | undefined) => enabled === true),
    kmsKeyArn: keyOf(bucket, kmsKeyArn, parent),
  };
}
