import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { environmentAgent } from "./agent";
import { credentialsOf, endpointOf, type ProviderConfig, regionOf } from "./provider";

/** Clients for IAM and S3. */
export interface Clients {
  readonly iam: IAMClient;
  readonly s3: S3Client;
}

/** How the SDK's clients reach a consumer's or a provider's AWS. */
export function connection({
  endpoint,
  insecure,
}: {
  readonly endpoint: string | undefined;
  readonly insecure: boolean;
}) {
  return {
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    requestHandler: { httpsAgent: environmentAgent(insecure) },
  };
}

/** How the deployer of a stack connects, with the credentials that `pulumi up` would use. */
export const deployerConfig = (provider: ProviderConfig) => ({
  region: regionOf(provider) ?? "us-east-1",
  ...connection(endpointOf(provider)),
  ...credentialsOf(provider),
});

/** IAM and S3 as the deployer of a stack sees them. */
export function deployerClients(provider: ProviderConfig): Clients {
  const config = deployerConfig(provider);
  return { iam: new IAMClient(config), s3: new S3Client(config) };
}
