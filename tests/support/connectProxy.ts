import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { accountId, type LocalAws } from "../../local/aws";
import type { Credentials } from "../../local/aws/clients";
import { folder } from "./environment";
import { type AwsProxy, startProxy } from "./proxy";

const run = promisify(execFile);

/** The names that AWS answers to, as far as this project calls it; in us-east-1, S3 also has names without a region. */
const hostNames = (region: string): string[] => {
  const regional = `${region}.amazonaws.com`;
  const s3 = region === "us-east-1" ? [`s3.${regional}`, "s3.amazonaws.com"] : [`s3.${regional}`];
  return [
    ...s3.flatMap((name) => [name, `*.${name}`]),
    `${accountId}.s3-control.${regional}`,
    `sts.${regional}`,
    `kms.${regional}`,
    "iam.amazonaws.com",
  ];
};

/** An HTTP proxy that leads the names of AWS to a local AWS, and goes nowhere else. */
export interface ConnectProxy extends Omit<AwsProxy, "endpoint"> {
  /** What was asked for and is not AWS, instance metadata included; a test expects nothing here. */
  readonly refused: readonly string[];
  /** The host names of AWS that were asked for. */
  readonly hosts: ReadonlySet<string>;
  /** For the SDK's clients: leads the names of AWS to the local AWS as well. */
  readonly agent: Agent;
  /**
   * The environment of a user with these credentials, and nothing else of AWS's in the environment or in files.
   * Upper-case names only: grpc-js takes the lower-case ones for its own.
   */
  readonly env: (credentials: Credentials) => Record<string, string>;
}

/** Starts such a proxy for one region, on loopback. Its certificate is in a separate folder, since suites run side by side. */
export async function startConnectProxy(aws: LocalAws, region: string): Promise<ConnectProxy> {
  const own = mkdtempSync(join(folder, "names-of-aws-"));
  const caFile = join(own, "aws-names.pem");
  const keyFile = join(own, "aws-names.key");
  const names = hostNames(region).map((name) => `DNS:${name}`);
  await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=names of AWS"],
    ...["-addext", `subjectAltName=${names.join()}`, "-keyout", keyFile, "-out", caFile],
  ]);
  const certificate = { cert: readFileSync(caFile), key: readFileSync(keyFile) };
  const isOfAws = (host: string) => new X509Certificate(certificate.cert).checkHost(host) !== undefined;
  const proxy = await startProxy(aws, undefined, certificate);
  const port = Number(new URL(proxy.endpoint).port);
  const agent = new Agent({ ca: certificate.cert, host: "127.0.0.1", port, keepAlive: true });
  const refused: string[] = [];
  const hosts = new Set<string>();

  const server = createServer(({ method, url }, response) => {
    refused.push(`${method} ${url}`);
    response.writeHead(403).end();
  }).on("connect", ({ url = "" }, client) => {
    client.on("error", () => {}); // a client that was killed
    const [host = "", asked] = url.split(":");
    if (asked !== "443" || !isOfAws(host)) {
      refused.push(`CONNECT ${url}`);
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    hosts.add(host);
    const toAws = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      toAws.pipe(client).pipe(toAws);
    }).on("error", () => client.destroy());
    client.on("close", () => toAws.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Empty is unset, for AWS's SDKs and for Go.
  const callers = Object.keys(process.env).filter((name) => /^AWS_|_PROXY$/i.test(name));
  return {
    ...proxy,
    refused,
    hosts,
    agent,
    env: ({ accessKeyId, secretAccessKey }) => ({
      ...Object.fromEntries(callers.map((name) => [name, ""])),
      HTTPS_PROXY: address,
      NO_PROXY: "127.0.0.1,localhost",
      AWS_CA_BUNDLE: caFile,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_CONFIG_FILE: join(own, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(own, "no-credentials"),
      // Whoever asks for it is noted.
      AWS_EC2_METADATA_SERVICE_ENDPOINT: address,
    }),
    stop: async () => {
      agent.destroy();
      await proxy.stop(); // ends the connections that go through
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
