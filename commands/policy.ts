// `npm run policy`: what a key could do, before there is one. It needs no AWS and no stack.
import { withSlash } from "../components/access/checks";
import { type AccessPolicyArgs, accessPolicy } from "../components/access/policy";
import { type AccessProfile, accessNames, defaultAccess, profiles } from "../components/access/profiles";
import { notesOf, summarize } from "../components/access/summary";
import { warnOfActions, warnOfRanges } from "../components/access/warnings";
import { describeProblems } from "../components/check";
import { partsOfArn, warnOfBucketName } from "../components/naming";
import { examineSettings } from "../components/settings";
import { progress, runCommand, UsageError } from "./cli/command";

/** The names, in lines of a terminal's width. */
const listed = (names: readonly string[]) =>
  names
    .join(" ")
    .replace(/(.{1,72})( |$)/g, "  $1\n")
    .trimEnd();

const help = `Prints the policy that a key would get, and what it means. It needs no AWS and no stack.

  npm run policy -- [--access PROFILE] [--prefix FOLDER] [--allowedIpRanges CIDR]...
                    [--extraActions ACTION]... [--versioning false] [--kmsKeyArn ARN]
                    [--bucketName NAME | --existingBucket NAME] [--json]

The options are the settings of the same names. --json prints the policy and nothing else. PROFILE is one of
${listed(accessNames)}

  npm run policy -- --access restic --prefix db1
  npm run policy -- --access read-write --allowedIpRanges 3.5.140.0/22 --json`;

const options = {
  access: { type: "string" },
  prefix: { type: "string" },
  allowedIpRanges: { type: "string", multiple: true },
  extraActions: { type: "string", multiple: true },
  versioning: { type: "string" },
  kmsKeyArn: { type: "string" },
  bucketName: { type: "string" },
  existingBucket: { type: "string" },
  json: { type: "boolean" },
} as const;

/** The options, each of which is the setting of the same name, and read and refused as that is. */
function policyOf(texts: Readonly<Record<string, string | readonly string[] | undefined>>): {
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
    throw new UsageError(`There is no such policy:\n${describeProblems(problems)}`);
  }
  const { access = defaultAccess, extraActions, existingBucket } = values;
  const {
    bucketName = existingBucket ?? "youraccountname-mlab-backups",
    prefix,
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
      prefix: prefix && withSlash(prefix),
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

runCommand("policy", help, options, ({ json, ...texts }) => {
  const { policy, warnings } = policyOf(texts);
  console.log(JSON.stringify(accessPolicy(policy), undefined, 2));
  if (json !== true) {
    const rows = summarize(policy);
    const width = Math.max(...rows.map(([question]) => question.length));
    console.log(`\nWith this policy the key can`);
    for (const [question, answer] of rows) {
      console.log(`  ${question.padEnd(width)}  ${answer}`);
    }
    if (policy.allowedIpRanges !== undefined) {
      console.log(`and all that only from ${policy.allowedIpRanges.join(" or ")}.`);
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
  return undefined;
});
