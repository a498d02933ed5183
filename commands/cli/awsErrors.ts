import { isUnreachable, proxyError } from "../aws/networkErrors";

/** What the SDK's errors mean, by their names. */
const meanings: readonly (readonly [name: RegExp, meaning: (message: string) => string])[] = [
  [
    /^CredentialsProviderError$|^TokenProviderError$/,
    (message) =>
      `There are no AWS credentials that could be used (${message}). Sign in to AWS in this shell, such as by aws sso login and AWS_PROFILE, and try: aws sts get-caller-identity`,
  ],
  [
    /^(ExpiredToken|RequestExpired)/,
    () => "The AWS credentials have expired. Sign in to AWS again in this shell.",
  ],
  [
    /^(InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|UnrecognizedClient)/,
    (message) =>
      `AWS does not take the credentials of this shell (${message}). Try: aws sts get-caller-identity`,
  ],
  [
    /^(AccessDenied|UnauthorizedOperation|Forbidden)/,
    (message) =>
      `AWS does not let the credentials of this shell do that: ${message}\ndocs/permissions.md lists the permissions that you need.`,
  ],
];

/** What an error of the AWS SDK means to whoever runs a command; undefined: it is another one. */
export function meaningOfAwsError({ name, code, message }: Error & { code?: string }): string | undefined {
  const what = message || code || name;
  if (name === proxyError) {
    return `There is no way to AWS: ${what}. Check the proxy, or name the host in NO_PROXY.`;
  }
  if (isUnreachable({ name, ...(code !== undefined && { code }) })) {
    return `AWS cannot be reached (${what}). Check the network and HTTPS_PROXY, and that the local AWS runs if it is the stack dev (npm start).`;
  }
  const known = meanings.find(([pattern]) => pattern.test(name) || pattern.test(code ?? ""));
  return known?.[1](what);
}
