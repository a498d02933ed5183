import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import {
  checkAccess,
  checkExtraActions,
  checkFurtherPrefixes,
  checkPrefix,
  withSlash,
} from "./access/checks";
import { checkIpRanges } from "./access/ipRanges";
import { accessPolicy } from "./access/policy";
import { type AccessName, defaultAccess } from "./access/profiles";
import { warnOfActions, warnOfRanges } from "./access/warnings";
import {
  atOnce,
  type Check,
  type Checks,
  checkAfter,
  checkArgs,
  checkBoolean,
  checkDays,
  checkOneOf,
  checkString,
  checkTags,
  refuse,
  warn,
  whenKnown,
} from "./check";
import { commandLine, packageName } from "./commandLine";
import { isConfigured } from "./configuredArgs";
import { bucketConsumerContradictions, hasNoKey } from "./conflicts";
import { bucketDefaults, keyDefaults } from "./defaults";
import { checkDuration, checkSize } from "./expectedBackup";
import { hideSecretsInDebugLog } from "./hideSecretsInDebugLog";
import { ageInDays, describeOldKey } from "./keyAge";
import { warnOfKeysThatGo } from "./keysThatGo";
import {
  checkGroupName,
  checkKeyArn,
  checkPath,
  checkPolicyArn,
  checkPolicyName,
  checkRoleName,
  checkUserName,
  keyElsewhere,
  keyStores,
  namesFor,
  partsOfArn,
} from "./naming";
import { readNumber } from "./reading";
import { storeKey } from "./storedKey";
import { checkTrust, providerElsewhere, type Trust, trustPolicy, withoutExternalId } from "./trust";

/** The possible states of the previous key. */
export const previousKeys = ["none", "active", "inactive"] as const;
/** The state of the previous key. */
export type PreviousKey = (typeof previousKeys)[number];

/** The AWS services that a key can be stored in. */
export type KeyStore = keyof typeof keyStores;

/** Arguments for one of several consumers of a bucket. */
export interface ConsumerAccessArgs {
  /**
   * What the consumer may do: the name of an access profile, such as `restic`. A change updates the policy.
   *
   * @default "mlab", exactly the policy of the guide
   */
  readonly access?: AccessName | undefined;

  /**
   * The folder of the bucket that the key is limited to, with or without a trailing slash. Some profiles need the whole bucket. A
   * change updates the policy.
   *
   * @default - the whole bucket
   */
  readonly prefix?: pulumi.Input<string> | undefined;

  /**
   * Additional folders that the key can access. Hand-offs name only `prefix`. A change updates the policy.
   *
   * @default - none
   */
  readonly furtherPrefixes?: pulumi.Input<pulumi.Input<string>[]> | undefined;

  /**
   * The public addresses that the key works from, as S3 sees them: IPv4 or IPv6 CIDR blocks. This is a condition on what the
   * key may do, not a Deny, so it locks nobody else out. A request through a VPC endpoint has no such address
   * and is refused.
   *
   * @default - from anywhere
   */
  readonly allowedIpRanges?: pulumi.Input<pulumi.Input<string>[]> | undefined;

  /**
   * Additional S3 actions that the key is allowed, such as `s3:GetObjectTagging`: any that IAM authorizes on the bucket or its
   * objects, and `s3:ListAllMyBuckets`, for tools that let you pick the bucket from a list.
   *
   * @default - none
   */
  readonly extraActions?: string[] | undefined;

  /**
   * Who may assume a role with the same policy as a key would have. There is then no user, group or key, except during a
   * hand-over (`previousKey`). Adding it to a consumer that has a key deletes the key, once the role exists; removing it creates
   * a new key, and deletes the role.
   *
   * @default - a user with an access key
   */
  readonly trust?: Trust | undefined;

  /**
   * The ARN of a managed policy that sets the maximum permissions of the user or the role, as a permissions boundary.
   *
   * @default - none
   */
  readonly permissionsBoundary?: pulumi.Input<string> | undefined;

