// `npm run policy`: what a key could do, before there is one. It needs no AWS and no stack.
import { withSlash } from "../components/access/checks";
import { type AccessPolicyArgs, accessPolicy } from "../components/access/policy";
import { defaultAccess } from "../components/access/profiles";
import { summarize } from "../components/access/summary";
import { describeProblems } from "../components/check";
import { examineSettings } from "../components/settings";
import { runCommand, UsageError } from "./command";

const help = `Prints the policy that a key would get, and what it means. It needs no AWS and no stack.

  npm run policy -- [--access PROFILE] [--prefix FOLDER] [--allowedIpRanges CIDR]...
                    [--extraActions ACTION]... [--versioning false] [--kmsKeyArn ARN]
                    [--bucketName NAME] [--json]

The options are the settings of the same names. --json prints the policy and nothing else.

  npm run policy -- --access restic --prefix db1
  npm run policy -- --access read-write --allowedIpRanges 203.0.113.7/32 --json`;

const options = {
  access: { type: "string" },
  prefix: { type: "string" },
  allowedIpRanges: { type: "string", multiple: true },
  extraActions: { type: "string", multiple: true },
  versioning: { type: "string" },
  kmsKeyArn: { type: "string" },
  bucketName: { type: "string" },
  json: { type: "boolean" },
} as const;

/** The options, each of which is the setting of the same name, and read and refused as that is. */
function policyOf(texts: Readonly<Record<string, string | readonly string[] | undefined>>): AccessPolicyArgs {
  const given = Object.entries(texts).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : JSON.stringify(value)]],
  );
  const { problems, values } = examineSettings({
    ...Object.fromEntries(given),
    ...(texts.kmsKeyArn !== undefined && { encryption: "sse-kms" }),
  });
  if (problems.length > 0) {
    throw new UsageError(`There is no such policy:\n${describeProblems(problems)}`);
  }
  const { bucketName = "youraccountname-mlab-backups", prefix } = values as {
    bucketName?: string;
    prefix?: string;
  };
  const {
    allowedIpRanges,
    kmsKeyArn,
    versioning = true,
  } = values as Partial<AccessPolicyArgs> & { versioning?: boolean };
  return {
    bucketArn: `arn:aws:s3:::${bucketName}`,
    access: values.access ?? defaultAccess,
    versioned: versioning,
    prefix: prefix && withSlash(prefix),
    allowedIpRanges,
    extraActions: values.extraActions,
    kmsKeyArn,
  };
}

runCommand("policy", help, options, ({ json, ...texts }) => {
  const policy = policyOf(texts);
  console.log(JSON.stringify(accessPolicy(policy), undefined, 2));
  if (json === true) {
    return undefined;
  }
  const rows = summarize(policy);
  const width = Math.max(...rows.map(([question]) => question.length));
  console.log(`\nWith this policy the key can`);
  for (const [question, answer] of rows) {
    console.log(`  ${question.padEnd(width)}  ${answer}`);
  }
  if (policy.allowedIpRanges !== undefined) {
    console.log(`and all that only from ${policy.allowedIpRanges.join(" or ")}.`);
  }
  return undefined;
});
