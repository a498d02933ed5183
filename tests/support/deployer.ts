import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeletePolicyVersionCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import type { Credentials } from "../../local/aws/clients";
import type { PolicyDocument } from "./deployerPolicy";
import { fresh } from "./environment";

/** A user who may do what one policy says, and nothing else. */
export interface Deployer {
  readonly credentials: Credentials;
  readonly setPolicy: (document: PolicyDocument) => Promise<void>;
}

/** Creates such a user. */
export async function createDeployer(iam: IAMClient, document: PolicyDocument): Promise<Deployer> {
  const UserName = fresh("deployer");
  await iam.send(new CreateUserCommand({ UserName }));
  const policy = { PolicyName: UserName, PolicyDocument: JSON.stringify(document) };
  const { Policy: { Arn: PolicyArn, DefaultVersionId } = {} } = await iam.send(
    new CreatePolicyCommand(policy),
  );
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  const { AccessKey: { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = {} } =
    await iam.send(new CreateAccessKeyCommand({ UserName }));
  let inForce = DefaultVersionId;
  return {
    credentials: { accessKeyId, secretAccessKey },
    setPolicy: async (changed) => {
      const VersionId = inForce;
      const version = { PolicyArn, PolicyDocument: JSON.stringify(changed), SetAsDefault: true };
      inForce = (await iam.send(new CreatePolicyVersionCommand(version))).PolicyVersion?.VersionId;
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    },
  };
}
