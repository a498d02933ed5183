import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markOfRun } from "../../../common/script";
import { type HandoffFields, type HandoffFormatName, handoff } from "../../../components/handoff";
import type { LocalAws } from "../../../local/aws";
import { region } from "../../../local/aws";
import type { Credentials } from "../../../local/aws/clients";
import { fresh } from "../../support/environment";
import { pythonPath, type Tools } from "./install";

/** How a backup tool ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly said: string;
}

/** Runs a backup tool with these arguments. */
export type Tool = (...args: string[]) => Promise<Ended>;

export interface Machine {
  readonly tools: Tools;
  readonly aws: LocalAws;
  /** For the tools' own files. */
  readonly home: string;
  readonly bucket: string;
}

/** Everything that a tool ever got to hear or said, but for its environment: no secret may be among it. */
export const transcript: string[] = [];

/** Runs a program in a separate folder, and with nothing of the user's. */
export function start(
  machine: Pick<Machine, "home">,
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<Ended> {
  const { home } = machine;
  mkdirSync(home, { recursive: true });
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: home,
      // Nothing of the user's, whose own settings of these tools would change what they do.
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, ...markOfRun(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      transcript.push(args.join(" "), stdout, stderr);
      resolve({ code, stdout, said: stdout + stderr });
    });
  });
}

/** Puts an object with the AWS SDK, and lists what is there. */
const sdk = `
  const { S3Client, PutObjectCommand, ListObjectsV2Command } = require("@aws-sdk/client-s3");
  const [Bucket = process.env.S3_BUCKET, Prefix = process.env.S3_PREFIX] = process.argv.slice(1);
  (async () => {
    const s3 = new S3Client();
    await s3.send(new PutObjectCommand({ Bucket, Key: Prefix + "by-sdk", Body: "x" }));
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    console.log(Contents.map(({ Key }) => Key).join("\\n"));
  })();`;

/** A tool that has been given nothing but a hand-off, and that the local AWS's certificate is to be trusted. */
export function byHandoff(machine: Machine, format: HandoffFormatName, fields: HandoffFields): Tool {
  const { tools, home } = machine;
  const { caFile } = machine.aws;
  mkdirSync(home, { recursive: true });
  const file = join(home, fresh(format));
  writeFileSync(file, handoff(format, fields));
  const inShell = (...command: string[]) => ["sh", "-c", '. "$0" && exec "$@"', file, ...command];
  const commands: Partial<Record<HandoffFormatName, string[]>> = {
    env: inShell(process.execPath, "--eval", sdk),
    aws: [process.execPath, "--eval", sdk],
    rclone: [tools.rclone, "--config", file, "--ca-cert", caFile, "--retries", "1"],
    restic: inShell(tools.restic, "--cacert", caFile),
    s3cmd: [tools.s3cmd, "-c", file, "--ca-certs", caFile],
    // It compares a certificate with the names of hosts only, and the local AWS is at an address.
    pgbackrest: [tools.pgbackrest, `--config=${file}`, "--no-repo1-storage-verify-tls", `--log-path=${home}`],
  };
  const [program = "", ...first] = commands[format] ?? [];
  return (...args) =>
    start(machine, program, [...first, ...args], {
      NODE_EXTRA_CA_CERTS: caFile,
      PYTHONPATH: pythonPath,
      RESTIC_PASSWORD: "of the repository",
      RESTIC_CACHE_DIR: join(home, `cache-${fields.accessKeyId}`),
      ...(format === "aws" && { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: fields.name }),
    });
}

/** restic with a consumer's key, and the repository in this folder of the bucket (with a slash at its end, or empty). */
export const restic =
  (machine: Machine, { accessKeyId, secretAccessKey }: Credentials, folder: string): Tool =>
  (...args) =>
    start(machine, machine.tools.restic, ["--cacert", machine.aws.caFile, ...args], {
      RESTIC_REPOSITORY: `s3:${machine.aws.endpoint}/${machine.bucket}/${folder}`,
      RESTIC_PASSWORD: "of the repository",
      RESTIC_CACHE_DIR: join(machine.home, `cache-${accessKeyId}`),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });

/** rclone with a consumer's key; the remote is called `backups`. */
export const rclone =
  (machine: Machine, { accessKeyId, secretAccessKey }: Credentials): Tool =>
  (...args) =>
    start(machine, machine.tools.rclone, ["--ca-cert", machine.aws.caFile, "--retries", "1", ...args], {
      RCLONE_CONFIG: join(machine.home, "no-such-file.conf"),
      RCLONE_CONFIG_BACKUPS_TYPE: "s3",
      // With "AWS", rclone puts the bucket before the host, whatever it is given, and 127.0.0.1 has no such names.
      RCLONE_CONFIG_BACKUPS_PROVIDER: "Other",
      RCLONE_CONFIG_BACKUPS_LIST_VERSION: "2",
      RCLONE_CONFIG_BACKUPS_ENDPOINT: machine.aws.endpoint,
      RCLONE_CONFIG_BACKUPS_REGION: region,
      // Else it makes the bucket before it uploads, which no profile lets it.
      RCLONE_CONFIG_BACKUPS_NO_CHECK_BUCKET: "true",
      RCLONE_CONFIG_BACKUPS_ACCESS_KEY_ID: accessKeyId,
      RCLONE_CONFIG_BACKUPS_SECRET_ACCESS_KEY: secretAccessKey,
    });
