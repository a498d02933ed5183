import type { Found } from "./inspect";

/** A resource that a stack manages and that may already exist. */
export interface Adoptable {
  /** What the announcement calls it. */
  readonly noun: string;
  /** Its import ID; undefined: it doesn't exist. */
  readonly importId: (found: Found) => string | undefined;
  /** What an update of it means for stored data, and for who has access. */
  readonly meaning?: (inputs: unknown) => string | undefined;
  /** Whether its ID in the state differs from its import ID. */
  readonly ownId?: true;
}

const bucketIf = (part: keyof Found["bucketHas"]) => (found: Found) =>
  found.bucketHas[part] ? found.bucket : undefined;

/** A value somewhere inside. */
const inside = (inputs: unknown, name: string) =>
  new RegExp(`"${name}":"?([^",}]+)`).exec(JSON.stringify(inputs))?.[1];

/** By type: each exists once for a consumer, or once for its bucket. */
export const adoptable: Readonly<Record<string, Adoptable>> = {
  "aws:s3/bucket:Bucket": {
    noun: "bucket",
    importId: ({ bucket }) => bucket,
    meaning: (inputs) =>
      inside(inputs, "forceDestroy") === "true"
        ? "!! npx pulumi destroy WILL DELETE IT WITH ALL ITS BACKUPS (forceDestroy)."
        : undefined,
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    noun: "bucket's object ownership",
    importId: bucketIf("ownership"),
    meaning: (inputs) =>
      inside(inputs, "objectOwnership") === "BucketOwnerEnforced"
        ? "ACLs are off: S3 refuses to set any, and existing ones no longer grant access."
        : "ACLs are on: the key can read and write the ACLs of its objects, as its policy allows.",
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    noun: "bucket's public access block",
    importId: bucketIf("publicAccessBlock"),
    meaning: () =>
      "!! PUBLIC ACCESS TO THIS BUCKET WILL BE BLOCKED. If a website, or anyone without a key, reads from it, do not adopt it.",
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    noun: "bucket's policy",
    importId: bucketIf("policy"),
    meaning: () => "Requests over plain HTTP are refused, from everyone.",
  },
  "aws:s3/bucketVersioning:BucketVersioning": {
    noun: "bucket's versioning",
    importId: bucketIf("versioning"),
    meaning: (inputs) =>
      inside(inputs, "status") === "Enabled"
        ? "Versioning is on: an overwritten or deleted object is kept as an old version, and costs as before. You can suspend versioning later, but never turn it off."
        : "Versioning is suspended: S3 keeps existing old versions, and creates no new ones.",
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    noun: "bucket's encryption",
    importId: bucketIf("encryption"),
    meaning: () =>
      "Applies to new uploads, and blocks uploads with a client's own key (SSE-C). Existing objects are unchanged and readable.",
  },
  "aws:s3/bucketLogging:BucketLogging": {
    noun: "bucket's access logs",
    importId: bucketIf("logging"),
    meaning: (inputs) =>
      `S3 logs each request to ${inside(inputs, "targetBucket") ?? "the log bucket"} from then on, and nowhere else.`,
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    noun: "bucket's lifecycle",
    importId: bucketIf("lifecycle"),
    meaning: (inputs) =>
      `S3 deletes old versions after ${inside(inputs, "noncurrentDays")} days and the parts of unfinished uploads after ${inside(inputs, "daysAfterInitiation")}, including existing ones. Other rules are removed.`,
  },
  "aws:iam/policy:Policy": {
    noun: "policy",
    importId: ({ policyArn }) => policyArn,
    meaning: () => "From then on, this is all that the policy allows, for everyone who has it.",
  },
  "aws:iam/group:Group": { noun: "group", importId: ({ group }) => group },
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": {
    noun: "policy's attachment to the group",
    importId: ({ group, policyArn, attached }) => (attached ? `${group}/${policyArn}` : undefined),
    meaning: () => "All members of the group get the policy's permissions.",
    ownId: true,
  },
  "aws:iam/user:User": {
    noun: "user",
    importId: ({ user }) => user,
    meaning: () =>
      "npx pulumi destroy will delete it even if it has a console password, MFA devices or other access keys (forceDestroy).",
  },
  "aws:iam/userGroupMembership:UserGroupMembership": {
    noun: "user's membership in the group",
    importId: ({ user, group, isMember }) => (isMember ? `${user}/${group}` : undefined),
    meaning: () => "The user's key gets the group's permissions.",
    ownId: true,
  },
  "aws:iam/accessKey:AccessKey": {
    noun: "access key",
    importId: ({ keys }) => keys[0]?.accessKeyId,
  },
};

/** Their types, in the order in which they are announced. */
export const adoptableTypes = Object.keys(adoptable);
