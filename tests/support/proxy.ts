import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestOptions, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { LocalAws } from "../../local/aws";

/** A request to AWS, as AWS's own documents name it. */
export interface Call {
  readonly service: "s3" | "iam" | "sts" | "kms";
  /** Such as CreateUser or PutBucketVersioning. */
  readonly action: string;
  /** Of how many with the same action it is which one, from 1 on. */
  readonly nth: number;
  /** Whether it may change something. */
  readonly writes: boolean;
  /** The status that AWS answered with, once it has. */
  readonly status?: number;
}

/** What becomes of a call. */
export interface Fate {
  /** An error that is answered in AWS's stead, which does not get the call. */
  readonly error?: { readonly status: number; readonly code: string };
  /** The connection is cut before AWS gets the call, or when AWS has done it and before the answer is passed on. */
  readonly reset?: "before" | "after";
  /** Something to be done, or to be waited for, before AWS gets the call, or before its answer is passed on. */
  readonly before?: () => Promise<unknown>;
  readonly after?: () => Promise<unknown>;
}

/** A proxy in front of a local AWS: to its clients, it is that AWS. */
export interface AwsProxy {
  readonly endpoint: string;
  /** All calls that have come through it, in their order. */
  readonly calls: readonly Call[];
  /** Begins to count anew. */
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
}

/** The names of S3's calls about a bucket, by the part of the query that shows them. */
const ofBucket: Readonly<Record<string, string>> = {
  accelerate: "BucketAccelerateConfiguration",
  acl: "BucketAcl",
  cors: "BucketCors",
  encryption: "BucketEncryption",
  lifecycle: "BucketLifecycleConfiguration",
  location: "BucketLocation",
  logging: "BucketLogging",
  "object-lock": "ObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  publicAccessBlock: "PublicAccessBlock",
  replication: "BucketReplication",
  requestPayment: "BucketRequestPayment",
  tagging: "BucketTagging",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
};

/** The names of S3 Control's calls about the tags of a resource. */
const ofTags: Readonly<Record<string, string>> = {
  GET: "ListTagsForResource",
  POST: "TagResource",
  DELETE: "UntagResource",
};

/** An address of S3 with the bucket in its path, where the host name may hold it. */
function withBucketInPath(host: string, path: string): URL {
  const [, bucket] = /^(.+)\.s3\.(?:[\w-]+\.)?amazonaws\.com$/.exec(host) ?? [];
  return new URL(bucket === undefined ? path : `/${bucket}${path}`, "https://s3");
}

function s3Action(method: string, url: URL): string {
  const [, bucket, ...key] = url.pathname.split("/");
  const verb = `${method.slice(0, 1)}${method.slice(1).toLowerCase()}`;
  if (url.pathname.startsWith("/v20180820/tags/")) {
    return ofTags[method] ?? `${verb}Tags`;
  }
  if (bucket === "") {
    return "ListBuckets";
  }
  if (key.join("/") !== "") {
    return `${verb}Object`;
  }
  const part = Object.keys(ofBucket).find((name) => url.searchParams.has(name));
  if (part !== undefined) {
    return `${verb}${ofBucket[part]}`;
  }
  if (url.searchParams.has("versions")) {
    return "ListObjectVersions";
  }
  return { PUT: "CreateBucket", GET: "ListObjects", POST: "DeleteObjects" }[method] ?? `${verb}Bucket`;
}

function nameOf(message: IncomingMessage, body: Buffer): Omit<Call, "nth"> {
  const { method = "GET", url: path = "/", headers } = message;
  const [, service = ""] =
    /Credential=[^/]+\/\d+\/[\w-]+\/(s3|iam|sts|kms)\//.exec(headers.authorization ?? "") ?? [];
  if (service === "iam" || service === "sts") {
    const action = new URLSearchParams(body.toString()).get("Action") ?? "?";
    return { service, action, writes: service === "iam" && !/^(Get|List)/.test(action) };
  }
  if (service === "kms") {
    const action = String(headers["x-amz-target"]).split(".").at(-1) ?? "?";
    return { service, action, writes: !/^(Describe|Get|List)/.test(action) };
  }
  const action = s3Action(method, withBucketInPath(headers.host ?? "", path));
  return { service: "s3", action, writes: method !== "GET" && method !== "HEAD" };
}

/** As S3, and as IAM and STS, report an error. */
function errorText({ service }: Pick<Call, "service">, code: string): string {
  const error = `<Code>${code}</Code><Message>${code}, by the proxy</Message>`;
  if (service === "kms") {
    return JSON.stringify({ __type: code, message: `${code}, by the proxy` });
  }
  return service === "s3"
    ? `<?xml version="1.0" encoding="UTF-8"?><Error>${error}<RequestId>proxy</RequestId></Error>`
    : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>proxy</RequestId></ErrorResponse>`;
}

/** A certificate in PEM, and its private key. */
export interface Certificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/**
 * Starts a proxy in front of a local AWS, on its own port.
 *
 * @param decide what becomes of a call; nothing special unless it says so
 * @param certificate that of the local AWS unless another one is given
 */
export async function startProxy(
  aws: Pick<LocalAws, "endpoint" | "caFile">,
  decide: (call: Call) => Fate | undefined = () => undefined,
  certificate: Certificate = {
    cert: readFileSync(aws.caFile),
    key: readFileSync(join(dirname(aws.caFile), "certificate.key")),
  },
): Promise<AwsProxy> {
  const calls: Call[] = [];
  const counts = new Map<string, number>();
  const ca = readFileSync(aws.caFile);
  const agent = new Agent({ ca, keepAlive: true });

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(message);
    const name = nameOf(message, body);
    const nth = (counts.get(name.action) ?? 0) + 1;
    counts.set(name.action, nth);
    const call: { -readonly [Name in keyof Call]: Call[Name] } = { ...name, nth };
    calls.push(call);
    const fate = decide(call) ?? {};
    await fate.before?.();
    if (fate.reset === "before") {
      message.socket.destroy();
      return;
    }
    if (fate.error !== undefined) {
      response
        .writeHead(fate.error.status, { "content-type": "text/xml", "x-amzn-requestid": "proxy" })
        .end(message.method === "HEAD" ? undefined : errorText(call, fate.error.code));
      return;
    }
    const { method, url: path, headers } = message;
    // No server name: the host name that the client asked for is not one of the local AWS's certificate.
    const options = { method, path, headers, agent, servername: "" };
    const answer = await forward(aws.endpoint, options, body);
    call.status = answer.statusCode ?? 502;
    const text = await bodyOf(answer);
    await fate.after?.();
    if (fate.reset === "after") {
      message.socket.destroy();
    } else {
      response.writeHead(call.status, answer.headers).end(text);
    }
  }

  const server = createServer({ ...certificate, keepAliveTimeout: 75_000 }, (message, response) => {
    // Either side may be killed in the middle of it.
    serve(message, response).catch(() => message.socket.destroy());
  });
  server.on("tlsClientError", () => {}); // a client that was killed
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    forget: () => {
      calls.length = 0;
      counts.clear();
    },
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) {
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function forward(endpoint: string, options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(endpoint, options, resolve).on("error", reject).end(body);
  });
}
