import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { withSlash } from "./access/checks";
import { accessPolicy } from "./access/policy";
import { defaultAccess } from "./access/profiles";
import { warnOfActions, warnOfRanges } from "./access/warnings";
import { checkArgs, refuse, warn, whenKnown } from "./checkArgs";
import { commandLine, packageName } from "./commandLine";
import { isConfigured } from "./configuredArgs";
import { bucketConsumerContradictions, hasNoKey } from "./conflicts";
import { type BackupConsumerArgs, type ConsumerState, consumerChecks } from "./consumerArgs";
import { bucketDefaults, keyDefaults } from "./defaults";
import { hideSecretsInDebugLog } from "./hideSecretsInDebugLog";
import { ageInDays, describeOldKey } from "./keyAge";
import { warnOfKeysThatGo } from "./keysThatGo";
import { keyElsewhere, namesFor, partsOfArn } from "./naming";
import { storeKey } from "./storedKey";
import { providerElsewhere, trustPolicy, withoutExternalId } from "./trust";

/** The outputs of a consumer. */
export interface ConsumerOutputs {
  /** The access key's ID; none with `trust`. */
  readonly accessKeyId?: pulumi.Output<string>;
  /**
   * The access key's secret, as a Pulumi secret; empty for an adopted key, because AWS shows a secret only once; none with
   * `trust`.
   */
  readonly secretAccessKey?: pulumi.Output<string>;
  /** The ID of the previous key, while there is one. */
  readonly previousAccessKeyId?: pulumi.Output<string>;
  /** With `storeKeyIn`: the ARN of the parameter or the secret. */
  readonly storedKeyArn?: pulumi.Output<string>;
  /** The user's name; none with `trust`. */
  readonly userName?: pulumi.Output<string>;
  /** The user's ARN; none with `trust`. */
  readonly userArn?: pulumi.Output<string>;
  /** The group's name; none with `trust`. */
  readonly groupName?: pulumi.Output<string>;
  /** With `trust`: the role's ARN. */
  readonly roleArn?: pulumi.Output<string>;
  /** With `trust` in an account: the external ID that it must pass to assume the role. It isn't a secret. */
  readonly externalId?: pulumi.Output<string>;
  /** The policy's ARN. */
  readonly policyArn: pulumi.Output<string>;
}

/**
 * One consumer's access to a bucket: an IAM user with only the permissions of its access profile, and its access key; or, with
 * `trust`, a role.
 *
 * ```ts
 * const consumer = new BackupConsumer("db1", { bucketArn: bucket.arn, access: "restic", prefix: "db1" });
 * ```
 */
export class BackupConsumer extends pulumi.ComponentResource implements ConsumerOutputs {
  readonly accessKeyId?: pulumi.Output<string>;
  readonly secretAccessKey?: pulumi.Output<string>;
  readonly previousAccessKeyId?: pulumi.Output<string>;
  readonly storedKeyArn?: pulumi.Output<string>;
  readonly userName?: pulumi.Output<string>;
  readonly userArn?: pulumi.Output<string>;
  readonly groupName?: pulumi.Output<string>;
  readonly roleArn?: pulumi.Output<string>;
  readonly externalId?: pulumi.Output<string>;
  readonly policyArn: pulumi.Output<string>;
  /** The user itself, to attach a further policy to; none with `trust`. */
  readonly user: iam.User | undefined;
  /** With `trust`: the role itself, to attach a further policy to. */
  readonly role: iam.Role | undefined;
  /** The policy itself, to attach to other identities too. */
  readonly policy: iam.Policy;