  /**
   * The number of the consumer's key; 1 is its first. Adding 1 creates a new key; `previousKey` decides what happens to the
   * one before.
   *
   * @default 1
   */
  readonly keyGeneration?: number | undefined;

  /**
   * What happens to the previous key: it stays `active` until the consumer has the new one, then becomes `inactive`, which
   * can be undone, and is then deleted (`none`). With `trust`, it is the key that the consumer had before the role, of the
   * generation `keyGeneration`.
   *
   * @default "none"
   */
  readonly previousKey?: PreviousKey | undefined;

  /**
   * Where in AWS to store the key, for programs there to read: as a SecureString parameter (`parameter-store`), or as a secret
   * (`secrets-manager`). It is named after the user, and its value is a JSON object of environment variables:
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, the region, the bucket and the prefix. Each new key replaces it there. A change
   * stores the key elsewhere, and deletes what is stored now.
   *
   * @default - nowhere
   */
  readonly storeKeyIn?: KeyStore | undefined;

  /**
   * The maximum time from one backup to the next: a whole number of hours or days, such as `24h` or `7d`, from `1h` to `3650d`.
   * Only the command `status` uses it: it exits with 1 if a backup is late. It changes nothing in AWS.
   *
   * @default - nothing is expected
   */
  readonly expectBackupEvery?: string | undefined;

  /**
   * The minimum size of a backup, such as `100MB` or `1GiB`, from `1B` to `1024TiB`: the sum of the objects that are newer than
   * `expectBackupEvery`. Only the command `status` uses it. It changes nothing in AWS.
   *
   * @default "1B": an empty file isn't a backup
   */
  readonly expectBackupSize?: string | undefined;

  /**
   * The IAM path of the policy, the group and the user, or the role. A change replaces the policy and the role.
   *
   * @default "/"
   */
  readonly path?: pulumi.Input<string> | undefined;

  /**
   * The policy's exact name: 1 to 128 letters, digits and `+=,.@_-`, unique in the account regardless of case. A change replaces
   * the policy.
   *
   * @default - generated by Pulumi: the consumer's name, `S3BackupsPolicy-` and seven random characters
   */
  readonly policyName?: pulumi.Input<string> | undefined;

  /**
   * The group's exact name: 1 to 128 letters, digits and `+=,.@_-`, unique in the account regardless of case. A change creates a
   * new group, and then deletes the old one.
   *
   * @default - generated by Pulumi: the consumer's name, `Group-` and seven random characters
   */
  readonly groupName?: pulumi.Input<string> | undefined;

  /**
   * The user's exact name: 1 to 64 letters, digits and `+=,.@_-`, unique in the account regardless of case. A change creates a
   * new user with a new key, which must be handed over again, and then deletes the old one.
   *
   * @default - generated by Pulumi: the consumer's name, `User-` and seven random characters
   */
  readonly userName?: pulumi.Input<string> | undefined;

  /**
   * The role's exact name, with `trust`: 1 to 64 letters, digits and `+=,.@_-`, unique in the account regardless of case. A
   * change creates a new role, whose ARN must be handed over again, and then deletes the old one.
   *
   * @default - generated by Pulumi: the consumer's name, `Role-` and seven random characters
   */
  readonly roleName?: pulumi.Input<string> | undefined;
}

/** Arguments for {@link BackupConsumer}. */
export interface BackupConsumerArgs extends ConsumerAccessArgs {
  /** The ARN of the bucket that the key opens: a {@link BackupBucket}'s `bucketArn`, or that of any existing bucket. */
  readonly bucketArn: pulumi.Input<string>;

  /**
   * Whether the bucket is versioned: some tools then need more permissions.
   *
   * @default true
   */
  readonly versioning?: pulumi.Input<boolean> | undefined;

  /**
   * Whether the bucket has Object Lock: tools that set or read the retention of each object then need more permissions. A change
   * updates the policy.
   *
   * @default false
   */
  readonly objectLock?: pulumi.Input<boolean> | undefined;

