// How a tool goes through its workflow with a key.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  type IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { accessPolicy } from "../../components/access/policy";
import { type HandoffFields, handoff } from "../../components/handoff";
import { type LocalAws, region } from "../../local/aws";
import type { Credentials } from "../../local/aws/clients";
import { pythonPath } from "../e2e/tools/install";
import { start } from "../e2e/tools/run";
import { type ConnectProxy, startConnectProxy } from "../support/connectProxy";
import { atTheEnd, clients, environment, folder, fresh } from "../support/environment";
import { ensurePrograms } from "./install";
import type { Lock, Place, Workflow } from "./workflows";

/** The tools, and the local AWS that they reach. */
export interface Workbench {
  /** Where the programs are. */
  readonly path: readonly string[];
  readonly owner: { readonly s3: S3Client; readonly iam: IAMClient };
  readonly aws: LocalAws;
  readonly proxy: ConnectProxy;
}

let opened: Promise<Workbench> | undefined;

/** The one of these tests; the first call installs the programs. */
export function workbench(): Promise<Workbench> {
  opened ??= (async () => {
    const path = await ensurePrograms();
    const { aws } = await environment();
    const proxy = await startConnectProxy(aws, region);
    atTheEnd(async () => proxy.stop());
    return { path, aws, proxy, owner: await clients() };
  })();
  return opened;
}

/** What a folder holds, by path. */
const contents = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(path, file), readFileSync(file, "latin1")]),
  );

/** Runs a tool through its workflow with a key; says where it failed, if it did. */
export async function failureOf(
  workflow: Workflow,
  fields: HandoffFields,
  lock?: Lock,
): Promise<string | undefined> {
  const { path, aws, proxy, owner } = await workbench();
  const home = join(folder, fresh(fields.name));
  const { HTTPS_PROXY = "", AWS_CA_BUNDLE = "" } = proxy.env(fields);
  const place: Place = {
    fields,
    endpoint: aws.endpoint,
    lock,
    namesOfAws: { HTTPS_PROXY, SYSTEM_CERTIFICATE_PATH: AWS_CA_BUNDLE },
    ...{ data: join(home, "data"), back: join(home, "back"), own: join(home, "own") },
  };
  for (const made of [join(place.data, "photos"), place.back, place.own]) {
    mkdirSync(made, { recursive: true });
  }
  writeFileSync(join(place.data, "notes.txt"), "first draft\n");
  writeFileSync(join(place.data, "000000010000000000000001"), Buffer.alloc(16 * 1024 * 1024, "wal"));
  writeFileSync(join(place.data, "photos", "b.raw"), Buffer.alloc(300_000, "raw"));
  const file = join(place.own, "handoff");
  writeFileSync(file, handoff(workflow.handoff, fields));
  for (const [name, content] of Object.entries(workflow.files?.(place) ?? {})) {
    writeFileSync(join(place.own, name), content);
  }
  const isShell = ["env", "duplicity", "restic"].includes(workflow.handoff);
  const isProfile = workflow.handoff === "aws";
  for (const { run, prints, changes, env } of workflow.steps(place)) {
    if (changes) {
      writeFileSync(join(place.data, "notes.txt"), "second draft\n");
      rmSync(join(place.data, "photos"), { recursive: true });
      writeFileSync(join(place.data, "new"), "new\n");
    }
    const [program = "", ...args] = run;
    const command = program === "s3cmd" ? [program, "-c", file, "--ca-certs", aws.caFile] : [program];
    const [first = "", ...rest] = [...(isShell ? ["sh", "-c", '. "$0" && exec "$@"', file] : []), ...command];
    const { code, said } = await start({ home }, first, [...rest, ...args], {
      PATH: [...path, process.env.PATH].join(":"),
      ...{ AWS_CA_BUNDLE: aws.caFile, SSL_CERT_FILE: aws.caFile, NODE_EXTRA_CA_CERTS: aws.caFile },
      ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: region, AWS_DEFAULT_REGION: region },
      ...(program === "s3cmd" && { PYTHONPATH: pythonPath }),
      ...(isProfile && { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: fields.name }),
      ...env,
    });
    if (code !== 0 || !said.includes(prints ?? "")) {
      return `${run.slice(0, 3).join(" ")} ended with ${code}: ${said}`;
    }
  }
  const restored = contents(workflow.restored?.(place) ?? place.back);
  const stored = contents(place.data);
  const kept = Object.fromEntries(Object.keys(restored).map((name) => [name, stored[name]]));
  const whole =
    workflow.access === "barman-cloud" || Object.keys(restored).length === Object.keys(stored).length;
  if (!whole || JSON.stringify(restored) !== JSON.stringify(kept)) {
    return `what was restored is ${Object.keys(restored).join(", ")}, of ${Object.keys(stored).join(", ")}`;
  }
  const { Contents = [] } = await owner.s3.send(
    new ListObjectsV2Command({ Bucket: fields.bucketName, Prefix: fields.prefix }),
  );
  const left = Contents.map(({ Key = "" }) => Key.slice(fields.prefix.length)).filter(
    (key) => workflow.leaves?.test(key) !== true,
  );
  return left.length === 0 ? undefined : `after its prune there is still ${left.join(", ")}`;
}

/** Every version that a bucket keeps. */
export async function versions(bucketName: string): Promise<string[]> {
  const { s3 } = (await workbench()).owner;
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucketName }));
  return Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`);
}

/** A key whose policy is that of a profile, in a bucket that is versioned, without an action. */
export async function keyOf(
  consumer: Pick<Parameters<typeof accessPolicy>[0], "access" | "bucketArn" | "locked">,
  without?: string,
): Promise<Credentials> {
  const { iam } = (await workbench()).owner;
  const UserName = fresh("by-hand");
  const PolicyDocument = JSON.stringify(accessPolicy({ ...consumer, versioned: true })).replaceAll(
    `"${without}"`,
    '"s3:GetObjectTorrent"',
  );
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}
