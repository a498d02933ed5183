import type { Place, Recorded } from "../unit/record";
import * as aws from "./aws";

// What AWS would say of the inputs that were registered, resource by resource.

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const suffix = "-0000000";
type Inputs = Recorded["inputs"];
/** The exact name, or one that Pulumi makes. */
const physical = ({ name }: Recorded, exact: unknown) => exact ?? `${name}${suffix}`;
const optional = (takes: aws.Takes, value: unknown) => value === undefined || takes(value);
const isSame = (value: unknown, wanted: unknown) => JSON.stringify(value) === JSON.stringify(wanted);

/** IAM counts no white space (IAM and AWS STS quotas). */
const sizeOf = (policy: string) => [...policy].filter((character) => character.trim() !== "").length;
/** The pattern of IAM's policyDocumentType. */
const takesDocument = (text: unknown) =>
  typeof text === "string" && /^[\t\n\r\u0020-\u00ff]+$/.test(text) && sizeOf(text) <= 6144;

/** What Pulumi marks as a secret, in plain. */
const unmarked = (secret: unknown) => String((secret as { readonly value?: string }).value);

/** A secret that is a JSON object of strings, with the name and the secret of a key. */
const holdsKey = (secret: unknown) => {
  const held = JSON.parse(unmarked(secret)) as Record<string, unknown>;
  return (
    Object.values(held).every((value) => typeof value === "string") &&
    held.AWS_ACCESS_KEY_ID !== "" &&
    held.AWS_SECRET_ACCESS_KEY !== ""
  );
};

/** Of the guide's own policy: it grants nothing. */
const guidesOwn = "s3:DeleteObjectAcl";

function takesStatement(knownActions: ReadonlySet<string>, statement: Statement, bucketArn: string): boolean {
  const { Effect, Action, Resource, Condition = {}, ...more } = statement;
  const isKnown = (action: string) =>
    knownActions.has(action) || [guidesOwn, "kms:GenerateDataKey", "kms:Decrypt"].includes(action);
  const ranges = Object.entries(Condition).flatMap(([operator, keys]) =>
    operator === "IpAddress" ? Object.values(keys).flat() : [],
  );
  return (
    Effect === "Allow" &&
    isSame(more, {}) &&
    Array.isArray(Action) &&
    Action.length > 0 &&
    new Set(Action).size === Action.length &&
    Action.every((action) => typeof action === "string" && isKnown(action)) &&
    Resource.length > 0 &&
    Resource.every(
      (resource) =>
        (resource === "*" && isSame(Action, ["s3:ListAllMyBuckets"])) ||
        resource === bucketArn ||
        resource.startsWith(`${bucketArn}/`) ||
        aws.takesKeyArn(resource),
    ) &&
    ranges.every((range) => aws.takesCidr(range) && aws.isSeen(String(range)))
  );
}

/** Where it is, and whether its bucket was there before. */
interface Around extends Place {
  readonly isAdopted: boolean;
}

/** What one resource is sent with. */
type Look = (resource: Recorded, inputs: Inputs, all: readonly Recorded[], around: Around) => boolean;

/** The bucket of the mocks, by its ARN; not the one of its access logs, which comes before it. */
const bucketArnOf = (all: readonly Recorded[], { partition }: Around): string => {
  const bucket = all.find(
    ({ type, parent = "" }) =>
      type === bucketType && !parent.startsWith("s3-backup-target:index:AccessLogBucket"),
  );
  return `arn:${partition}:s3:::${bucket?.inputs.bucket ?? (isLookedUp(bucket) ? bucket?.name : `${bucket?.name}-1a2b3c4`)}`;
};
const bucketType = "aws:s3/bucket:Bucket";
/** An existing bucket is read and not made: it is sent nothing. */
const isLookedUp = (bucket: Recorded | undefined) => bucket?.inputs.forceDestroy === undefined;