  /**
   * @param name the consumer's name; the policy, the group and the user, or the role, are named after it
   * @param args the bucket, and what differs from the defaults
   * @param opts the usual options of a component
   * @throws a `pulumi.ResourceError` that names every invalid argument
   */
  constructor(name: string, args: BackupConsumerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("s3-backup-target:index:BackupConsumer", name, {}, opts);
    const {
      bucketArn,
      access = defaultAccess,
      prefix,
      furtherPrefixes,
      allowedIpRanges,
      extraActions,
      trust,
      permissionsBoundary,
      keyGeneration = keyDefaults.keyGeneration,
      previousKey = keyDefaults.previousKey,
      storeKeyIn,
      maxKeyAgeDays = keyDefaults.maxKeyAgeDays,
      expectBackupEvery,
      expectBackupSize,
      path,
      versioning = bucketDefaults.versioning,
      objectLock = false,
      requireTls,
      kmsKeyArn,
      policyName,
      groupName,
      userName,
      roleName,
      tags,
    } = checkArgs(args, consumerChecks, bucketConsumerContradictions, this);

    const document = pulumi
      .output({
        ...{ bucketArn, versioned: versioning, locked: objectLock },
        ...{ prefix, furtherPrefixes, allowedIpRanges, kmsKeyArn },
      })
      .apply((known) => {
        const { partition } = partsOfArn(known.bucketArn);
        refuse(known.kmsKeyArn === undefined ? [] : keyElsewhere(known.kmsKeyArn, { partition }), this);
        return accessPolicy({
          ...known,
          access,
          extraActions,
          requireTls,
        });
      });
    warn(this, ...warnOfActions(name, { access, extraActions }));
    if (allowedIpRanges !== undefined) {
      whenKnown(allowedIpRanges, (ranges) => warn(this, ...warnOfRanges(name, ranges)));
    }
    const policy = new iam.Policy(
      namesFor.policy(name),
      { name: policyName, path, policy: document.apply((policy) => JSON.stringify(policy)), tags },
      { parent: this },
    );

    this.policy = policy;
    this.policyArn = policy.arn;

    if (trust !== undefined) {
      const { accountId, externalId } = trust;
      // The engine generates it once, at random; it isn't known in a preview (Pulumi's pkg/resource/deploy/builtins.go).
      const made =
        accountId !== undefined && externalId === undefined
          ? new pulumi.Stash(`${name}ExternalId`, { input: "its ID is the external ID" }, { parent: this }).id
          : undefined;
      const known = pulumi.output({
        bucketArn,
        policyArn: policy.arn,
        who: { ...trust, externalId: externalId ?? made },
      });
      const role = new iam.Role(
        namesFor.role(name),
        {
          name: roleName,
          path,
          permissionsBoundary,
          assumeRolePolicy: known.apply(async ({ bucketArn: bucketAt, policyArn, who }) => {
            const own =
              who.externalId === "" ? (await getCallerIdentity({}, { parent: this })).accountId : "";
            refuse([...withoutExternalId(who, own), ...providerElsewhere(who, policyArn)], this);
            return JSON.stringify(trustPolicy(partsOfArn(bucketAt).partition, who));
          }),
          // A policy that someone attached to the role by hand, as revoke does, must not block a destroy.
          forceDetachPolicies: true,
          tags,
        },
        { parent: this },
      );
      new iam.RolePolicyAttachment(
        `${name}RolePolicyAttachment`,
        { role: role.name, policyArn: policy.arn },
        { parent: this },
      );
      this.role = role;
      this.roleArn = role.arn;
      if (accountId !== undefined && externalId !== "") {
        this.externalId = known.apply(({ who }) => who.externalId ?? "");
      }
    }

    if (hasNoKey({ trust, previousKey })) {
      warnOfKeysThatGo(name, this);
    } else {
      // The provider would rename a group or a user in place, and then look for a user's old key under the old name, not
      // find it, and leave it working.
      const group = new iam.Group(
        namesFor.group(name),
        { name: groupName, path },
        { parent: this, replaceOnChanges: ["name"] },
      );

      new iam.GroupPolicyAttachment(
        `${name}GroupPolicyAttachment`,
        { group: group.name, policyArn: policy.arn },
        { parent: this },
      );

      // A key that someone created for the user by hand must not block a destroy; no data depends on it.
      const user = new iam.User(
        namesFor.user(name),
        { name: userName, path, permissionsBoundary, forceDestroy: true, tags },
        { parent: this, replaceOnChanges: ["name"] },
      );

      new iam.UserGroupMembership(
        `${name}UserGroupMembership`,
        { user: user.name, groups: [group.name] },
        { parent: this },
      );

      hideSecretsInDebugLog();

      // One slot for odd generations, one for even ones. AWS allows a user two keys: so a new key can exist alongside the
      // previous one, and a third waits until its slot is free.
      const keyOf = (generation: number, isInactive: boolean) =>
        new iam.AccessKey(
          namesFor.accessKey(name, generation),
          { user: user.name, status: isInactive ? "Inactive" : undefined },
          {
            parent: this,
            // Replaces an earlier generation in the slot. (A key from before generations existed has no trigger, and the engine
            // then replaces nothing.)
            replacementTrigger: generation,
            deleteBeforeReplace: true,
          },
        );
      // With a role, this is the key that the role replaces.
      const accessKey = keyOf(keyGeneration, trust !== undefined && previousKey === "inactive");
      if (trust === undefined && previousKey !== "none") {
        this.previousAccessKeyId = keyOf(keyGeneration - 1, previousKey === "inactive").id;
      }
      if (storeKeyIn !== undefined) {
        const stored = { user, accessKey, bucketArn, prefix, tags };
        this.storedKeyArn = storeKey(name, storeKeyIn, stored, this);
      }
      pulumi.all([accessKey.id, accessKey.createDate]).apply(([id, createDate]) => {
        const days = ageInDays(new Date(createDate));
        if (days > maxKeyAgeDays) {
          const which = ["--stack", pulumi.getStack(), "--consumer", name];
          const rotate =
            trust === undefined
              ? commandLine(pulumi.getProject() === packageName, "rotate", ...which)
              : undefined;
          pulumi.log.warn(describeOldKey(name, id, days, maxKeyAgeDays, rotate), this);
        }
      });

      this.accessKeyId = accessKey.id;
      this.secretAccessKey = pulumi.secret(
        accessKey.secret.apply((secret: string | undefined) => secret ?? ""),
      );
      this.userName = user.name;
      this.userArn = user.arn;
      this.groupName = group.name;
      this.user = user;
    }

    const settings: pulumi.Inputs & Record<keyof ConsumerState, unknown> = {
      bucketArn,
      access,
      prefix: pulumi.output(prefix).apply((folder) => (folder ? withSlash(folder) : "")),
      furtherPrefixes:
        furtherPrefixes && pulumi.output(furtherPrefixes).apply((folders) => folders.map(withSlash)),
      extraActions: extraActions ?? [],
      allowedIpRanges: pulumi.output(allowedIpRanges).apply((ranges) => ranges ?? []),
      versioned: versioning,
      locked: objectLock,
      keyGeneration,
      previousKey,
      maxKeyAgeDays,
      expectBackupEvery,
      expectBackupSize,
      configured: isConfigured(args),
    };
    this.registerOutputs({ ...consumerOutputs(this), settings });
  }
}

/** The outputs alone, without the members of ComponentResource. */
export function consumerOutputs(consumer: ConsumerOutputs): ConsumerOutputs {
  const { accessKeyId, secretAccessKey, previousAccessKeyId, storedKeyArn, policyArn } = consumer;
  const { userName, userArn, groupName, roleArn, externalId } = consumer;
  // Pulumi would warn about an undefined output.
  return {
    ...(accessKeyId && { accessKeyId }),
    ...(secretAccessKey && { secretAccessKey }),
    ...(previousAccessKeyId && { previousAccessKeyId }),
    ...(storedKeyArn && { storedKeyArn }),
    ...(userName && { userName }),
    ...(userArn && { userArn }),
    ...(groupName && { groupName }),
    ...(roleArn && { roleArn }),
    ...(externalId && { externalId }),
    policyArn,
  };
}
