import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { UserError } from "../../common/errors";
import { markOfRun } from "../../common/script";
import { ensureInstalled, python, receipt } from "./install";
import { answers, files, findInstance, type Listening, mark } from "./instance";

const run = promisify(execFile);
const launcher = join(__dirname, "launcher.py");

/** A start takes less than a second, but much longer on a loaded machine. */
const startSeconds = 60;
/** After this it is killed; its state is always on disk. */
const stopSeconds = 10;

/** A running local AWS. */
export interface LocalAws {
  readonly pid: number;
  readonly port: number;
  /** Where S3, IAM and STS answer, with the certificate in `caFile`. */
  readonly endpoint: string;
  /** The same over plain HTTP, for requests that a bucket policy should refuse. Its port changes at each start. */
  readonly httpEndpoint: string;
  /** The PEM file that a client has to trust: `ca` in Node, AWS_CA_BUNDLE for the AWS CLI and most SDKs. */
  readonly caFile: string;
  readonly stop: () => Promise<boolean>;
}

export interface StartOptions {
  /** @default any free port */
  readonly port?: number;
  /** The folder for its state, certificate and log; one instance per folder. */
  readonly folder: string;
  readonly log: (line: string) => void;
  /** Whether it continues after the command that started it ends. */
  readonly outlives?: boolean;
}

/**
 * Starts the local AWS of a folder, with its previous state, and installs it first if necessary. A running one is reused, or
 * restarted if its port or version differs.
 */
export async function startLocalAws({
  port,
  folder: path,
  log,
  outlives = false,
}: StartOptions): Promise<LocalAws> {
  await ensureInstalled(log);
  const folder = resolve(path);
  const running = await findInstance(folder);
  const reusable =
    running?.version === version() &&
    (port === undefined || running.port === port) &&
    (await answers(folder, running));
  if (running && !reusable) {
    await stopLocalAws({ folder });
  }
  const listening = running && reusable ? running : await launch(folder, port ?? 0, outlives);
  return {
    pid: listening.pid,
    port: listening.port,
    endpoint: `https://127.0.0.1:${listening.port}`,
    httpEndpoint: `http://127.0.0.1:${listening.httpPort}`,
    caFile: files(folder).certificate,
    stop: () => stopLocalAws({ folder }),
  };
}

/** Ends the local AWS of a folder and waits until it is gone. Returns false if there was none. */
export async function stopLocalAws({ folder: path }: { readonly folder: string }): Promise<boolean> {
  const folder = resolve(path);
  const instance = await findInstance(folder);
  if (instance) {
    await end(folder, instance.pid);
  }
  rmSync(files(folder).listening, { force: true });
  return instance !== undefined;
}

export async function isRunning({ folder: path }: { readonly folder: string }): Promise<boolean> {
  const folder = resolve(path);
  const instance = await findInstance(folder);
  return instance !== undefined && (await answers(folder, instance));
}

/** Throws if another program has the port. Checked first, because everything else that a start needs takes minutes. */
export async function ensurePortIsFree({
  port,
  folder: path,
}: Required<Pick<StartOptions, "port" | "folder">>): Promise<void> {
  if ((await findInstance(resolve(path)))?.port !== port) {
    await refuseBusyPort(port);
  }
}

async function launch(folder: string, port: number, outlives: boolean): Promise<Listening> {
  await refuseBusyPort(port);
  mkdirSync(folder, { recursive: true });
  rmSync(files(folder).listening, { force: true });

  const output = openSync(files(folder).log, "w");
  const child = spawn(python, [launcher, folder, String(port), version(), mark(folder)], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", output, output],
    // What Python may need to run at all. The user's AWS_*, PYTHONPATH and many more would change what it does.
    env: {
      PATH: process.env.PATH,
      LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH,
      ...markOfRun({ outlives }),
    },
  });
  closeSync(output);
  child.unref();
  let failure: string | undefined;
  child.on("error", (error) => {
    failure = `could not be started (${error.message})`;
  });
  child.on("exit", () => {
    failure ??= "ended as soon as it was started";
  });

  const deadline = Date.now() + startSeconds * 1000;
  while (failure === undefined) {
    const instance = await findInstance(folder);
    if (instance && (await answers(folder, instance))) {
      return instance;
    }
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      failure = `did not answer within ${startSeconds} seconds`;
    }
    await sleep(50);
  }
  const lastLines = readFileSync(files(folder).log, "utf8").trimEnd().split("\n").slice(-15).join("\n");
  throw new UserError(`The local AWS ${failure}. The end of its log, ${files(folder).log}:\n${lastLines}`);
}

async function end(folder: string, pid: number): Promise<void> {
  const isGone = async () => (await findInstance(folder))?.pid !== pid;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const deadline = Date.now() + stopSeconds * 1000;
    try {
      process.kill(pid, signal);
    } catch {
      // It has already ended.
    }
    while (Date.now() < deadline) {
      if (await isGone()) {
        return;
      }
      await sleep(50);
    }
  }
  throw new UserError(`The local AWS (process ${pid}) does not stop. Stop it with: kill -9 ${pid}`);
}

/** Connects instead of listening: macOS lets a second program listen on a port that another has taken on all interfaces. */
async function refuseBusyPort(port: number): Promise<void> {
  const busy = await new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
  if (busy) {
    const holder = await holderOf(port);
    throw new UserError(
      `The local AWS needs port ${port} on 127.0.0.1, which ${holder} uses. Stop that program, then run this again.`,
    );
  }
}

/** Its name and process ID, if `lsof` exists and can see it. */
async function holderOf(port: number): Promise<string> {
  const { stdout } = await run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]).catch(() => ({
    stdout: "",
  }));
  const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(stdout) ?? [];
  return pid === undefined ? "another program" : `${name} (process ${pid})`;
}

/** If it differs, a running instance is out of date. */
function version(): string {
  const parts = [launcher, receipt].map((file) => readFileSync(file));
  return createHash("sha256").update(Buffer.concat(parts)).digest("hex").slice(0, 16);
}
