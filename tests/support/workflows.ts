// The calls that each tool makes: first contact, backup, list, restore, prune, and what it does after a failure.
// By hand from the sources that components/access/profiles.ts names.
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { calls, type Place } from "../../commands/verify/calls";
import type { AccessName } from "../../components/access/profiles";
import { toolCalls } from "./calls";

interface WorkflowCall {
  /** What IAM decides on. */
  readonly actions: readonly string[];
  readonly send: (s3: S3Client, place: Place) => Promise<unknown>;
}

const one = Object.fromEntries(
  Object.entries(calls).map(([name, { action, send }]): [string, WorkflowCall] => [
    name,
    { actions: [action], send },
  ]),
) as Record<keyof typeof calls, WorkflowCall>;

/** The calls of `npm run verify`, and those that only tools make. */
export const workflowCalls = {
  ...one,
  head: { actions: ["s3:ListBucket"], send: toolCalls.head.send },
  "list all": { actions: ["s3:ListBucket"], send: toolCalls["list all"].send },
  // Without s3:ListBucket, S3 answers 403 and not 404, and the tool takes its key for a wrong one.
  "look for": {
    actions: ["s3:GetObject", "s3:ListBucket"],
    send: async (s3, { Bucket, folder }) => {
      const missing = s3.send(new HeadObjectCommand({ Bucket, Key: `${folder}missing` }));
      const name = await missing.then(
        () => "found",
        (error: Error) => error.name,
      );
      if (name !== "NotFound") {
        throw Object.assign(new Error(`looking for a missing object: ${name}`), { name });
      }
    },
  },
  "put with acl": { actions: ["s3:PutObject", "s3:PutObjectAcl"], send: toolCalls["put with acl"].send },
  "put with tags": {
    actions: ["s3:PutObject", "s3:PutObjectTagging"],
    send: toolCalls["put with tags"].send,
  },
  move: {
    actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    send: async (s3, { Bucket, folder, object: { Key } }) => {
      const CopySource = `${Bucket}/${Key}`;
      await s3.send(new CopyObjectCommand({ Bucket, Key: `${folder}moved`, CopySource }));
      await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    },
  },
  "delete many": {
    actions: ["s3:DeleteObject"],
    send: (s3, { Bucket, folder, object: { Key } }) =>
      s3.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }, { Key: `${folder}missing` }] } }),
      ),
  },
} satisfies Record<string, WorkflowCall>;

export type WorkflowCallName = keyof typeof workflowCalls;

const wholeObjects = ["list", "look for", "put", "get", "delete"] as const;
const inParts = ["list", "look for", "put", "put in parts", "get", "delete", "abort"] as const;

/** Of each tool whose proof is its calls, and of some that prove themselves too (tests/tools). */
export const workflows: Readonly<Partial<Record<AccessName, readonly WorkflowCallName[]>>> = {
  // Its own test of a bucket.
  mlab: ["put", "get", "list", "get acl", "put acl", "put with acl", "delete"],
  restic: inParts,
  litestream: ["location", "list", "put", "put in parts", "get", "delete many", "abort"],
  velero: inParts,
  "wal-g": ["location", "list", "put", "put in parts", "get", "delete many", "abort"],
  pbm: ["look for", "list", "put in parts", "get", "delete"],
  rclone: ["list", "put with acl", "put in parts", "get", "delete", "abort"],
  "read-write": [
    ...(["location", "list", "put", "put in parts", "get"] as const),
    ...(["list parts", "delete", "abort"] as const),
  ],
  "write-only": ["location", "put", "put in parts", "abort"],
  "aws-cli": inParts,
  "barman-cloud": ["head", "list", "put", "put in parts", "get", "delete many", "abort"],
  bareos: ["location", "list", "put", "get", "delete"],
  borg: ["list", "look for", "put", "get", "move", "delete many"],
  "clickhouse-backup": ["list", "look for", "put in parts", "get", "delete many", "abort"],
  clickhouse: ["list", "put", "put in parts", "get", "move", "delete many", "abort"],
  "cloudnative-pg": ["head", "list", "put", "put in parts", "get", "delete many", "abort"],
  cockroachdb: ["list all", "put", "put in parts", "get", "delete", "abort"],
  coolify: ["list all", "location", "put", "put in parts", "get", "delete", "abort"],
  "docker-volume-backup": ["location", "put", "put in parts", "list", "delete many", "abort"],
  duplicati: ["put", "list", "get", "move", "delete"],
  duplicity: ["head", ...inParts],
  elasticdump: ["put in parts", "get"],
  elasticsearch: [
    ...(["look for", "put with acl", "put in parts", "list", "list uploads"] as const),
    ...(["get", "delete many", "abort"] as const),
  ],
  "git-annex": ["list all", ...wholeObjects, "put in parts"],
  gitlab: ["location", "put with acl", "put in parts", "abort"],
  "home-assistant": ["head", "list", "put", "put in parts", "get", "delete", "abort"],
  k3s: ["head", "put", "put in parts", "list", "get", "delete", "abort"],
  k8up: ["location", "head", "list", "put", "put in parts", "get", "delete", "abort"],
  kopia: wholeObjects,
  longhorn: wholeObjects,
  mc: inParts,
  medusa: inParts,
  "mysql-backup": ["list all", "put", "put in parts", "get", "delete", "abort"],
  "mysql-shell": [
    ...(["list", "list uploads", "put", "put in parts", "list parts"] as const),
    ...(["get", "move", "delete many", "abort"] as const),
  ],
  opensearch: ["look for", "put with acl", "put in parts", "list", "get", "delete many", "abort"],
  pgmoneta: ["list", "put", "get", "delete many"],
  plakar: ["head", ...inParts],
  "rancher-backup": ["head", "put", "put in parts", "list", "get", "delete", "abort"],
  rustic: ["list", "look for", "put", "put in parts", "get", "delete many", "abort"],
  s3cmd: ["list", "put", "put in parts", "get", "delete many"],
  s4cmd: ["list", "look for", "put", "put in parts", "get", "delete many", "abort"],
  s5cmd: ["list", "look for", "put", "put in parts", "get", "delete many", "abort"],
  "tidb-br": ["head", "list", "look for", "put", "put in parts", "get", "delete", "abort"],
  vitess: ["head", "list", "put", "put in parts", "get", "delete many", "abort"],
  vmbackup: ["list", "look for", "put", "put in parts", "get", "move", "delete many", "abort"],
  xbcloud: ["head", "list", "put", "get", "delete"],
};
