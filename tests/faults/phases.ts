import { expectedBucket } from "../support/bucket";
import { expectedConsumer } from "../support/consumer";
import type { Outputs } from "../support/environment";

/** What a stack goes through. */
export interface Phase {
  readonly name: string;
  /** The settings that it is brought to; none: it is destroyed. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether it makes things that AWS may not know of everywhere at once. */
  readonly makesThings: boolean;
}

const tags = { team: "databases" };
const changed = { tags, versioning: false, noncurrentVersionDays: 60, access: "restic" };

/** In their order. */
export const phases: readonly Phase[] = [
  { name: "first up", settings: {}, makesThings: true },
  { name: "update", settings: changed, makesThings: false },
  {
    name: "rotation: make",
    settings: { ...changed, keyGeneration: 2, previousKey: "active" },
    makesThings: true,
  },
  {
    name: "rotation: deactivate",
    settings: { ...changed, keyGeneration: 2, previousKey: "inactive" },
    makesThings: false,
  },
  { name: "rotation: delete", settings: { ...changed, keyGeneration: 2 }, makesThings: false },
  { name: "destroy", makesThings: false },
];

/** The policy of restic, for a bucket without versions. */
const resticPolicy = (arn: string) => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["s3:ListBucket"], Resource: [arn] },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      Resource: [`${arn}/*`],
    },
    {
      Effect: "Allow",
      Action: ["s3:PutObject"],
      Resource: [`${arn}/*`],
      Condition: { Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "true" } },
    },
  ],
});

/** How AWS has to show what a phase leads to. */
export function expectedAfter(phase: Phase, outputs: Outputs & { readonly previousAccessKeyId?: string }) {
  const { accessKeyId, previousAccessKeyId, bucketArn } = outputs;
  const bucket = expectedBucket(bucketArn);
  const consumer = expectedConsumer(outputs);
  const isChanged = phase.settings?.tags !== undefined;
  const [aborts, expires] = bucket.lifecycle;
  const status = phase.settings?.previousKey === "inactive" ? "Inactive" : "Active";
  const keys = [
    ...(previousAccessKeyId === undefined ? [] : [{ AccessKeyId: previousAccessKeyId, Status: status }]),
    { AccessKeyId: accessKeyId, Status: "Active" },
  ];
  return {
    bucket: !isChanged
      ? bucket
      : {
          ...bucket,
          ownership: [{ ObjectOwnership: "BucketOwnerEnforced" }],
          versioning: "Suspended",
          lifecycle: [aborts, { ...expires, NoncurrentVersionExpiration: { NoncurrentDays: 60 } }],
          tags,
        },
    consumer: {
      ...consumer,
      keys,
      ...(isChanged && { policy: resticPolicy(bucketArn), userTags: tags, policyTags: tags }),
    },
  };
}
