import type { Found } from "./inspect";

/** A resource that a stack looks after and that may be there already. */
export interface Adoptable {
  /** What the announcement calls it. */
  readonly noun: string;
  /** What Pulumi imports it by; undefined: it is not there. */
  readonly importId: (found: Found) => string | undefined;
  /** What it means that an update makes it so: for what is stored, and for who gets at it. */
  readonly meaning?: (inputs: unknown) => string | undefined;
  /** Whether its ID in a state is another one than what it was imported by. */
  readonly ownId?: true;
}

const bucketIf = (part: keyof Found["bucketHas"]) => (found: Found) =>
  found.bucketHas[part] ? found.bucket : undefined;

/** A value somewhere inside. */
const inside = (inputs: unknown, name: string) =>
  new RegExp(`"${name}":"?([^",}]+)`).exec(JSON.stringify(inputs))?.[1];

/** By type: each is there once for a consumer, or once for its bucket. */
export const adoptable: Readonly<Record<string, Adoptable>> = {
  "aws:s3/bucket:Bucket": {
    noun: "bucket",
    importId: ({ bucket }) => bucket,
    meaning: (inputs) =>
      inside(inputs, "forceDestroy") === "true"
        ? "!! npx pulumi destroy WILL DELETE IT WITH ALL BACKUPS THAT ARE IN IT (forceDestroy)."
        : undefined,
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    noun: "bucket's object ownership",
    importId: bucketIf("ownership"),
    meaning: (inputs) =>
      inside(inputs, "objectOwnership") === "BucketOwnerEnforced"
        ? "ACLs are off: S3 refuses to set any, and who was let in by one is shut out."
        : "ACLs are on: the key can read and write those of its objects, as its policy allows.",
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    noun: "bucket's public access block",
    importId: bucketIf("publicAccessBlock"),
    meaning: () =>
      "!! WHATEVER IN THIS BUCKET IS PUBLIC WILL BE CLOSED TO THE PUBLIC. If a website, or anybody without a key, reads from it, do not adopt it.",
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    noun: "bucket's policy",
    importId: bucketIf("policy"),
    meaning: () => "Requests over plain HTTP are refused, whoever sends them.",
  },
  "aws:s3/bucketVersioning:BucketVersioning": {
    noun: "bucket's versioning",
    importId: bucketIf("versioning"),
    meaning: (inputs) =>
      inside(inputs, "status") === "Enabled"
        ? "It is on: an overwritten or deleted object stays as an old version, and costs as before. It can be suspended later, but never switched off again."
        : "It is suspended: S3 keeps the old versions that there are, and makes no new ones.",
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    noun: "bucket's encryption",
    importId: bucketIf("encryption"),
    meaning: () =>
      "It applies to new uploads, and refuses those with SSE-C, under a key of the client's own. What is stored already stays as it is, and can be read.",
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    noun: "bucket's lifecycle",
    importId: bucketIf("lifecycle"),
    meaning: (inputs) =>
      `S3 deletes old versions after ${inside(inputs, "noncurrentDays")} days and the parts of unfinished uploads after ${inside(inputs, "daysAfterInitiation")}, including those that exist now. Other rules are removed.`,
  },
  "aws:iam/policy:Policy": {
    noun: "policy",
    importId: ({ policyArn }) => policyArn,
    meaning: () => "Everyone with this policy can do this from then on, and nothing else through it.",
  },
  "aws:iam/group:Group": { noun: "group", importId: ({ group }) => group },
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": {
    noun: "policy's attachment to the group",
    importId: ({ group, policyArn, attached }) => (attached ? `${group}/${policyArn}` : undefined),
    meaning: () => "All members of the group can do what the policy allows.",
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
    meaning: () => "The user's key can do what the group may do.",
    ownId: true,
  },
  "aws:iam/accessKey:AccessKey": {
    noun: "access key",
    importId: ({ keys }) => keys[0]?.accessKeyId,
  },
};

/** Their types, in the order in which they are announced. */
export const adoptableTypes = Object.keys(adoptable);
