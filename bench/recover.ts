// How fast `recover` is compared with s3-pit-restore and a loop over the AWS CLI, on the local AWS, and how much memory it takes:
// node scripts/run.mjs bench/recover.ts speed [OBJECTS] node scripts/run.mjs bench/recover.ts memory [VERSIONS] It takes
// `s3-pit-restore` and `aws` from the PATH, such as from a virtual environment with both, and skips missing ones. They run in
// their own processes, as does this program.
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
import { mostCalls } from "../commands/recover/limits";
import { Queue } from "../commands/recover/queue";
import { recoverBucket } from "../commands/recover/recoverBucket";
import { rootCredentials, startLocalAws } from "../local/aws";
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

/** Recovers in this process, and reports its peak memory. */
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
      ...{ concurrency: mostCalls, report },
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

/** A bucket that {@link serve} plays. */
interface Played {
  readonly objects: number;
  /** The share of them that was deleted since; the others were overwritten. */
  readonly deleted: number;
  /** How long each answer takes, in milliseconds, and a removal of 1,000 markers. */
  readonly latency: number;
  readonly batchLatency: number;
}

const playedMoment = Date.parse("2026-01-15T00:00Z");

/**
 * Answers like S3 for such a bucket, with any number of parallel calls, and reports how many objects were recovered at `/done`.
 */
