import * as pulumi from "@pulumi/pulumi";
import { defaultAccess } from "./access/profiles";
import { bucketDefaults } from "./backupBucket";
import { keyDefaults } from "./backupConsumer";
import { type BackupTargetArgs, targetChecks } from "./backupTarget";
import { type Check, describeProblems, type Problem, take } from "./check";
import { markConfigured } from "./configuredArgs";
import { targetContradictions } from "./conflicts";
import { ofNamespace } from "./namespace";
import { checkConsumer, keyElsewhere, namesFor } from "./naming";
import { nearest } from "./nearest";
import { waitsProblem } from "./providerWaits";

/** One setting of a stack: how its text is read, how its value is checked, and what the README says of it. */
export interface Setting {
  readonly type: "text" | "true or false" | "days" | "number" | "list" | "map";
  readonly check: Check;
  /** What it is when a stack does not say. */
  readonly default: string;
  readonly description: string;
}

/** Who gets the key when nothing else is said. */
export const defaultConsumer = "mLab";

/** What a map has to be set by where its text is none; everything else is read by its check. */
const notMap = {
  rule: "it maps keys to values",
  fix: "set one key at a time, such as: npx pulumi config set --path tags.team databases",
};

/** From the text that Pulumi's configuration holds: lists and maps are JSON there. */
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

/** Every setting that a stack can have: the program, the README's table and the tests all go by this one. */
export const settings = {
  consumer: {
    type: "text",
    check: checkConsumer,
    default: `\`${defaultConsumer}\``,
    description:
      "Who gets the key. All names derive from it. A change makes a new bucket and a new key, and deletes the old ones.",
  },
  access: {
    type: "text",
    check: targetChecks.access,
    default: `\`${defaultAccess}\``,
    description: "What the key may do: the name of an [access profile](#what-the-key-may-do).",
  },
  prefix: {
    type: "text",
    check: targetChecks.prefix,
    default: "the whole bucket",
    description:
      "The folder of the bucket that the key is limited to: any characters but `*`, `?`, `${` and those beyond U+00FF.",
  },
  allowedIpRanges: {
    type: "list",
    check: targetChecks.allowedIpRanges,
    default: "from anywhere",
    description:
      "The public addresses that the key works from, as S3 sees them: CIDR blocks of IPv4 or IPv6, a list or separated by commas.",
  },
  extraActions: {
    type: "list",
    check: targetChecks.extraActions,
    default: "none",
    description: "Further actions of S3 that the key may do, by their full names.",
  },
  permissionsBoundary: {
    type: "text",
    check: targetChecks.permissionsBoundary,
    default: "none",
    description: "The ARN of a managed policy that limits what the user can ever be allowed.",
  },
  keyGeneration: {
    type: "number",
    check: targetChecks.keyGeneration,
    default: `\`${keyDefaults.keyGeneration}\``,
    description: "Which key it is: 1 more makes a new key. See [A key's life](#a-keys-life).",
  },
  previousKey: {
    type: "text",
    check: targetChecks.previousKey,
    default: `\`${keyDefaults.previousKey}\``,
    description: "What becomes of the key before: it stays `active`, or `inactive`, or is deleted (`none`).",
  },
  path: {
    type: "text",
    check: targetChecks.path,
    default: "`/`",
    description: "The IAM path of the policy, the group and the user. A change replaces the policy.",
  },
  consumers: {
    type: "map",
    check: targetChecks.consumers,
    default: "none",
    description:
      "Further consumers of the same bucket, each with a key of its own: by name, any of the settings above and the exact names of policy, group and user.",
  },
  maxKeyAgeDays: {
    type: "days",
    check: targetChecks.maxKeyAgeDays,
    default: `\`${keyDefaults.maxKeyAgeDays}\``,
    description:
      "From which age on, in days, each `up` says that the key should be rotated. The key goes on working.",
  },
  bucketName: {
    type: "text",
    check: targetChecks.bucketName,
    default: generated(namesFor.bucket("mLab")),
    description:
      "The bucket's exact name. A change replaces an empty bucket, and is refused for one that holds anything.",
  },
  adoptedBucket: {
    type: "true or false",
    check: targetChecks.adoptedBucket,
    default: `\`${bucketDefaults.adoptedBucket}\``,
    description:
      "Whether the bucket of `bucketName` is older than the stack, so that its name may be one that S3 would not give today. `npm run adopt` sets it where it is needed.",
  },
  policyName: {
    type: "text",
    check: targetChecks.policyName,
    default: generated(namesFor.policy("mLab")),
    description: "The policy's exact name. A change replaces the policy.",
  },
  groupName: {
    type: "text",
    check: targetChecks.groupName,
    default: generated(namesFor.group("mLab")),
    description: "The group's exact name. A change replaces the group.",
  },
  userName: {
    type: "text",
    check: targetChecks.userName,
    default: generated(namesFor.user("mLab")),
    description: "The user's exact name. A change replaces the user and the key.",
  },
  versioning: {
    type: "true or false",
    check: targetChecks.versioning,
    default: `\`${bucketDefaults.versioning}\``,
    description:
      "Whether the old version of an overwritten or deleted object is kept. Without it, a deleted backup is gone at once.",
  },
  noncurrentVersionDays: {
    type: "days",
    check: targetChecks.noncurrentVersionDays,
    default: `\`${bucketDefaults.noncurrentVersionDays}\``,
    description: "For how many days an old version is kept.",
  },
  abortIncompleteUploadDays: {
    type: "days",
    check: targetChecks.abortIncompleteUploadDays,
    default: `\`${bucketDefaults.abortIncompleteUploadDays}\``,
    description: "After how many days the parts of an unfinished upload are removed.",
  },
  encryption: {
    type: "text",
    check: targetChecks.encryption,
    default: `\`${bucketDefaults.encryption}\``,
    description: "How S3 encrypts what it stores: `sse-s3` by its own keys, `sse-kms` by a KMS key.",
  },
  kmsKeyArn: {
    type: "text",
    check: targetChecks.kmsKeyArn,
    default: "with `sse-kms`, a key that we make",
    description: "The ARN of the KMS key to encrypt by, in the bucket's region.",
  },
  objectLock: {
    type: "map",
    check: targetChecks.objectLock,
    default: "none",
    description:
      "`mode` (`governance` or `compliance`) and `days`: how long no version can be deleted. It cannot be switched off again.",
  },
  existingBucket: {
    type: "text",
    check: targetChecks.existingBucket,
    default: "none",
    description:
      "The name of a bucket that is already there, to be served as it is; nothing of it is changed.",
  },
  protect: {
    type: "true or false",
    check: targetChecks.protect,
    default: `\`${bucketDefaults.protect}\``,
    description:
      "Whether `pulumi destroy` stops at the bucket even if it is empty. The key is deleted all the same.",
  },
  forceDestroy: {
    type: "true or false",
    check: targetChecks.forceDestroy,
    default: `\`${bucketDefaults.forceDestroy}\``,
    description:
      "Whether `pulumi destroy` deletes the backups too. Without it, it stops at a bucket that holds anything, old versions included.",
  },
  tags: {
    type: "map",
    check: targetChecks.tags,
    default: "none",
    description:
      "Tags for the bucket, its KMS key, the policy and the user (groups and access keys take none).",
  },
} satisfies Record<"consumer" | keyof BackupTargetArgs, Setting>;

