import {
  CreateAccessKeyCommand,
  GetPolicyCommand,
  type IAMClient,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type Call, calls, type Place } from "../../commands/verify/calls";
import { fresh, type Outputs } from "./environment";
import { bucketPolicy } from "./expected";

/** What came of a request: "allowed", "refused", or the name of the error where it is another one. */
export const answer = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => "allowed",
    // The answer to a HEAD request has no body that could name the error.
    ({ name, $metadata }: Error & { $metadata?: { httpStatusCode?: number } }) =>
      name === "AccessDenied" || (name === "Unknown" && $metadata?.httpStatusCode === 403) ? "refused" : name,
  );

/** A folder of a bucket with what the calls work on, made by the bucket's owner. */
export async function makePlace(owner: S3Client, Bucket: string, folder: string): Promise<Place> {
  const Key = `${folder}sample`;
  const { VersionId = "null" } = await owner.send(new PutObjectCommand({ Bucket, Key, Body: "first" }));
  await owner.send(new PutObjectCommand({ Bucket, Key, Body: "second" }));
  const lock = `${folder}locks/1`;
  await owner.send(new PutObjectCommand({ Bucket, Key: lock, Body: "lock" }));
  const unfinished = `${folder}unfinished`;
  const { UploadId } = await owner.send(new CreateMultipartUploadCommand({ Bucket, Key: unfinished }));
  const object = { Key, VersionId };
  return { Bucket, folder, object, sample: object, upload: { Key: unfinished, UploadId }, lock };
}

/**
 * Every call that some backup tool makes, in an order in which one does not spoil the next. Each is decided by an IAM
 * action of its own, or by another resource or condition.
 */
export const toolCalls = {
  ...calls,
  "list all": { send: (s3, { Bucket }) => s3.send(new ListObjectsV2Command({ Bucket })) },
  head: { send: (s3, { Bucket }) => s3.send(new HeadBucketCommand({ Bucket })) },
  "put with acl": {
    send: (s3, { Bucket, folder }) =>
      s3.send(new PutObjectCommand({ Bucket, Key: `${folder}private`, Body: "new", ACL: "private" })),
  },
  "put with tags": {
    send: (s3, { Bucket, folder }) =>
      s3.send(new PutObjectCommand({ Bucket, Key: `${folder}tagged`, Body: "new", Tagging: "a=b" })),
  },
} satisfies Record<string, Pick<Call, "send">>;

export type ToolCall = keyof typeof toolCalls;

/** The same calls, in the order in which {@link allowedCalls} makes them. */
export const inOrder = (calls: readonly string[]) =>
  Object.keys(toolCalls).filter((call) => calls.includes(call));

/** Where a request is allowed, though what it asks for cannot be had: no lock on the bucket, nothing in an archive. */
const nothingThere = [
  "ObjectLockConfigurationNotFoundError",
  "InvalidObjectState",
  "ObjectAlreadyInActiveTierError",
];

/** Those of a consumer's calls, at a place, that are allowed; what ends in any other way than a refusal is named. */
export async function allowedCalls(s3: S3Client, place: Place): Promise<string[]> {
  const allowed: string[] = [];
  for (const [name, { send }] of Object.entries(toolCalls)) {
    const came = await answer(send(s3, place));
    if (came !== "refused") {
      allowed.push(came === "allowed" || nothingThere.includes(came) ? name : `${name}: ${came}`);
    }
  }
  return allowed;
}

/** What no key for backups may ever do. */
export function forbiddenCalls(
  { s3, iam }: { s3: S3Client; iam: IAMClient },
  { bucketName: Bucket, bucketArn, userName: UserName, policyArn: PolicyArn }: Outputs,
): Record<string, () => Promise<unknown>> {
  const open = { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: `${bucketArn}/*` };
  return {
    "open the bucket to everybody": () =>
      s3.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: JSON.stringify({ Version: "2012-10-17", Statement: [open] }),
        }),
      ),
    "drop what refuses plain http": () =>
      s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(bucketPolicy("arn:aws:s3:::x")) })),
    "suspend versioning": () =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
    "let everything expire": () =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ ID: "x", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
          },
        }),
      ),
    "delete the bucket": () => s3.send(new DeleteBucketCommand({ Bucket })),
    "make a bucket": () => s3.send(new CreateBucketCommand({ Bucket: fresh("mine") })),
    "list users": () => iam.send(new ListUsersCommand({})),
    "make itself a second key": () => iam.send(new CreateAccessKeyCommand({ UserName })),
    "read its own policy": () => iam.send(new GetPolicyCommand({ PolicyArn })),
  };
}
