import type * as pulumi from "@pulumi/pulumi";
import { checkAccess, checkExtraActions, checkFurtherPrefixes, checkPrefix } from "./access/checks";
import { checkIpRanges } from "./access/ipRanges";
import type { AccessName } from "./access/profiles";
import {
  atOnce,
  type Check,
  type Checks,
  checkAfter,
  checkBoolean,
  checkDays,
  checkOneOf,
  checkString,
  checkTags,
} from "./check";
import { checkDuration, checkSize } from "./expectedBackup";
import {
  checkGroupName,
  checkKeyArn,
  checkPath,
  checkPolicyArn,
  checkPolicyName,
  checkRoleName,
  checkUserName,
  keyStores,
} from "./naming";
import { readNumber } from "./reading";
import { checkTrust, type Trust } from "./trust";

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

/** Arguments for `BackupConsumer`. */
export interface BackupConsumerArgs extends ConsumerAccessArgs {
  /** The ARN of the bucket that the key opens: a `BackupBucket`'s `bucketArn`, or that of any existing bucket. */
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
   * Whether requests over plain HTTP are refused to this consumer. A `BackupBucket` refuses them to everyone, so this
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

/** How each argument of a `BackupConsumer` is checked. */
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
