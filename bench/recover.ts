// How fast `recover` is compared with s3-pit-restore and a loop over the AWS CLI, on the local AWS, and how much memory it takes:
//   node scripts/run.mjs bench/recover.ts speed [OBJECTS]
//   node scripts/run.mjs bench/recover.ts memory [VERSIONS]
// It takes `s3-pit-restore` and `aws` from the PATH, such as from a virtual environment with both, and leaves out what is
// not there. They run in their own processes, and so does this program.
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { S3Bucket } from "../commands/recover/bucket";
import { usualCalls } from "../commands/recover/limits";
import { Queue } from "../commands/recover/queue";
import { recoverBucket } from "../commands/recover/recoverBucket";
import { type LocalAws, rootCredentials, startLocalAws } from "../local/aws";
import { clientConfig } from "../local/aws/clients";
import { seconds, table } from "../tests/support/table";
import { folder } from "./folder";

/** A bucket to recover, as passed to a separate process. */
interface Job {
  readonly endpoint: string;
  readonly caFile?: string;
  readonly bucket: string;
  readonly to: number;
}

const key = (index: number) => `backup/${String(index).padStart(8, "0")}`;
const elapsed = async (work: () => Promise<unknown> | unknown): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

/** Recovers in this process, and reports its largest size in memory. */
async function runJob({ endpoint, caFile, bucket, to }: Job): Promise<void> {
  const s3 = new S3Client(
    caFile === undefined
      ? { endpoint, region: "us-east-1", forcePathStyle: true, credentials: rootCredentials }
      : clientConfig({ endpoint, caFile }, rootCredentials),
  );
  const report = join(folder, `${bucket}.jsonl`);
  const { outcome } = await recoverBucket(
    new S3Bucket(s3, bucket),
    {
      ...{ prefix: "", to, exact: false, where: "The bucket", hold: false, dryRun: false },
      ...{ concurrency: usualCalls, report },
    },
    {
      showPlan: () => {},
      confirm: async () => {},
      log: () => {},
      progress: () => ({ show: () => {}, end: () => {} }),
    },
  );
  process.send?.({ done: outcome?.done, bytes: process.resourceUsage().maxRSS * 1024 });
}

