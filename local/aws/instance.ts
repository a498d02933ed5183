import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What the launcher writes into its folder once it has its ports. */
export interface Listening {
  readonly pid: number;
  readonly port: number;
  readonly httpPort: number;
  /** The version of the launcher and its requirements. */
  readonly version: string;
}

export const files = (folder: string) => ({
  listening: join(folder, "listening.json"),
  certificate: join(folder, "certificate.pem"),
  log: join(folder, "local-aws.log"),
});

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

/**
 * The last argument of the process that serves a folder. Not the folder itself, because `ps` doesn't show every character of a
 * path as it is.
 */
export const mark = (folder: string) => `local-aws-${hash(folder)}`;

/** The process that serves this folder, if there is one; another process that has since reused its ID doesn't count. */
export async function findInstance(folder: string): Promise<Listening | undefined> {
  let listening: Listening;
  try {
    listening = JSON.parse(readFileSync(files(folder).listening, "utf8"));
  } catch {
    return undefined; // never started, or stopped
  }
  return (await commandLine(listening.pid)).includes(mark(folder)) ? listening : undefined;
}

/** Empty if there is no such process. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === "linux") {
    // Small images have no `ps`.
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  }
  return run("ps", ["-ww", "-o", "command=", "-p", String(pid)]).then(
    ({ stdout }) => stdout,
    () => "",
  );
}

/** Whether it serves requests, with the certificate of this folder. */
export function answers(folder: string, { port }: Listening): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const ca = readFileSync(files(folder).certificate);
    const options = { host: "127.0.0.1", port, ca, agent: false, timeout: 1000 };
    const probe = request(options, (response) => {
      response.resume();
      resolve(true);
    });
    probe.on("timeout", () => probe.destroy());
    probe.on("error", reject);
    probe.end();
  }).catch(() => false);
}
