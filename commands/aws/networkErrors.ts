/** The name of the error where a proxy lets nobody through. */
export const proxyError = "ProxyError";

/** What Node and the AWS SDK say where nobody answers, by the code or the name of the error. */
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

/** Whether nobody has answered. */
export const isUnreachable = ({
  name,
  code = "",
}: {
  readonly name: string;
  readonly code?: string;
}): boolean => unreachable.includes(code) || unreachable.includes(name);
