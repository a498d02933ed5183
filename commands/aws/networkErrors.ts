/** The name of the error if a proxy refuses a connection. */
export const proxyError = "ProxyError";

/** The errors of Node and the AWS SDK if there is no response, by their codes or names. */
const unreachable: readonly string[] = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "TimeoutError",
];

/** Whether there was no response. */
export const isUnreachable = ({
  name,
  code = "",
}: {
  readonly name: string;
  readonly code?: string;
}): boolean => unreachable.includes(code) || unreachable.includes(name);