interface Rule {
  readonly days?: number;
  readonly mode?: string;
}

const looks = (knownActions: ReadonlySet<string>): Readonly<Record<string, Look>> => ({
  "s3-backup-target:index:BackupTarget": () => true,
  "s3-backup-target:index:BackupBucket": () => true,
  "s3-backup-target:index:AccessLogBucket": () => true,
  "s3-backup-target:index:BackupConsumer": () => true,
  [bucketType]: (bucket, { bucket: exact, tags, forceDestroy }, _, { isAdopted }) =>
    isLookedUp(bucket)
      ? aws.hasBucketName(bucket.name)
      : (isAdopted && exact !== undefined ? aws.hasBucketName : aws.takesBucketName)(
          physical(bucket, exact),
        ) &&
        optional(aws.takesTags, tags) &&
        typeof forceDestroy === "boolean",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (_, { rule }) =>
    ["BucketOwnerPreferred", "BucketOwnerEnforced"].some((objectOwnership) =>
      isSame(rule, { objectOwnership }),
    ),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (_, { bucket: _name, ...flags }) =>
    Object.values(flags).join() === "true,true,true,true",
  // S3: "Bucket policies are limited to 20 KB in size."
  "aws:s3/bucketPolicy:BucketPolicy": (_, { policy }) =>
    [1, 2].includes(JSON.parse(String(policy)).Statement.length) && String(policy).length <= 20_480,
  "aws:s3/bucketVersioning:BucketVersioning": (_, { versioningConfiguration }, all) =>
    isSame(versioningConfiguration, { status: "Enabled" }) ||
    // S3: "When Object Lock is enabled … you can't … suspend versioning for the bucket."
    (isSame(versioningConfiguration, { status: "Suspended" }) &&
      !all.some(({ type }) => type.endsWith(":BucketObjectLockConfiguration"))),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
    _,
    { rules },
  ) => {
    const [rule] = rules as { applyServerSideEncryptionByDefault: Inputs }[];
    const { sseAlgorithm, kmsMasterKeyId } = rule?.applyServerSideEncryptionByDefault ?? {};
    return sseAlgorithm === "AES256"
      ? kmsMasterKeyId === undefined
      : sseAlgorithm === "aws:kms" && aws.takesKeyArn(kmsMasterKeyId);
  },
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (_, { rule }) => {
    if (rule === undefined) {
      return true;
    }
    const { mode, days } = (rule as { defaultRetention: Rule }).defaultRetention;
    return ["GOVERNANCE", "COMPLIANCE"].includes(mode ?? "") && aws.takesRetentionDays(days);
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (_, { rules }) => {
    const [uploads, versions] = rules as Record<string, Record<string, unknown>>[];
    // The one rule of a bucket for access logs.
    if (versions === undefined) {
      return aws.takesDays(uploads?.expiration?.days);
    }
    return (
      aws.takesDays(uploads?.abortIncompleteMultipartUpload?.daysAfterInitiation) &&
      aws.takesDays(versions?.noncurrentVersionExpiration?.noncurrentDays) &&
      uploads?.id !== versions?.id
    );
  },
  // S3: a bucket must not log to itself, which makes a log of each log.
  "aws:s3/bucketLogging:BucketLogging": (_, { bucket, targetBucket }) =>
    typeof targetBucket === "string" && bucket !== targetBucket,
  // KMS: a description of at most 8192 characters, and 7 to 30 days.
  "aws:kms/key:Key": (_, { description, deletionWindowInDays, tags }) =>
    String(description).length <= 8192 &&
    Number(deletionWindowInDays) >= 7 &&
    Number(deletionWindowInDays) <= 30 &&
    optional(aws.takesTags, tags),
  "aws:kms/alias:Alias": (_, { name }) => aws.takesAlias(name),
  "aws:iam/policy:Policy": (policy, { name, path, policy: document, tags }, all, around) => {
    const { Version, Statement } = JSON.parse(String(document)) as {
      Version: string;
      Statement: Statement[];
    };
    return (
      aws.takesPolicyName(physical(policy, name)) &&
      optional(aws.takesPath, path) &&
      optional(aws.takesTags, tags) &&
      takesDocument(document) &&
      Version === "2012-10-17" &&
      Statement.length > 0 &&
      Statement.every((statement) => takesStatement(knownActions, statement, bucketArnOf(all, around)))
    );
  },
  "aws:iam/group:Group": (group, { name, path }) =>
    aws.takesGroupName(physical(group, name)) && optional(aws.takesPath, path),
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": () => true,
  "aws:iam/user:User": (user, { name, path, permissionsBoundary, tags }) =>
    aws.takesUserName(physical(user, name)) &&
    optional(aws.takesPath, path) &&
    optional(aws.takesPolicyArn, permissionsBoundary) &&
    optional(aws.takesTags, tags),
  "aws:iam/role:Role": (role, { name, path, permissionsBoundary, tags, assumeRolePolicy }) =>
    aws.takesRoleName(physical(role, name)) &&
    optional(aws.takesPath, path) &&
    optional(aws.takesPolicyArn, permissionsBoundary) &&
    optional(aws.takesTags, tags) &&
    // IAM: 2,048 characters by default. Nobody may be anybody.
    String(assumeRolePolicy).length <= 2048 &&
    !/"(AWS|Federated|Service)":"[*]"|:sub":"[*]/.test(String(assumeRolePolicy)),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => true,
  "pulumi:index:Stash": () => true,
  "aws:iam/userGroupMembership:UserGroupMembership": (_, { groups }) => (groups as unknown[]).length === 1,
  // Systems Manager: 4 KB for a standard parameter, and no "{{}}" in it. Both: 50 tags.
  "aws:ssm/parameter:Parameter": (_, { name, type, value, tags }) =>
    aws.takesParameterName(name) &&
    type === "SecureString" &&
    Buffer.byteLength(unmarked(value)) <= 4096 &&
    !unmarked(value).includes("{{") &&
    holdsKey(value) &&
    optional(aws.takesTags, tags),
  "aws:secretsmanager/secret:Secret": (_, { name, tags, recoveryWindowInDays }) =>
    aws.takesSecretName(name) && recoveryWindowInDays === 0 && optional(aws.takesTags, tags),
  "aws:secretsmanager/secretVersion:SecretVersion": (_, { secretString }) => holdsKey(secretString),
  "aws:iam/accessKey:AccessKey": ({ parent }, { status }, all) =>
    // IAM: two access keys for a user.
    [undefined, "Inactive"].includes(status as undefined) &&
    all.filter((other) => other.parent === parent && other.type === "aws:iam/accessKey:AccessKey").length <=
      2,
});

/** Looks at every resource; says which of them AWS would refuse. */
export type Inspect = (resources: readonly Recorded[], around: Around) => string[];

/** Makes it, once the actions are known. */
export async function makeInspection(): Promise<Inspect> {
  const lookAt = looks(await aws.knownActions());
  return (resources, around) => {
    // IAM: names "must be unique within the account. Names are not distinguished by case."
    const iamNames = resources.flatMap(({ type, inputs }) =>
      type.startsWith("aws:iam/") && typeof inputs.name === "string"
        ? [`${type} ${inputs.name.toLowerCase()}`]
        : [],
    );
    const twice = [...resources.map(({ type, name }) => `${type} ${name}`), ...iamNames].filter(
      (title, index, all) => all.indexOf(title) !== index,
    );
    const refused = resources.filter(
      (resource) => lookAt[resource.type]?.(resource, resource.inputs, resources, around) !== true,
    );
    return [
      ...twice.map((title) => `twice: ${title}`),
      ...refused.map(({ type, name, inputs }) => `${type} ${name}: ${JSON.stringify(inputs)}`),
    ];
  };
}