/** Answers as S3 would of a bucket with so many objects, each of which has been deleted: two versions of each. */
function serve(objects: number): void {
  const entry = (element: string, index: number, more: string) =>
    `<${element}><Key>${key(index)}</Key><VersionId>${element}${index}aaaaaaaaaaaaaaaaaaaaaaaa</VersionId>${more}</${element}>`;
  const page = (from: number) => {
    const indexes = Array.from({ length: Math.min(500, objects - from) }, (_, offset) => from + offset);
    const entries = indexes.map(
      (index) =>
        entry(
          "DeleteMarker",
          index,
          "<IsLatest>true</IsLatest><LastModified>2026-02-01T00:00:00.000Z</LastModified>",
        ) +
        entry(
          "Version",
          index,
          "<IsLatest>false</IsLatest><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1000</Size><StorageClass>STANDARD</StorageClass>",
        ),
    );
    const next = from + 500;
    return `<ListVersionsResult><IsTruncated>${next < objects}</IsTruncated><NextKeyMarker>${next}</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>${entries.join("")}</ListVersionsResult>`;
  };
  const server = createServer((message, response) => {
    message.resume().on("end", () => {
      const query = new URL(message.url ?? "", "http://s3").searchParams;
      if (query.has("lifecycle")) {
        response.writeHead(404).end("<Error><Code>NoSuchLifecycleConfiguration</Code></Error>");
      } else if (query.has("versions")) {
        response.end(page(Number(query.get("key-marker") ?? 0)));
      } else if (query.has("versioning")) {
        response.end("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
      } else if (query.has("uploads")) {
        response.end(message.method === "POST" ? "<R><UploadId>u</UploadId></R>" : "<R/>");
      } else {
        response
          .writeHead(message.method === "DELETE" ? 204 : 200)
          .end(message.method === "DELETE" ? "" : "<R/>");
      }
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "close").then(() => {
      throw new Error("The process ended without an answer.");
    }),
  ]);
  return answer;
}

const start = (role: string, argument: unknown): ChildProcess =>
  fork(__filename, [role, JSON.stringify(argument)]);

async function memory(versions: number): Promise<string> {
  const server = start("serve", versions / 2);
  const port = await answerOf<number>(server);
  const job: Job = {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: `memory-${Date.now()}`,
    to: Date.parse("2026-01-15T00:00Z"),
  };
  const begun = performance.now();
  const { done, bytes } = await answerOf<{ done: number; bytes: number }>(start("job", job));
  server.kill();
  return `${versions.toLocaleString("en")} versions, ${done.toLocaleString("en")} objects recovered: ${Math.round(bytes / 1e6)} MB of memory at most, ${seconds(performance.now() - begun)}.`;
}

const mixes = { "half deleted, half overwritten": 0.5, "all deleted": 1 } as const;

/** A bucket with so many objects, of which a share was deleted since, and the others were overwritten. */
async function attacked(
  s3: S3Client,
  objects: number,
  deleted: number,
): Promise<{ bucket: string; to: number }> {
  const Bucket = `bench-${Date.now()}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const put = async (indexes: readonly number[], Body: string) => {
    const queue = new Queue(16);
    for (const index of indexes) {
      await queue.add(
        async () => void (await s3.send(new PutObjectCommand({ Bucket, Key: key(index), Body }))),
      );
    }
    await queue.end();
  };
  const all = Array.from({ length: objects }, (_, index) => index);
  await put(all, "x".repeat(1000));
  await sleep(2100);
  const to = Date.now();
  await sleep(2100);
  const gone = all.slice(0, objects * deleted);
  for (let from = 0; from < gone.length; from += 1000) {
    const Objects = gone.slice(from, from + 1000).map((index) => ({ Key: key(index) }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
  await put(all.slice(objects * deleted), "ransom");
  return { bucket: Bucket, to };
}

/** Throws unless as many objects are there as there were, each of the size that it had. */
async function check(s3: S3Client, Bucket: string, objects: number): Promise<void> {
  let found = 0;
  let after: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: after }));
    found += (page.Contents ?? []).filter(({ Size }) => Size === 1000).length;
    after = page.NextContinuationToken;
  } while (after !== undefined);
  if (found !== objects) {
    throw new Error(`${found} of ${objects} objects of ${Bucket} are recovered.`);
  }
}

/** Runs a program from the PATH on the local AWS. */
function program(aws: LocalAws, file: string, ...args: string[]): void {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_CA_BUNDLE: aws.caFile,
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
  };
  const { status, stderr, error } = spawnSync(file, args, {
    env,
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  if (error !== undefined || status !== 0) {
    throw error ?? new Error(`${file} ended with ${status}: ${stderr}`);
  }
}

const isThere = (file: string): boolean => spawnSync("which", [file]).status === 0;

/** Of so many calls of the AWS CLI, one after another, which take seconds: what the others take as well. */
const cliSample = 5;

async function speed(objects: number): Promise<string> {
  const aws = await startLocalAws({ folder: join(folder, "aws-recover"), log: console.log });
  try {
    const s3 = new S3Client(clientConfig(aws, rootCredentials));
    const rows: string[][] = [];
    for (const [mix, share] of Object.entries(mixes)) {
      const ours = await attacked(s3, objects, share);
      const own = await elapsed(() =>
        answerOf(start("job", { endpoint: aws.endpoint, caFile: aws.caFile, ...ours } satisfies Job)),
      );
      await check(s3, ours.bucket, objects);
      const row = [mix, seconds(own)];
      if (isThere("s3-pit-restore")) {
        const { bucket, to } = await attacked(s3, objects, share);
        const at = new Date(to).toISOString().replace("T", " ").replace(/\..*/, " +0");
        const theirs = await elapsed(() =>
          program(aws, "s3-pit-restore", "-b", bucket, "-B", bucket, "-t", at),
        );
        await check(s3, bucket, objects);
        row.push(`${seconds(theirs)}, ${(theirs / own).toFixed(1)} ×`);
      }
      if (isThere("aws")) {
        const one = await elapsed(() => {
          for (let call = 0; call < cliSample; call++) {
            program(aws, "aws", "s3api", "head-object", "--bucket", ours.bucket, "--key", key(call));
          }
        });
        const all = (one / cliSample) * objects;
        row.push(`${seconds(all)}, ${(all / own).toFixed(1)} ×`);
      }
      rows.push(row);
    }
    return table(
      [
        `${objects.toLocaleString("en")} objects`,
        "recover",
        "s3-pit-restore",
        `AWS CLI, by ${cliSample} calls`,
      ],
      rows,
    );
  } finally {
    await aws.stop();
  }
}

async function main(): Promise<void> {
  const [role, argument = ""] = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  if (role === "job") {
    await runJob(JSON.parse(argument));
  } else if (role === "serve") {
    serve(JSON.parse(argument));
  } else if (role === "memory") {
    console.log(await memory(Number(argument || 1_000_000)));
  } else {
    rmSync(join(folder, "aws-recover"), { recursive: true, force: true });
    console.log(await speed(Number(argument || 10_000)));
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
