import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Names } from "../../commands/adopt/inspect";
import type { Credentials } from "../../local/aws/clients";
import { fresh } from "./environment";
import { guidePolicy } from "./expected";

/** An account, as its owner sees it. */
export interface Owner {
  readonly s3: S3Client;
  readonly iam: IAMClient;
}

/** Names as the guide suggests them, that no other run has used. */
export const freshNames = (): Names => ({
  bucket: fresh("youraccountname-mlab-backups"),
  user: fresh("mLabUser"),
  group: fresh("mLabGroup"),
  policy: fresh("mLabS3BackupsPolicy"),
});

/** What the owner of an account makes by the console, step by step as the guide has it. */
export async function followTheGuide(
  { iam, s3 }: Owner,
  names: Names,
  document: object,
): Promise<Credentials> {
  const { bucket: Bucket, user: UserName, group: GroupName } = names;
  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: names.policy,
      PolicyDocument: JSON.stringify(document, undefined, 4),
    }),
  );
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: Policy?.Arn }));
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  await s3.send(new CreateBucketCommand({ Bucket }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

/** The guide's policy for a bucket of this name. */
export const guide = ({ bucket }: Names) => guidePolicy(`arn:aws:s3:::${bucket}`);
