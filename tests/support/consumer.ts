import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupPoliciesCommand,
  ListGroupsForUserCommand,
  ListUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import type { Outputs } from "./environment";
import { guidePolicy } from "./expected";

/** All that IAM knows of a consumer, from the user outwards. */
export async function readConsumer(iam: IAMClient, { userName, groupName, policyArn }: Outputs) {
  const UserName = userName;
  const GroupName = groupName;
  const { User } = await iam.send(new GetUserCommand({ UserName }));
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName }));
  const ofUser = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
  const inUser = await iam.send(new ListUserPoliciesCommand({ UserName }));
  const ofGroup = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
  const inGroup = await iam.send(new ListGroupPoliciesCommand({ GroupName }));
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: policyArn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policyArn, VersionId: Policy?.DefaultVersionId }),
  );
  const attachedTo = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: policyArn }));
  return {
    userArn: User?.Arn,
    userTags: Object.fromEntries((User?.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    keys: AccessKeyMetadata?.map(({ AccessKeyId, Status }) => ({ AccessKeyId, Status })),
    groups: Groups?.map((group) => group.GroupName),
    policiesOfUser: [...(ofUser.AttachedPolicies ?? []), ...(inUser.PolicyNames ?? [])],
    policiesOfGroup: [
      ...(ofGroup.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn),
      ...(inGroup.PolicyNames ?? []),
    ],
    policy: JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")),
    policyTags: Object.fromEntries((Policy?.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    attachedToGroups: attachedTo.PolicyGroups?.map((group) => group.GroupName),
    attachedToUsers: attachedTo.PolicyUsers,
  };
}

/** What {@link readConsumer} returns for a consumer with the guide's policy. */
export const expectedConsumer = ({ userArn, accessKeyId, groupName, policyArn, bucketArn }: Outputs) => ({
  userArn,
  userTags: {},
  keys: [{ AccessKeyId: accessKeyId, Status: "Active" }],
  groups: [groupName],
  policiesOfUser: [],
  policiesOfGroup: [policyArn],
  policy: guidePolicy(bucketArn),
  policyTags: {},
  attachedToGroups: [groupName],
  attachedToUsers: [],
});
