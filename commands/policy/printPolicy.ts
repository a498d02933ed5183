import { type AccessPolicyArgs, accessPolicy } from "../../components/access/policy";
import { type AccessProfile, defaultAccess, profiles } from "../../components/access/profiles";
import { notesOf, summarize } from "../../components/access/summary";
import { warnOfActions, warnOfRanges } from "../../components/access/warnings";
import { describeProblems } from "../../components/check";
import { partsOfArn, warnOfBucketName } from "../../components/naming";
import { examineSettings } from "../../components/settings";
import { progress, UsageError } from "../cli/command";

/** The settings from the command line. */
type Texts = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The options. Each is read and checked like the setting of the same name. */
function policyOf(
  texts: Texts,
  locked: boolean,
): {
  policy: AccessPolicyArgs;
  warnings: (string | undefined)[];
} {
  const given = Object.entries(texts).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : JSON.stringify(value)]],
  );
  const isNew = texts.existingBucket === undefined;
  const { problems, values } = examineSettings({
    ...Object.fromEntries(given),
    ...(texts.kmsKeyArn !== undefined && isNew && { encryption: "sse-kms" }),
  });
  if (problems.length > 0) {
    throw new UsageError(`Invalid options:\n${describeProblems(problems)}`);
  }
  const { access = defaultAccess, extraActions, existingBucket } = values;
  const {
    bucketName = existingBucket ?? "youraccountname-mlab-backups",
    prefix,
    furtherPrefixes,
    allowedIpRanges,
    kmsKeyArn,
    versioning = true,
  } = values as Partial<AccessPolicyArgs> & { bucketName?: string; versioning?: boolean };
  const { partition } = partsOfArn(kmsKeyArn ?? "arn:aws");
  return {
    policy: {
      bucketArn: `arn:${partition}:s3:::${bucketName}`,
      access,
      versioned: versioning,
      locked,
      prefix,
      furtherPrefixes,
      allowedIpRanges,
      extraActions,
      requireTls: !isNew,
      kmsKeyArn,
    },
    warnings: [
      warnOfBucketName(bucketName),
      ...warnOfActions("this key", { access, extraActions }),
      ...warnOfRanges("this key", allowedIpRanges ?? []),
    ],
  };
}

/** Prints the policy of a key with these settings and, unless only the policy is requested, what it means. */
export function printPolicy(
  texts: Texts,
  { objectLock, policyOnly }: { readonly objectLock: boolean; readonly policyOnly: boolean },
): void {
  const { policy, warnings } = policyOf(texts, objectLock);
  console.log(JSON.stringify(accessPolicy(policy), undefined, 2));
  if (!policyOnly) {
    const rows = summarize(policy);
    const width = Math.max(...rows.map(([question]) => question.length));
    console.log(`\nWith this policy the key can`);
    for (const [question, answer] of rows) {
      console.log(`  ${question.padEnd(width)}  ${answer}`);
    }
    if (policy.allowedIpRanges !== undefined) {
      console.log(`only from ${policy.allowedIpRanges.join(" or ")}.`);
    }
    const { title, source }: AccessProfile = profiles[policy.access];
    console.log(`\n${title}: ${source}`);
    for (const note of notesOf(policy.access)) {
      console.log(`  - ${note}`);
    }
  }
  for (const warning of warnings) {
    if (warning !== undefined) {
      progress(`warning: ${warning}`);
    }
  }
}
