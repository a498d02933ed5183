import { type Check, checkAfter, checkString, type Problem, type Rule } from "./check";
import { partitionOf } from "./partitions";
import { readBoolean, readString, readWord } from "./reading";

// The rules for names: S3's "General purpose bucket naming rules" and IAM's "IAM and AWS STS quotas, name requirements, and
// character limits".

/** Pulumi ends a name that it generates with a hyphen and seven hexadecimal digits. */
const autonameSuffix = "-1a2b3c4";

const reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
const reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
/** S3's namespaces of bucket names: the one that all accounts share, and an account's own in a region. */
export const bucketNamespaces = ["global", "account-regional"] as const;

const accountRegionalEnd = "-an";
/** What the name of a bucket in the account-regional namespace ends with (S3 User Guide, "Namespaces for general purpose buckets"). */
export const accountRegionalSuffix = (account: string, region: string): string =>
  `-${account}-${region}${accountRegionalEnd}`;
/** The length left for the name in a region with the shortest code, such as us-east-1. */
const maximumAccountRegional = 63 - accountRegionalSuffix("111122223333", "us-east-1").length;

/** The nearest valid name to a refused one, as a suggestion. */
function suggestBucketName(name: string): string {
  let near = name.toLowerCase().replace(/-\d{12}-[a-z]+(-[a-z]+)+-\d+-an$/, "");
  for (const prefix of reservedPrefixes) {
    near = near.startsWith(prefix) ? near.slice(prefix.length) : near;
  }
  for (const suffix of [...reservedSuffixes, accountRegionalEnd]) {
    near = near.endsWith(suffix) ? near.slice(0, -suffix.length) : near;
  }
  near = near
    .replace(/[^a-z0-9-]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  const suggestion = /[a-z]/.test(near) ? near : "my-db-backups";
  return bucketNameRules.some(({ broken }) => broken(suggestion)) ? "my-db-backups" : suggestion;
}

const suggestBucket = (name: string) => `for example ${JSON.stringify(suggestBucketName(name))}`;

const suggestOrAdopt = (name: string) =>
  `${suggestBucket(name)}; if the bucket already exists, set adoptedBucket to true`;

/** The problem with periods; for an existing bucket it is only a warning. */
const periods =
  "clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it";

/** A warning about the name of an existing bucket; undefined: there is none. */
export const warnOfBucketName = (name: string): string | undefined =>
  name.includes(".")
    ? `The name of the bucket ${name} contains periods: ${periods}. Plain HTTP is refused. Configure your client for path-style addressing.`
    : /[A-Z_]/.test(name) || name.length > 63
      ? `The name of the bucket ${name} is from before March 2018, and clients can reach it only with path-style addressing. Configure your client for it.`
      : undefined;

const notAccountRegional: Rule<string> = {
  rule: `must not end with ${accountRegionalEnd}: S3 accepts such names only in the account-regional namespace, as NAME-ACCOUNT-REGION${accountRegionalEnd}`,
  broken: (name) => name.endsWith(accountRegionalEnd),
  fix: (name) =>
    `${suggestBucket(name)}, with which bucketNamespace account-regional adds the rest; if the bucket already exists, set adoptedBucket to true`,
};

const bucketNameRules: readonly Rule<string>[] = [
  {
    rule: "must have 3 to 63 characters",
    broken: (name) => name.length < 3 || name.length > 63,
    fix: suggestBucket,
  },
  {
    rule: "must contain only lowercase letters, digits and hyphens",
    broken: (name) => /[^a-z0-9.-]/.test(name),
    fix: suggestBucket,
  },
  {
    rule: "must start and end with a letter or a digit",
    broken: (name) => /^[.-]|[.-]$/.test(name),
    fix: suggestBucket,
  },
  {
    rule: `must not start with ${reservedPrefixes.join(" or ")}, which S3 reserves`,
    broken: (name) => reservedPrefixes.some((prefix) => name.startsWith(prefix)),
    fix: suggestBucket,
  },
  {
    rule: `must not end with ${reservedSuffixes.join(" or ")}, which S3 reserves`,
    broken: (name) => reservedSuffixes.some((suffix) => name.endsWith(suffix)),
    fix: suggestBucket,
  },
  notAccountRegional,
  {
    rule: `must not contain periods: ${periods}`,
    broken: (name) => name.includes("."),
    fix: suggestOrAdopt,
  },
];

const checkNewBucketName: Check = checkString(bucketNameRules);

const accountRegional = "in the account-regional namespace the program adds -ACCOUNT-REGION-an to the name";
const checkAccountRegionalName: Check = checkString([
  ...bucketNameRules.filter((rule) => rule !== notAccountRegional),
  {
    rule: `must not end with ${accountRegionalEnd}: ${accountRegional}`,
    broken: (name) => name.endsWith(accountRegionalEnd),
    fix: suggestBucket,
  },
  {
    rule: `must have at most ${maximumAccountRegional} characters: ${accountRegional}`,
    broken: (name) => name.length > maximumAccountRegional && !name.endsWith(accountRegionalEnd),
    fix: (name) => suggestBucket(suggestBucketName(name).slice(0, maximumAccountRegional)),
  },
]);

/** The problem if a name is too long with its suffix, once account and region are known. */
export function tooLongWith(suffix: string, name: string): Problem[] {
  const length = name.length + suffix.length;
  return length <= 63
    ? []
    : [
        {
          name: "bucketName",
          value: name,
          rule: `with ${suffix} it has ${length} characters, and S3 allows 63`,
          fix: `use at most ${63 - suffix.length} characters`,
        },
      ];
}

/** S3's rules for the name of an existing bucket: until March 2018, us-east-1 accepted almost any. */
export const checkExistingBucketName: Check = checkString([
  {
    rule: "must have 3 to 255 letters, digits, hyphens, periods and underscores",
    broken: (name) => !/^[A-Za-z0-9._-]{3,255}$/.test(name),
    fix: 'use the name that "aws s3 ls" lists',
  },
  {
    rule: `must not end with ${reservedSuffixes.join(" or ")}: that is an access point, or another kind of bucket with other actions`,
    broken: (name) => reservedSuffixes.some((suffix) => name.endsWith(suffix)),
    fix: "use the name of a general purpose bucket",
  },
]);

/**
 * S3's rules for the name of a general purpose bucket, depending on whether it already exists (`adoptedBucket`), and on its
 * namespace.
 */
export const checkBucketName: Check = checkAfter(
  readString,
  (name, { adoptedBucket, bucketNamespace } = {}) =>
    readBoolean(adoptedBucket) === true
      ? checkExistingBucketName(name)
      : readWord(bucketNamespace, bucketNamespaces) === "account-regional"
        ? checkAccountRegionalName(name)
        : checkNewBucketName(name),
);

function iamName(noun: string, maximum: number): Check {
  const suggest = (name: string) => {
    const near = name.replace(/[^A-Za-z0-9+=,.@_-]+/g, "-").slice(0, maximum);
    return `for example ${JSON.stringify(near === "" ? `backup-${noun}` : near)}`;
  };
  return checkString([
    {
      rule: `must have 1 to ${maximum} characters`,
      broken: (name) => name.length < 1 || name.length > maximum,
      fix: suggest,
    },
    {
      rule: `must contain only letters, digits and +=,.@_-`,
      broken: (name) => /[^A-Za-z0-9+=,.@_-]/.test(name),
      fix: suggest,
    },
  ]);
}

/** IAM's rules for the name of a managed policy. */
export const checkPolicyName: Check = iamName("policy", 128);
/** IAM's rules for the name of a group. */
export const checkGroupName: Check = iamName("group", 128);
/** IAM's rules for the name of a user. */
export const checkUserName: Check = iamName("user", 64);
/** IAM's rules for the name of a role. */
export const checkRoleName: Check = iamName("role", 64);

/**
 * The names derived from a consumer's name; for `mLab`, those that the guide suggests. Pulumi adds a random suffix to each
 * (`mLabUser-1a2b3c4`), so two stacks in one account don't collide.
 */
export const namesFor = {
  bucket: (consumer: string) => `${consumer.toLowerCase()}-backups`,
  /** Shorter than the bucket's, so that it is valid whenever that is. */
  logBucket: (consumer: string) => `${consumer.toLowerCase()}-logs`,
  policy: (consumer: string) => `${consumer}S3BackupsPolicy`,
  group: (consumer: string) => `${consumer}Group`,
  user: (consumer: string) => `${consumer}User`,
  /** As long as the user's, so that it is valid whenever that is. */
  role: (consumer: string) => `${consumer}Role`,
  /** Of Pulumi's resource: AWS names keys itself. The first has no suffix, as before there could be two. */
  accessKey: (consumer: string, generation: number) =>
    generation % 2 === 1 ? `${consumer}AccessKey` : `${consumer}AccessKeyEven`,
  /** Of Pulumi's resource, too: in AWS, a stored key is named after its user. */
  storedKey: (consumer: string) => `${consumer}StoredKey`,
};

/**
 * AWS's services that a key can be stored in: its name's prefix there, and the characters that a user's name can have but this
 * name can't (Systems Manager API, PutParameter; Secrets Manager API, CreateSecret).
 */
export const keyStores = {
  "parameter-store": { folder: "/s3-backup-target/", refused: /[+=,@]/ },
  "secrets-manager": { folder: "s3-backup-target/", refused: /,/ },
} as const;

const suggestConsumer = (name: string) => {
  const near = name.replace(/[^A-Za-z0-9]+/g, "").slice(0, 30);
  return `for example ${JSON.stringify(near === "" ? "mLab" : near)}`;
};

const broken = (check: Check, name: string) => check(name + autonameSuffix).length > 0;

/** A consumer's name: its rules follow from those for the names of the bucket, the user, the group and the policy. */
export const checkConsumer: Check = checkString([
  {
    rule: "must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it",
    broken: (name) => !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name),
    fix: suggestConsumer,
  },
  {
    rule: "the names derived from it must be valid in S3 and IAM: at most 63 characters for the bucket, 64 for the user, and no prefix that S3 reserves",
    broken: (name) =>
      /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name) &&
      (broken(checkBucketName, namesFor.bucket(name)) ||
        broken(checkUserName, namesFor.user(name)) ||
        broken(checkGroupName, namesFor.group(name)) ||
        broken(checkPolicyName, namesFor.policy(name))),
    fix: suggestConsumer,
  },
]);

