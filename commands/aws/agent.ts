import { readFileSync } from "node:fs";
import type { ClientRequestArgs } from "node:http";
import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { HttpsProxyAgent } from "hpagent";
import { UserError } from "../../common/errors";
import { proxyError } from "./networkErrors";

// It has no types.
const { getProxyForUrl }: { getProxyForUrl: (url: string) => string } = require("proxy-from-env");

type Connected = (error: Error | null, stream: Duplex) => void;

/** This machine is reached without a proxy, like in the AWS provider (Go's `http.ProxyFromEnvironment`). */
const isLoopback = (host: string) => /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(host);

/**
 * Connects as the environment says: through `HTTPS_PROXY`, except to hosts in `NO_PROXY`. The AWS SDK for JavaScript ignores
 * both.
 */
class EnvironmentAgent extends Agent {
  override createConnection(options: ClientRequestArgs, callback?: Connected): Duplex | null | undefined {
    const host = options.host ?? "localhost";
    const proxy = isLoopback(host) ? "" : getProxyForUrl(`https://${host}:${options.port ?? 443}`);
    if (proxy === "") {
      return super.createConnection(options, callback);
    }
    return new HttpsProxyAgent({ ...this.options, proxy }).createConnection(options, (error, stream) => {
      const { host: where } = new URL(proxy);
      const named =
        error &&
        Object.assign(new Error(`the proxy ${where} of HTTPS_PROXY: ${error.message}`), { name: proxyError });
      callback?.(named, stream);
    });
  }
}

/** The certificates that `AWS_CA_BUNDLE` names, which AWS's tools trust instead of their own. */
function trusted(): AgentOptions {
  const { AWS_CA_BUNDLE: file } = process.env;
  if (file === undefined || file === "") {
    return {};
  }
  try {
    return { ca: readFileSync(file) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `AWS_CA_BUNDLE = ${JSON.stringify(file)}: must be a file with certificates in PEM (${reason}). Set it to one, or unset it.`,
    );
  }
}

/**
 * The HTTP agent of the SDK's clients, as the environment configures it.
 *
 * @param insecure whether any certificate is accepted, as for a local AWS
 * @throws a `UserError` if the file in `AWS_CA_BUNDLE` doesn't exist
 */
export const environmentAgent = (insecure: boolean): Agent =>
  new EnvironmentAgent({ keepAlive: true, rejectUnauthorized: !insecure, ...trusted() });