  /**
   * Whether requests over plain HTTP are refused to this consumer. A {@link BackupBucket} refuses them to everyone, so this
   * is for other buckets.
   *
   * @default false
   */
  readonly requireTls?: boolean | undefined;

  /**
   * The ARN of the KMS key that the bucket encrypts with; the consumer may use it only through S3 and for this bucket.
   *
   * @default - none
   */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;

  /**
   * Age of the key, in days, after which each update warns that it should be rotated. The key keeps working.
   *
   * @default 90
   */
  readonly maxKeyAgeDays?: number | undefined;

  /**
   * Tags for the policy, the user, the role and the stored key. Groups and access keys can't have tags.
   *
   * @default - none
   */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/**
 * What a `BackupConsumer` registers in its stack's state, as its output `settings`: the arguments that the commands need,
 * whatever language the program is written in. Registering it changes no resource.
 */
export interface ConsumerState {
  readonly bucketArn: string;
  readonly access: AccessName;
  /** Ends with a slash; empty: the whole bucket. */
  readonly prefix: string;
  /** Each ends with a slash. Undefined: none. */
  readonly furtherPrefixes?: readonly string[] | undefined;
  readonly extraActions: readonly string[];
  /** Empty: from anywhere. */
  readonly allowedIpRanges: readonly string[];
  readonly versioned: boolean;
  /** Undefined: it was deployed by a version without this field. */
  readonly locked?: boolean;
  readonly keyGeneration: number;
  readonly previousKey: PreviousKey;
  /** In days. */
  readonly maxKeyAgeDays: number;
  /** As in the arguments, if set there. */
  readonly expectBackupEvery?: string | undefined;
  readonly expectBackupSize?: string | undefined;
  /** Whether the program reads these arguments from the stack's configuration, by `readSettings`. */
  readonly configured: boolean;
}

const checkGeneration: Check = checkAfter(readNumber, (value) =>
  // Beyond that, one generation and the next are the same number, and so the same key.
  Number.isSafeInteger(value) && Number(value) >= 1
    ? []
    : [
        {
          rule: `must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`,
          fix: "use 1 for the first key, and add 1 for each new one",
        },
      ],
);

/** How each argument of one of several consumers is checked. */
export const consumerAccessChecks = {
  access: atOnce(checkAccess),
  prefix: checkPrefix,
  furtherPrefixes: checkFurtherPrefixes,
  allowedIpRanges: checkIpRanges,
  extraActions: atOnce(checkExtraActions),
  trust: atOnce(checkTrust),
  permissionsBoundary: checkPolicyArn,
  keyGeneration: atOnce(checkGeneration),
  previousKey: atOnce(checkOneOf(...previousKeys)),
  storeKeyIn: atOnce(checkOneOf(...Object.keys(keyStores))),
  expectBackupEvery: atOnce(checkDuration),
  expectBackupSize: atOnce(checkSize),
  path: checkPath,
  policyName: checkPolicyName,
  groupName: checkGroupName,
  userName: checkUserName,
  roleName: checkRoleName,
} satisfies Checks<ConsumerAccessArgs>;

/** How each argument of a {@link BackupConsumer} is checked. */
export const consumerChecks = {
  ...consumerAccessChecks,
  bucketArn: checkString([
    {
      rule: "must be a bucket's ARN",
      broken: (arn) => !/^arn:[a-z0-9-]+:s3:::[^/*]+$/.test(arn),
      fix: 'pass the bucket\'s `arn` output, for example "arn:aws:s3:::my-db-backups"',
    },
  ]),
  versioning: checkBoolean,
  objectLock: checkBoolean,
  requireTls: atOnce(checkBoolean),
  kmsKeyArn: checkKeyArn,
  maxKeyAgeDays: atOnce(checkDays),
  tags: checkTags,
} satisfies Checks<BackupConsumerArgs>;

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
