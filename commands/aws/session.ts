// Temporary credentials, from STS.
import { AssumeRoleCommand, type Credentials, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import type { ConsumerWithSecret, RoleInState } from "../stack/consumers";
import { connection, deployerConfig } from "./clients";
import type { ProviderConfig } from "./provider";

/** Credentials that expire. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

const sessionOf = (credentials: Credentials | undefined): Session => ({
  accessKeyId: credentials?.AccessKeyId ?? "",
  secretAccessKey: credentials?.SecretAccessKey ?? "",
  sessionToken: credentials?.SessionToken ?? "",
  expiration: credentials?.Expiration ?? new Date(Number.NaN),
});

/** Temporary credentials of a role, assumed by the deployer. */
export async function assumeRole(
  provider: ProviderConfig,
  { arn, externalId }: RoleInState,
  seconds: number,
): Promise<Session> {
  const sts = new STSClient(deployerConfig(provider));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: arn,
      // Shown in CloudTrail and S3's access logs.
      RoleSessionName: "s3-backup-target",
      ...(externalId !== undefined && { ExternalId: externalId }),
      DurationSeconds: seconds,
    }),
  );
  return sessionOf(Credentials);
}

/** Temporary credentials of a key, with the key's permissions on the bucket, and none in IAM. */
export async function sessionOfKey(consumer: ConsumerWithSecret, seconds: number): Promise<Session> {
  const { region, accessKeyId, secretAccessKey } = consumer;
  const sts = new STSClient({
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...connection(consumer),
  });
  const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: seconds }));
  return sessionOf(Credentials);
}
