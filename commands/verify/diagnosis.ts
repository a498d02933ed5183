// What S3's responses mean for the holder of the key: one plain sentence each, which says what to do.

import { isUnreachable, proxyError } from "../aws/networkErrors";
import { invocation } from "../cli/command";
import type { DeployedConsumer } from "../stack/consumers";
import type { CallError } from "./calls";

/** The clock skew that S3 tolerates. */
const maximumSkewMinutes = 15;
/** How long a new key or policy may take to take effect everywhere in AWS; usually seconds. */
const youngMinutes = 5;

/** Node's errors if the server cannot prove that it is S3. */
const untrusted = /CERT|LEAF_SIGNATURE|^EPROTO$/;

const codeOf = ({ name, code }: CallError): string => code ?? name;

/** Whether S3 didn't respond. */
export const isNetworkError = (error: CallError): boolean =>
  isUnreachable(error) || error.name === proxyError || untrusted.test(codeOf(error));

/** Whether AWS doesn't know the key, not yet, or only as inactive. */
export const isUnknownKey = ({ name }: CallError): boolean =>
  name === "InvalidAccessKeyId" || name === "InvalidClientTokenId";

/** The key as the stack's state has it. */
const keyOf = ({ keys, accessKeyId }: DeployedConsumer) =>
  keys.find((key) => key.accessKeyId === accessKeyId);

/** Seconds since AWS made the key or the role, while it may not be known everywhere. */
export function secondsYoung(consumer: DeployedConsumer, now = Date.now()): number | undefined {
  const created = (keyOf(consumer) ?? consumer.role)?.createDate.getTime() ?? Number.NaN;
  const seconds = (now - created) / 1000;
  return seconds < youngMinutes * 60 ? Math.max(0, Math.round(seconds)) : undefined;
}

const restore = (stack: string) => `npx pulumi up --refresh --stack ${stack}`;

/** The meaning of an error that every other call would also get. Undefined: it concerns this call only. */
export function diagnose(error: CallError, consumer: DeployedConsumer): string | undefined {
  const { name, message, $response: { headers = {} } = {} } = error;
  const { accessKeyId, bucketName, region, stack, options } = consumer;
  const host = consumer.endpoint ?? `s3.${region}.amazonaws.com`;
  if (isUnknownKey(error)) {
    const known = keyOf(consumer);
    const state = known === undefined ? "does not have it" : `has it as ${known.status.toLowerCase()}`;
    const young = secondsYoung(consumer) === undefined ? "" : " It is new, so try again in a minute.";
    return `AWS has no active key ${accessKeyId} (${name}: deleted or inactive); the stack's state ${state}.${young} To fix it: ${restore(stack)}`;
  }
  if (name === "SignatureDoesNotMatch") {
    return `The secret does not belong to the key ${accessKeyId} (${name}): the stack's state differs from AWS. AWS does not show a secret again, so create a new key: ${invocation("rotate", options)}`;
  }
  if (name === "AuthorizationHeaderMalformed" || name === "PermanentRedirect") {
    const [, told] = /expecting '([\w-]+)'/.exec(message) ?? [];
    const real = headers["x-amz-bucket-region"] ?? told;
    return `The bucket ${bucketName} is not in ${region}${real === undefined ? "" : ` but in ${real}`} (${name}). Update the output region with npx pulumi refresh --stack ${stack}, and give the service that region.`;
  }
  if (name === "RequestTimeTooSkewed") {
    return `This machine's clock is wrong (${name}): S3 refuses requests that are more than ${maximumSkewMinutes} minutes off. Set the clock, preferably with NTP.`;
  }
  if (name === "NoSuchBucket") {
    return `The bucket ${bucketName} was deleted (${name}), with everything in it. To create a new one: ${restore(stack)}`;
  }
  if (untrusted.test(codeOf(error))) {
    return `The certificate of ${host} isn't S3's (${codeOf(error)}): something in between decrypts the traffic. If that is your own network's proxy, trust its certificate: AWS_CA_BUNDLE=CA.pem ${invocation("verify", options)}`;
  }
  if (name === proxyError) {
    return `Can't connect to ${host}: ${message}. Check the proxy, or add the host to NO_PROXY.`;
  }
  if (isNetworkError(error)) {
    const local =
      consumer.endpoint === undefined ? "" : " and, for the local AWS, that it is running (npm start)";
    return `No answer from ${host} (${codeOf(error)}): check the network, DNS, the firewall and HTTPS_PROXY${local}.`;
  }
  return undefined;
}

/** What the clock skew means, if S3 would refuse it. The SDK corrects its own requests. */
export function describeSkew(seconds: number): string[] {
  const minutes = Math.abs(seconds) / 60;
  return minutes > maximumSkewMinutes
    ? [
        `This machine's clock is ${minutes.toFixed()} minutes ${seconds > 0 ? "fast" : "slow"}, and S3 refuses requests that are more than ${maximumSkewMinutes} minutes off. Set the clock, preferably with NTP.`,
      ]
    : [];
}

/** A call that did not end as expected. */
export interface Unexpected {
  /** In words. */
  readonly call: string;
  /** What IAM decides on, where it is one action. */
  readonly action?: string | undefined;
  readonly expected: "allowed" | "refused";
  /** None: it was allowed. */
  readonly error?: CallError | undefined;
}

/** What the calls that did not end as expected mean. */
export function describeUnexpected(
  unexpected: readonly Unexpected[],
  anythingAllowed: boolean,
  { access, allowedIpRanges, stack, role }: DeployedConsumer,
): string[] {
  const list = (rows: readonly Unexpected[]) =>
    rows.map(({ call, action }) => (action === undefined ? call : `${call} (${action})`)).join(", ");
  const open = unexpected.filter(({ error }) => error === undefined);
  const missing = unexpected.filter(
    ({ expected, error }) => expected === "allowed" && error?.name === "AccessDenied",
  );
  const failed = unexpected.filter((row) => !open.includes(row) && !missing.includes(row));
  const sentences: string[] = [];
  if (open.length > 0) {
    sentences.push(
      `This should be refused but is allowed: ${list(open)}. Restore the policies and the bucket's settings: ${restore(stack)}`,
    );
  }
  if (missing.length > 0 && !anythingAllowed && allowedIpRanges.length > 0) {
    sentences.push(
      `AWS refuses everything to the ${role === undefined ? "key" : "role"} here: it works only from ${allowedIpRanges.join(", ")} (allowedIpRanges). Try it from there, or add this machine's address.`,
    );
  } else if (missing.length > 0) {
    const [reason] = /(because no|with an explicit deny) .+/.exec(missing[0]?.error?.message ?? "") ?? [];
    sentences.push(
      `The access profile ${access} needs this, but it is refused${reason === undefined ? "" : ` ${reason}`}: ${list(missing)}. If you changed the settings, first: npx pulumi up --stack ${stack}. If something else changed a policy: ${restore(stack)}`,
    );
  }
  if (failed.length > 0) {
    const [first] = failed;
    sentences.push(`This failed: ${list(failed)}. ${first?.error?.name}: ${first?.error?.message ?? ""}`);
  }
  return sentences;
}