function unknownSetting(name: string): Problem {
  const names = Object.keys(settings);
  const near = nearest(name, names);
  return {
    name,
    rule: `there is no such setting (${near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}?`})`,
    fix: `remove this one by: npx pulumi config rm ${name}`,
  };
}

/**
 * Turns settings, as text by name, into values, and tells all that is wrong with them.
 *
 * @param region where the stack deploys to; undefined: its settings do not say
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

/**
 * Turns a stack's settings, as text by name, into the arguments of a `BackupTarget`.
 *
 * @throws a `pulumi.RunError` that names, all at once, every setting which cannot be used.
 */
export function parseSettings(
  texts: Readonly<Record<string, string>>,
  region?: string,
): {
  consumer: string;
  args: BackupTargetArgs;
} {
  const { problems, values } = examineSettings(texts, region);
  if (problems.length > 0) {
    const what =
      problems.length === 1
        ? "A setting of this stack"
        : `${problems.length} things in this stack's settings`;
    throw new pulumi.RunError(
      `${what} cannot be used, and nothing was created or changed:\n${describeProblems(problems)}\nSet a value by: npx pulumi config set NAME VALUE`,
    );
  }
  const { consumer = defaultConsumer, ...args } = values;
  return { consumer, args };
}

/** Of the target's arguments, and of its name among those of its further consumers. */
function settingContradictions(values: Readonly<Record<string, unknown>>, region?: string): Problem[] {
  const {
    consumer = defaultConsumer,
    consumers = {},
    kmsKeyArn,
  } = values as { consumer?: string; consumers?: object; kmsKeyArn?: string };
  const twin = Object.keys(consumers).find((name) => name.toLowerCase() === consumer.toLowerCase());
  const clash: Problem = {
    name: `consumers.${twin}`,
    rule: `the stack's own consumer has this name (setting consumer, ${consumer})`,
    fix: "rename one of the two",
  };
  return [
    ...(twin === undefined ? [] : [clash]),
    ...(region === undefined || kmsKeyArn === undefined ? [] : keyElsewhere(kmsKeyArn, { region })),
    ...targetContradictions(values),
  ];
}

/**
 * Reads the settings of the stack that the program runs for.
 *
 * @throws a `pulumi.RunError` where they, or the environment, are not fit to deploy with.
 */
export function readSettings(): { consumer: string; args: BackupTargetArgs } {
  const config = pulumi.runtime.allConfig();
  const problem = waitsProblem(process.env, config["aws:endpoints"]);
  if (problem !== undefined) {
    throw new pulumi.RunError(problem);
  }
  const { consumer, args } = parseSettings(ofNamespace(config, pulumi.getProject()), config["aws:region"]);
  return { consumer, args: markConfigured(args) };
}