/** IAM's rules for the path of a policy, which are narrower than those of a user and a group (IAM API, CreatePolicy). */
export const checkPath: Check = checkString([
  {
    rule: "must have at most 512 characters, start and end with a slash, and contain only letters, digits, +=,.@_- and single slashes",
    broken: (path) => path.length > 512 || !/^\/([A-Za-z0-9+=,.@_-]+\/)*$/.test(path),
    fix: 'for example "/backups/"',
  },
]);

/** The ARN of a managed policy, the customer's or AWS's own: it ends with the policy's path and name. */
export const checkPolicyArn: Check = checkString([
  {
    rule: "must be the ARN of a managed policy",
    broken: (arn) => {
      const [, path, name] =
        /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy(\/(?:.*\/)?)([^/]*)$/.exec(arn) ?? [];
      return checkPath(path).length > 0 || checkPolicyName(name).length > 0;
    },
    fix: 'for example "arn:aws:iam::111122223333:policy/boundary"',
  },
]);

/** The ARN of a KMS key; not an alias, because IAM can't grant the use of a key by its alias. */
export const checkKeyArn: Check = checkString([
  {
    rule: "must be the ARN of a KMS key, not of an alias",
    broken: (arn) => !/^arn:aws[a-z-]*:kms:[a-z]+(-[a-z]+)+-\d+:\d{12}:key\/[A-Za-z0-9-]{1,36}$/.test(arn),
    fix: 'for example "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"',
  },
  {
    rule: "the region of the key must be in the partition that the ARN starts with",
    broken: (arn) => {
      const { partition, region } = partsOfArn(arn);
      const actual = partitionOf(region);
      return partition.startsWith("aws") && actual !== undefined && partition !== actual.id;
    },
    fix: (arn) =>
      `copy the ARN from KMS: ${partsOfArn(arn).region} is in ${partitionOf(partsOfArn(arn).region)?.id}`,
  },
]);

/** The parts of an ARN that locate its resource. */
export function partsOfArn(arn: string): { partition: string; region: string; account: string } {
  const [, partition = "", , region = "", account = ""] = arn.split(":");
  return { partition, region, account };
}

/** The name of the bucket with this ARN. */
export const bucketNameOf = (arn: string): string => arn.split(":::").at(-1) ?? "";

/** The problem of a KMS key outside the bucket's region: S3 accepts only keys in that region. */
export function keyElsewhere(
  kmsKeyArn: string,
  bucket: { readonly partition?: string | undefined; readonly region?: string | undefined },
): Problem[] {
  const { partition, region } = partsOfArn(kmsKeyArn);
  const isElsewhere = bucket.region === undefined ? partition !== bucket.partition : region !== bucket.region;
  return isElsewhere
    ? [
        {
          name: "kmsKeyArn",
          value: kmsKeyArn,
          rule: `the KMS key is in ${bucket.region === undefined ? `the partition ${partition}` : region}, and the bucket in ${bucket.region ?? bucket.partition}; both must be in the same region`,
          fix: "use a key in the region of the bucket",
        },
      ]
    : [];
}
