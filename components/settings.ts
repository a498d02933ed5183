import { defaultAccess } from "./access/profiles";
import { type Check, type Problem, take } from "./check";
import { bucketDefaults, keyDefaults } from "./defaults";
import { checkConsumer, keyElsewhere, namesFor } from "./naming";
import { nearest } from "./nearest";
import { type BackupTargetArgs, targetChecks, targetContradictions } from "./targetArgs";

/** One setting of a stack: how its text is read, how its value is checked, and what docs/settings.md says of it. */
export interface Setting {
  readonly type: "string" | "true or false" | "days" | "number" | "list" | "map";
  readonly check: Check;
  /** The value if a stack doesn't set it. */
  readonly default: string;
  readonly description: string;
}

/** The default of the setting `consumer`. */
export const defaultConsumer = "mLab";

/** How to set a map whose text isn't one; every other type is read by its check. */
const notMap = {
  rule: "must map keys to values",
  fix: "set one key at a time, for example: npx pulumi config set --path tags.team databases",
};

/** Parses a value from Pulumi's configuration, where lists and maps are JSON. */
function parse(type: Setting["type"], text: string): unknown {
  if (type !== "list" && type !== "map") {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const generated = (name: string) => `\`${name}-…\`, by Pulumi`;

/** Every setting that a stack can have. The program, docs/settings.md and the tests all use this table. */
export const settings = {
  consumer: {
    type: "string",
    check: checkConsumer,
    default: `\`${defaultConsumer}\``,
    description:
      "The backup service or tool that gets the key. All names derive from it. A change creates a new bucket and a new key, and deletes the old ones.",
  },
  access: {
    type: "string",
    check: targetChecks.access,
    default: `\`${defaultAccess}\``,
    description: "What the key may do: an [access profile](access-profiles.md).",
  },
  prefix: {
    type: "string",
    check: targetChecks.prefix,
    default: "the whole bucket",
    description: "The folder that the key is limited to. See [To a folder](limit-the-key.md#to-a-folder).",
  },
  furtherPrefixes: {
    type: "list",
    check: targetChecks.furtherPrefixes,
    default: "none",
    description: "Additional folders that the key can access.",
  },
  allowedIpRanges: {
    type: "list",
    check: targetChecks.allowedIpRanges,
    default: "from anywhere",
    description:
      "The public addresses that the key works from, as S3 sees them: IPv4 or IPv6 CIDR blocks, as a list or separated by commas.",
  },
  extraActions: {
    type: "list",
    check: targetChecks.extraActions,
    default: "none",
    description: "Additional S3 actions that the key may use, by their full names.",
  },
  trust: {
    type: "map",
    check: targetChecks.trust,
    default: "a user with a key",
    description:
      "Who may assume [a role instead of a key](trust.md): `accountId` and `externalId`, `oidc` (`provider`, `subject`, `audience`) or `service`.",
  },
  permissionsBoundary: {
    type: "string",
    check: targetChecks.permissionsBoundary,
    default: "none",
    description: "The ARN of a managed policy that sets the maximum permissions of the user or the role.",
  },
  keyGeneration: {
    type: "number",
    check: targetChecks.keyGeneration,
    default: `\`${keyDefaults.keyGeneration}\``,
    description: "The number of the key. Add 1 to create a new key. See [Rotate it](keys.md#rotate-it).",
  },
  previousKey: {
    type: "string",
    check: targetChecks.previousKey,
    default: `\`${keyDefaults.previousKey}\``,
    description:
      "What happens to the previous key: it stays `active`, becomes `inactive`, or is deleted (`none`). With `trust`, it is the key from before the role.",
  },
  storeKeyIn: {
    type: "string",
    check: targetChecks.storeKeyIn,
    default: "nowhere",
    description:
      "Stores the key in AWS, for programs there to read: in `parameter-store` or `secrets-manager`. See [Store the key in AWS](stored-key.md).",
  },
  expectBackupEvery: {
    type: "string",
    check: targetChecks.expectBackupEvery,
    default: "nothing is expected",
    description:
      "Maximum time between two backups, in hours or days, such as `24h` or `7d`. Only [`npm run status`](status.md) uses it.",
  },
  expectBackupSize: {
    type: "string",
    check: targetChecks.expectBackupSize,
    default: "`1B`",
    description:
      "Minimum size of what a backup writes, such as `100MB` or `1GiB`. Only [`npm run status`](status.md) uses it.",
  },
  path: {
    type: "string",
    check: targetChecks.path,
    default: "`/`",
    description:
      "The IAM path of the policy, the group and the user, or the role. A change replaces the policy and the role.",
  },
  consumers: {
    type: "map",
    check: targetChecks.consumers,
    default: "none",
    description:
      "Additional consumers of the same bucket, each with its own key or role. Maps a name to any of the settings above, and to `policyName`, `groupName`, `userName` and `roleName`.",
  },
  maxKeyAgeDays: {
    type: "days",
    check: targetChecks.maxKeyAgeDays,
    default: `\`${keyDefaults.maxKeyAgeDays}\``,
    description:
      "Age of the key, in days, after which each `pulumi up` warns that you should rotate it. The key keeps working.",
  },
  bucketName: {
    type: "string",
    check: targetChecks.bucketName,
    default: generated(namesFor.bucket("mLab")),
    description:
      "The bucket's exact name. A change replaces an empty bucket, and fails for a bucket that isn't empty.",
  },
  bucketNamespace: {
    type: "string",
    check: targetChecks.bucketNamespace,
    default: "`global`",
    description:
      "The namespace of the bucket's name: `global`, or `account-regional`, in which the program adds `-ACCOUNT-REGION-an` to the name and nobody else can create a bucket. A change replaces an empty bucket, and fails for a bucket that isn't empty.",
  },
  adoptedBucket: {
    type: "true or false",
    check: targetChecks.adoptedBucket,
    default: `\`${bucketDefaults.adoptedBucket}\``,
    description:
      "Whether `bucketName` is a bucket that existed before the stack, whose name may be one that S3 wouldn't accept today. `npm run adopt` sets it if needed.",
  },
  policyName: {
    type: "string",
    check: targetChecks.policyName,
    default: generated(namesFor.policy("mLab")),
    description: "The policy's exact name. A change replaces the policy.",
  },
  groupName: {
    type: "string",
    check: targetChecks.groupName,
    default: generated(namesFor.group("mLab")),
    description: "The group's exact name. A change replaces the group.",
  },
  userName: {
    type: "string",
    check: targetChecks.userName,
    default: generated(namesFor.user("mLab")),
    description: "The user's exact name. A change replaces the user and the key.",
  },
  roleName: {
    type: "string",
    check: targetChecks.roleName,
    default: generated(namesFor.role("mLab")),
    description: "With `trust`: the role's exact name. A change replaces the role.",
  },
  versioning: {
    type: "true or false",
    check: targetChecks.versioning,
    default: `\`${bucketDefaults.versioning}\``,
    description:
      "Whether S3 keeps an old version of an overwritten or deleted object. If `false`, a deleted backup is gone at once.",
  },
  noncurrentVersionDays: {
    type: "days",
    check: targetChecks.noncurrentVersionDays,
    default: `\`${bucketDefaults.noncurrentVersionDays}\``,
    description: "Number of days that an old version is kept.",
  },
  abortIncompleteUploadDays: {
    type: "days",
    check: targetChecks.abortIncompleteUploadDays,
    default: `\`${bucketDefaults.abortIncompleteUploadDays}\``,
    description: "Number of days after which the parts of an unfinished upload are removed.",
  },
  encryption: {
    type: "string",
    check: targetChecks.encryption,
    default: `\`${bucketDefaults.encryption}\``,
    description: "How S3 encrypts objects: `sse-s3` with its own keys, `sse-kms` with a KMS key.",
  },
  kmsKeyArn: {
    type: "string",
    check: targetChecks.kmsKeyArn,
    default: "with `sse-kms`, a new key",
    description: "The ARN of the KMS key, in the bucket's region.",
  },
  objectLock: {
    type: "map",
    check: targetChecks.objectLock,
    default: "none",
    description:
      "How long versions can't be deleted: `mode` (`governance` or `compliance`) and `days`; or `enabled`, for tools that lock each object themselves. It can't be turned off again. See [Object Lock](bucket.md#object-lock).",
  },
  accessLogs: {
    type: "days",
    check: targetChecks.accessLogs,
    default: "none",
    description:
      "Number of days that [access logs](access-logs.md) are kept, in a separate bucket: who deleted or overwrote what, and from where.",
  },
  existingLogBucket: {
    type: "string",
    check: targetChecks.existingLogBucket,
    default: "none",
    description:
      "The name of an existing bucket that gets the [access logs](access-logs.md#an-existing-log-bucket). Nothing about it is changed.",
  },
  existingBucket: {
    type: "string",
    check: targetChecks.existingBucket,
    default: "none",
    description: "The name of an existing bucket to use. Nothing about it is changed.",
  },
  protect: {
    type: "true or false",
    check: targetChecks.protect,
    default: `\`${bucketDefaults.protect}\``,
    description:
      "Whether `pulumi destroy` stops at the bucket even if it is empty. The key is deleted anyway.",
  },
  forceDestroy: {
    type: "true or false",
    check: targetChecks.forceDestroy,
    default: `\`${bucketDefaults.forceDestroy}\``,
    description:
      "Whether `pulumi destroy` deletes the backups too. If `false`, it stops at a bucket that isn't empty, even if only old versions are left.",
  },
  tags: {
    type: "map",
    check: targetChecks.tags,
    default: "none",
    description:
      "Tags for the bucket, its KMS key, the policy, the user, the role and the stored key. Groups and access keys can't have tags.",
  },
} satisfies Record<"consumer" | keyof BackupTargetArgs, Setting>;

function unknownSetting(name: string): Problem {
  const names = Object.keys(settings);
  const near = nearest(name, names);
  return {
    name,
    rule: `there is no such setting (${near === undefined ? `the settings are ${names.join(", ")}` : `did you mean ${near}?`})`,
    fix: `remove it: npx pulumi config rm ${name}`,
  };
}

/**
 * Turns settings, as text by name, into values, and reports everything that is wrong with them.
 *
 * @param region where the stack deploys; undefined: its settings do not say
 */
export function examineSettings(
  texts: Readonly<Record<string, string>>,
  region?: string,
): {
  problems: Problem[];
  values: { consumer?: string } & BackupTargetArgs;
} {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    const setting: Setting | undefined = Object.hasOwn(settings, name)
      ? settings[name as keyof typeof settings]
      : undefined;
    if (setting === undefined) {
      problems.push(unknownSetting(name));
      continue;
    }
    const value = parse(setting.type, text);
    if (setting.type === "map" && value === text) {
      problems.push({ name, value, ...notMap });
      continue;
    }
    const { taken, problems: ofIt } = take(name, value, setting.check, texts);
    problems.push(...ofIt);
    values[name] = taken;
  }
  return { problems: problems.length > 0 ? problems : settingContradictions(values, region), values };
}

/** Contradictions among the target's arguments, and between its name and those of its other consumers. */
function settingContradictions(values: Readonly<Record<string, unknown>>, region?: string): Problem[] {
  const {
    consumer = defaultConsumer,
    consumers = {},
    kmsKeyArn,
  } = values as { consumer?: string; consumers?: object; kmsKeyArn?: string };
  const twin = Object.keys(consumers).find((name) => name.toLowerCase() === consumer.toLowerCase());
  const clash: Problem = {
    name: `consumers.${twin}`,
    rule: `the stack's own consumer already has this name (the setting consumer is ${consumer})`,
    fix: "rename one of the two",
  };
  return [
    ...(twin === undefined ? [] : [clash]),
    ...(region === undefined || kmsKeyArn === undefined ? [] : keyElsewhere(kmsKeyArn, { region })),
    ...targetContradictions(values),
  ];
}
