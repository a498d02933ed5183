import { isUnreachable, proxyError } from "../aws/networkErrors";

/** What the SDK's errors mean, by their names. */
const meanings: readonly (readonly [name: RegExp, meaning: (message: string) => string])[] = [
  [
    /^CredentialsProviderError$|^TokenProviderError$/,
    (message) =>
      `No valid AWS credentials were found (${message}). Sign in to AWS in this shell, for example with aws sso login and AWS_PROFILE, and try: aws sts get-caller-identity`,
  ],
  [
    /^(ExpiredToken|RequestExpired)/,
    () => "The AWS credentials have expired. Sign in to AWS again in this shell.",
  ],
  [
    /^(InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|UnrecognizedClient)/,
    (message) => `AWS rejects the credentials of this shell (${message}). Try: aws sts get-caller-identity`,
  ],
  [
    /^(AccessDenied|UnauthorizedOperation|Forbidden)/,
    (message) =>
      `The credentials of this shell lack a permission: ${message}\ndocs/permissions.md lists the permissions that you need.`,
  ],
];

/** What an AWS SDK error means to the user who runs a command; undefined: unknown. */
export function meaningOfAwsError({ name, code, message }: Error & { code?: string }): string | undefined {
  const what = message || code || name;
  if (name === proxyError) {
    return `Can't connect to AWS: ${what}. Check the proxy, or add the host to NO_PROXY.`;
  }
  if (isUnreachable({ name, ...(code !== undefined && { code }) })) {
    return `Can't connect to AWS (${what}). Check the network and HTTPS_PROXY. For the stack dev, start the local AWS: npm start`;
  }
  const known = meanings.find(([pattern]) => pattern.test(name) || pattern.test(code ?? ""));
  return known?.[1](what);
}
