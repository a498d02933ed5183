// Finds the resources in AWS that people create by hand, following the guide. It only reads.
import {
  GetGroupCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupPoliciesCommand,
  ListGroupsForUserCommand,
  ListUserPoliciesCommand,
  paginateListPolicies,
} from "@aws-sdk/client-iam";
import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { UserError } from "../../common/errors";
import { warnOfBucketName } from "../../components/naming";
import { type BucketPart, bucketPartNames, readBucketPart } from "../aws/bucketParts";
import { orNothing } from "../aws/refused";
import { type KeyInUse, keysInUse } from "../keys/keyUse";

/** The owner's names for the four resources. */
export interface Names {
  readonly bucket: string;
  readonly user: string;
  readonly group: string;
  readonly policy: string;
}

/** The guide doesn't use Object Lock. */
type AdoptedPart = Exclude<BucketPart, "objectLock">;
const adoptedParts = bucketPartNames.filter((part): part is AdoptedPart => part !== "objectLock");

/** The resources that exist. */
export interface Found extends Names {
  /** The settings that the bucket has, including AWS's defaults. */
  readonly bucketHas: Readonly<Record<AdoptedPart, boolean>>;
  readonly policyArn: string;
  readonly attached: boolean;
  readonly isMember: boolean;
  readonly keys: readonly KeyInUse[];
  /** What stays unchanged but matters: one sentence each. */
  readonly beside: readonly string[];
}

/**
 * Reads what there is.
 *
 * @param region the one that the stack deploys to; undefined: not set
 * @throws a `UserError` that names each missing resource, or the bucket's region if it is another one
 */
export async function find(
  { iam, s3 }: { iam: IAMClient; s3: S3Client },
  names: Names,
  region: string | undefined,
): Promise<Found> {
  const { bucket: Bucket, user: UserName, group: GroupName } = names;
  const [user, group, policyArn] = await Promise.all([
    orNothing(iam.send(new GetUserCommand({ UserName }))),
    orNothing(iam.send(new GetGroupCommand({ GroupName }))),
    arnOf(iam, names.policy),
  ]);
  // After the bucket, because S3's answer doesn't distinguish wrong credentials from another account's bucket.
  const regionOfBucket = await regionOf(s3, Bucket);
  if (regionOfBucket === undefined || user === undefined || group === undefined || policyArn === undefined) {
    const missing = [
      ...(regionOfBucket === undefined ? [`bucket ${Bucket}; to list them: aws s3 ls`] : []),
      ...(user === undefined ? [`user ${UserName}; to list them: aws iam list-users`] : []),
      ...(group === undefined ? [`group ${GroupName}; to list them: aws iam list-groups`] : []),
      ...(policyArn === undefined
        ? [`policy ${names.policy}; to list them: aws iam list-policies --scope Local`]
        : []),
    ];
    throw new UserError(missing.map((what) => `This AWS account has no ${what}`).join("\n"));
  }
  if (regionOfBucket !== region) {
    throw new UserError(
      `The bucket ${Bucket} is in ${regionOfBucket}, but the stack deploys to ${region ?? "no region yet"}. Set its region: npx pulumi config set aws:region ${regionOfBucket}`,
    );
  }
  const has = async (part: AdoptedPart) =>
    [part, (await readBucketPart(part, s3, Bucket)) !== undefined] as const;
  const [parts, keys, groups, attached, ofUser, inUser, inGroup, password, entities] = await Promise.all([
    Promise.all(adoptedParts.map(has)),
    keysInUse(iam, UserName),
    iam.send(new ListGroupsForUserCommand({ UserName })),
    iam.send(new ListAttachedGroupPoliciesCommand({ GroupName })),
    iam.send(new ListAttachedUserPoliciesCommand({ UserName })),
    iam.send(new ListUserPoliciesCommand({ UserName })),
    iam.send(new ListGroupPoliciesCommand({ GroupName })),
    orNothing(iam.send(new GetLoginProfileCommand({ UserName }))),
    iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: policyArn })),
  ]);
  const groupsOfUser = (groups.Groups ?? []).map((one) => one.GroupName ?? "");
  const ofGroup = attached.AttachedPolicies ?? [];
  const beside = [
    [
      "Other policies of the user, which give the key more access",
      [...(ofUser.AttachedPolicies ?? []).map(({ PolicyName }) => PolicyName), ...(inUser.PolicyNames ?? [])],
    ],
    [
      "Other groups of the user, which give the key more access",
      groupsOfUser.filter((name) => name !== GroupName),
    ],
    [
      "Other policies of the group, which give the key more access",
      [
        ...ofGroup.filter(({ PolicyArn }) => PolicyArn !== policyArn).map(({ PolicyName }) => PolicyName),
        ...(inGroup.PolicyNames ?? []),
      ],
    ],
    [
      "Other members of the group, who have the same access as the key",
      (group.Users ?? []).map((one) => one.UserName).filter((name) => name !== UserName),
    ],
    [
      "Others with this policy, which changes for them too",
      [
        ...(entities.PolicyGroups ?? []).map((one) => one.GroupName).filter((name) => name !== GroupName),
        ...(entities.PolicyUsers ?? []).map((one) => one.UserName),
        ...(entities.PolicyRoles ?? []).map((one) => one.RoleName),
      ],
    ],
    ["The user's password for the AWS console", password ? [UserName] : []],
  ] as const;
  return {
    ...names,
    bucketHas: Object.fromEntries(parts) as Found["bucketHas"],
    policyArn,
    attached: ofGroup.some(({ PolicyArn }) => PolicyArn === policyArn),
    isMember: groupsOfUser.includes(GroupName),
    keys,
    beside: [
      ...beside.flatMap(([what, those]) => (those.length === 0 ? [] : [`${what}: ${those.join(", ")}`])),
      ...[warnOfBucketName(Bucket) ?? []].flat(),
    ],
  };
}

/** Undefined: there is no such bucket. */
async function regionOf(s3: S3Client, Bucket: string): Promise<string | undefined> {
  try {
    const { BucketRegion = "us-east-1" } = await s3.send(new HeadBucketCommand({ Bucket }));
    return BucketRegion;
  } catch (error) {
    const { $metadata, $response } = error as {
      $metadata?: { httpStatusCode?: number };
      $response?: { headers: Record<string, string> };
    };
    if ($metadata?.httpStatusCode === 404) {
      return undefined;
    }
    if ($metadata?.httpStatusCode === 403) {
      throw new UserError(
        `These credentials can't see the bucket ${Bucket}. It belongs to another account, or they lack s3:ListBucket on it. To see their account: aws sts get-caller-identity`,
      );
    }
    // S3 redirects to the bucket's region.
    const region = $response?.headers["x-amz-bucket-region"];
    if (region === undefined) {
      throw error;
    }
    return region;
  }
}

async function arnOf(iam: IAMClient, name: string): Promise<string | undefined> {
  for await (const { Policies = [] } of paginateListPolicies({ client: iam }, { Scope: "Local" })) {
    const found = Policies.find(({ PolicyName }) => PolicyName === name);
    if (found !== undefined) {
      return found.Arn;
    }
  }
  return undefined;
}