function serve({ objects, deleted, latency, batchLatency }: Played): void {
  const done = new Set<string>();
  const entry = (element: string, index: number, isLatest: boolean, more = "") =>
    `<${element}><Key>${key(index)}</Key><VersionId>${isLatest ? "new" : "old"}${index}aaaaaaaaaaaaaaaaaaaaaaaa</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>2026-0${isLatest ? 2 : 1}-01T00:00:00.000Z</LastModified>${more}</${element}>`;
  const version = (index: number, isLatest: boolean) =>
    entry("Version", index, isLatest, "<Size>1000</Size><StorageClass>STANDARD</StorageClass>");
  const page = (from: number) => {
    const indexes = Array.from({ length: Math.min(500, objects - from) }, (_, offset) => from + offset);
    const entries = indexes.map(
      (index) =>
        (index < objects * deleted ? entry("DeleteMarker", index, true) : version(index, true)) +
        version(index, false),
    );
    const next = from + 500;
    return `<ListVersionsResult><IsTruncated>${next < objects}</IsTruncated><NextKeyMarker>${next}</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>${entries.join("")}</ListVersionsResult>`;
  };
  const server = createServer((message, response) => {
    let body = "";
    message.on("data", (chunk) => {
      body += chunk;
    });
    message.on("end", () => {
      const { pathname, searchParams: query } = new URL(message.url ?? "", "http://s3");
      const answer = (after: number, status: number, text = "") =>
        setTimeout(() => response.writeHead(status).end(text), after);
      if (pathname === "/done") {
        answer(0, 200, String(done.size));
      } else if (query.has("lifecycle")) {
        answer(latency, 404, "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>");
      } else if (query.has("versions")) {
        answer(latency, 200, page(Number(query.get("key-marker") ?? 0)));
      } else if (query.has("versioning")) {
        answer(latency, 200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
      } else if (query.has("uploads")) {
        answer(latency, 200, message.method === "POST" ? "<R><UploadId>u</UploadId></R>" : "<R/>");
      } else if (query.has("delete")) {
        for (const [, of = ""] of body.matchAll(/<Key>(.*?)<\/Key>/g)) {
          done.add(of);
        }
        answer(batchLatency, 200, "<R/>");
      } else if (message.method === "PUT") {
        done.add(pathname.split("/").slice(2).join("/"));
        answer(latency, 200, "<R/>");
      } else {
        answer(latency, message.method === "DELETE" ? 204 : 200);
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
  const objects = versions / 2;
  const server = start("serve", { objects, deleted: 1, latency: 0, batchLatency: 0 } satisfies Played);
  const port = await answerOf<number>(server);
  const job: Job = {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: `memory-${Date.now()}`,
    to: playedMoment,
  };
  const begun = performance.now();
  const { done, bytes } = await answerOf<{ done: number; bytes: number }>(start("job", job));
  server.kill();
  return `${versions.toLocaleString("en")} versions, ${done.toLocaleString("en")} objects recovered: ${Math.round(bytes / 1e6)} MB of memory at most, ${seconds(performance.now() - begun)}.`;
}

const mixes = { "half deleted, half overwritten": 0.5, "all deleted": 1 } as const;

/** A bucket with this many objects, of which a share has since been deleted, and the others overwritten. */
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

/** Throws unless all objects exist, with their original sizes. */
async function check(s3: S3Client, Bucket: string, objects: number): Promise<void> {
  let found = 0;
  let after: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: after }));
    found += (page.Contents ?? []).filter(({ Size }) => Size === 1000).length;
    after = page.NextContinuationToken;
  } while (after !== undefined);
  checkNumber(found, objects);
}

function checkNumber(found: number, objects: number): void {
  if (found !== objects) {
    throw new Error(`${found} of ${objects} objects are recovered.`);
  }
}

/** Runs a program from the PATH on a bucket. */
function program({ endpoint, caFile }: Job, file: string, ...args: string[]): void {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    ...(caFile !== undefined && { AWS_CA_BUNDLE: caFile }),
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

/** An attacked bucket, and its recovery. */
interface Attacked {
  readonly job: Job;
  /** Throws unless all of it is recovered. */
  readonly check: () => Promise<void>;
  readonly end: () => void;
}

/** Recovers such buckets by each program, and returns the times as cells of a table. */
async function times(objects: number, attack: () => Promise<Attacked>): Promise<string[]> {
  const recover = async (by: (job: Job) => Promise<unknown> | unknown): Promise<number> => {
    const { job, check: isRecovered, end } = await attack();
    try {
      const time = await elapsed(() => by(job));
      await isRecovered();
      return time;
    } finally {
      end();
    }
  };
  const own = await recover((job) => answerOf(start("job", job)));
  const cell = (time: number) => `${seconds(time)}, ${(time / own).toFixed(1)} ×`;
  const cells = [seconds(own)];
  if (isThere("s3-pit-restore")) {
    const theirs = await recover((job) => {
      const at = new Date(job.to).toISOString().replace("T", " ").replace(/\..*/, " +0");
      program(job, "s3-pit-restore", "-b", job.bucket, "-B", job.bucket, "-t", at);
    });
    cells.push(cell(theirs));
  }
  if (isThere("aws")) {
    const { job, end } = await attack();
    const one = await elapsed(() => {
      for (let call = 0; call < cliSample; call++) {
        program(job, "aws", "s3api", "get-bucket-versioning", "--bucket", job.bucket);
      }
    });
    end();
    cells.push(cell((one / cliSample) * objects));
  }
  return cells;
}

/** On the local AWS, a single-threaded process. */
async function onLocalAws(objects: number): Promise<string[][]> {
  const aws = await startLocalAws({ folder: join(folder, "aws-recover"), log: console.log });
  try {
    const s3 = new S3Client(clientConfig(aws, rootCredentials));
    const rows: string[][] = [];
    for (const [mix, share] of Object.entries(mixes)) {
      const cells = await times(objects, async () => {
        const { bucket, to } = await attacked(s3, objects, share);
        const job = { endpoint: aws.endpoint, caFile: aws.caFile, bucket, to };
        return { job, check: () => check(s3, bucket, objects), end: () => {} };
      });
      rows.push(["the local AWS", mix, ...cells]);
    }
    return rows;
  } finally {
    await aws.stop();
  }
}

/**
 * How long S3 takes for a call, in milliseconds: "roughly 100–200 milliseconds" (S3 User Guide, "Performance design patterns
 * for Amazon S3"); and for a call that removes 1,000 delete markers, which is an assumption.
 */
const [latency, batchLatency] = [100, 1000] as const;

async function onDistantServer(objects: number): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [mix, deleted] of Object.entries(mixes)) {
    const cells = await times(objects, async () => {
      const server = start("serve", { objects, deleted, latency, batchLatency } satisfies Played);
      const endpoint = `http://127.0.0.1:${await answerOf<number>(server)}`;
      return {
        job: { endpoint, bucket: `distant-${Date.now()}`, to: playedMoment },
        check: async () => checkNumber(Number(await (await fetch(`${endpoint}/done`)).text()), objects),
        end: () => server.kill(),
      };
    });
    rows.push([`${latency} ms for each call`, mix, ...cells]);
  }
  return rows;
}

async function speed(objects: number): Promise<string> {
  const rows = [...(await onLocalAws(objects)), ...(await onDistantServer(objects))];
  const programs = [
    "recover",
    ...(isThere("s3-pit-restore") ? ["s3-pit-restore"] : []),
    ...(isThere("aws") ? [`AWS CLI, by ${cliSample} calls`] : []),
  ];
  return table([`${objects.toLocaleString("en")} objects`, "since then", ...programs], rows);
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
