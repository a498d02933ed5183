import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer, get } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { environmentAgent } from "../../commands/aws/agent";
import { isUnreachable, proxyError } from "../../commands/aws/networkErrors";

const host = "bucket.s3.example.test";
const variables = [
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
  "no_proxy",
  "ALL_PROXY",
  "all_proxy",
  "AWS_CA_BUNDLE",
];

describe("a connection to AWS", () => {
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  const ca = join(folder, "ca.pem");
  const original = variables.map((name) => [name, process.env[name]] as const);
  let server: Server;
  let proxy: Server;
  let answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  /** What the proxy was asked for. */
  let asked: (string | undefined)[] = [];
  const portOf = (of: Server) => (of.address() as AddressInfo).port;

  beforeEach("no variables but these", () => {
    for (const name of variables) {
      delete process.env[name];
    }
    asked = [];
    answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  });
  before("a server with a certificate of its own, and a proxy that leads to it", async () => {
    const key = join(folder, "key.pem");
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"],
        ...["-addext", `subjectAltName=DNS:${host},IP:127.0.0.1`, "-keyout", key, "-out", ca],
      ],
      { stdio: "ignore" },
    );
    server = createSecureServer({ cert: readFileSync(ca), key: readFileSync(key) }, (_, response) =>
      response.end("hello"),
    );
    proxy = createServer().on("connect", ({ url }, client) => {
      asked.push(url);
      client.on("error", () => {});
      client.write(answer);
      if (answer.includes("200")) {
        const through = connect(portOf(server), "127.0.0.1", () => through.pipe(client).pipe(through));
        through.on("error", () => client.destroy());
      } else {
        client.end();
      }
    });
    for (const one of [server, proxy]) {
      await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    }
  });
  after(() => {
    for (const [name, value] of original) {
      delete process.env[name];
      if (value !== undefined) {
        process.env[name] = value;
      }
    }
    for (const one of [server, proxy]) {
      one.closeAllConnections();
      one.close();
    }
    rmSync(folder, { recursive: true });
  });

  /** What comes of a request: the answer, or the name or the code of the error. */
  const request = (url: string, insecure = false): Promise<string> => {
    const agent = environmentAgent(insecure);
    return new Promise<string>((resolve) => {
      get(url, { agent }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      }).on("error", (error: Error & { code?: string }) => {
        resolve(error.name === proxyError ? error.message : (error.code ?? error.message));
      });
    }).finally(() => agent.destroy());
  };
  const throughProxy = () => {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${portOf(proxy)}`;
  };

  it("goes through HTTPS_PROXY, and trusts AWS_CA_BUNDLE behind it", async () => {
    throughProxy();
    expect(await request(`https://${host}/`)).to.equal("DEPTH_ZERO_SELF_SIGNED_CERT");
    process.env.AWS_CA_BUNDLE = ca;
    expect(await request(`https://${host}/`)).to.equal("hello");
    expect(asked).to.deep.equal([`${host}:443`, `${host}:443`]);
  });

  it("goes around the proxy for the hosts of NO_PROXY", async () => {
    throughProxy();
    process.env.NO_PROXY = "other.test,.example.test";
    const code = await request(`https://${host}/`);
    expect(isUnreachable({ name: "", code }), code).to.equal(true);
    expect(asked).to.deep.equal([]);
  });

  it("goes around the proxy to this machine, where a local AWS is", async () => {
    throughProxy();
    const here = `https://127.0.0.1:${portOf(server)}/`;
    expect(await request(here, true)).to.equal("hello");
    expect(await request(here)).to.equal("DEPTH_ZERO_SELF_SIGNED_CERT");
    process.env.AWS_CA_BUNDLE = ca;
    expect(await request(here)).to.equal("hello");
    expect(asked).to.deep.equal([]);
  });

  it("says that the proxy refuses the connection, without its password", async () => {
    process.env.HTTPS_PROXY = `http://somebody:hunter2@127.0.0.1:${portOf(proxy)}`;
    answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    expect(await request(`https://${host}/`)).to.equal(
      `the proxy 127.0.0.1:${portOf(proxy)} of HTTPS_PROXY: Bad response: 407`,
    );
  });

  it("refuses a bundle that cannot be read, by its name", () => {
    process.env.AWS_CA_BUNDLE = join(folder, "none.pem");
    expect(() => environmentAgent(false)).to.throw(
      /^AWS_CA_BUNDLE = ".*none\.pem": must be a file with certificates in PEM \(ENOENT/,
    );
  });
});
