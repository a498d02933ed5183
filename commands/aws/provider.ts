import { UserError } from "../../common/errors";
import { ofNamespace } from "../../components/namespace";
import { nameOf, type StateResource } from "../stack/state";

/** The configuration of a Pulumi AWS provider, by its own names: strings, or JSON for lists and maps. */
export type ProviderConfig = Readonly<Record<string, string>>;

/** That of the default provider. */
export const defaultProvider = (config: Readonly<Record<string, string>>): ProviderConfig =>
  ofNamespace(config, "aws");

/**
 * The provider that a program created for a resource; undefined: it is the default one.
 *
 * @param provider the provider reference in the resource's state
 */
export function explicitProvider(
  provider: string | undefined,
  resources: readonly StateResource[],
): StateResource | undefined {
  const urn = provider?.slice(0, provider.lastIndexOf("::"));
  return urn !== undefined && nameOf({ urn }).startsWith("default")
    ? undefined
    : resources.find((resource) => resource.urn === urn);
}

/** The configuration of a provider that a program created. */
export const configOf = ({ inputs = {} }: StateResource): ProviderConfig =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

/** The endpoints of S3 and IAM, if they aren't AWS's, and whether any certificate is accepted. */
export function endpointOf({ endpoints = "[]", insecure }: ProviderConfig): {
  readonly endpoint: string | undefined;
  readonly insecure: boolean;
} {
  return { endpoint: JSON.parse(endpoints)[0]?.s3, insecure: insecure === "true" };
}

/** The region that a provider deploys to, if it or the environment sets one. */
export const regionOf = ({ region }: ProviderConfig): string | undefined =>
  region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;

/** The deployer's credentials in it, for the SDK's clients; they find the rest in the environment. */
export function credentialsOf(provider: ProviderConfig) {
  if (provider.assumeRole !== undefined || provider.assumeRoles !== undefined) {
    throw new UserError(
      "The stack deploys with another role (aws:assumeRole), which this command does not assume. Assume it in this shell: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and the related variables.",
    );
  }
  const { profile, accessKey: accessKeyId, secretKey: secretAccessKey, token: sessionToken } = provider;
  return {
    ...(profile !== undefined && { profile }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
  };
}
