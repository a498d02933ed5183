/** What the SDK's errors mean, by their names, or by their codes where no answer came. */
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
  [
    /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)$/,
    (message) =>
      `AWS cannot be reached (${message}). Check the network, and that the local AWS runs if it is the stack dev (npm start).`,
  ],
];

/** What an error of the AWS SDK means to whoever runs a command; undefined: it is another one. */
export function meaningOfAwsError({ name, code, message }: Error & { code?: string }): string | undefined {
  const known = meanings.find(([pattern]) => pattern.test(name) || pattern.test(code ?? ""));
  return known?.[1](message || code || name);
}
