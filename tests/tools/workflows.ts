// What each tool is told in its workflow: first contact, backup, list, another backup, restore, prune.
import { join } from "node:path";
import type { AccessName } from "../../components/access/profiles";
import { type HandoffFields, type HandoffFormatName, handoff } from "../../components/handoff";

/** Where a workflow goes on. */
export interface Place {
  readonly fields: HandoffFields;
  /** Where S3 answers. */
  readonly endpoint: string;
  /** What is backed up, and where it is restored to: below the folder that the tool runs in. */
  readonly data: string;
  readonly back: string;
  /** A folder that is the tool's own. */
  readonly own: string;
}

/** A call of the tool, and what it has to print where its exit code says too little. */
export interface Step {
  readonly run: readonly string[];
  readonly prints?: string;
  /** Whether the data changes before it. */
  readonly changes?: true;
}

export interface Workflow {
  readonly access: AccessName;
  readonly handoff: HandoffFormatName;
  readonly steps: (place: Place) => readonly Step[];
  /** Where what is restored is, if not in `back`. */
  readonly restored?: (place: Place) => string;
  /** What stays in the bucket after its prune, if anything does. */
  readonly leaves?: RegExp;
}

const s3 = ({ fields: { bucketName, prefix } }: Place) => `s3://${bucketName}/${prefix}`;

/** The target that duplicity's hand-off names, and its options. */
const duplicityTarget = ({ fields }: Place): string[] => {
  const [, said = ""] = /^# duplicity FOLDER (.*)$/m.exec(handoff("duplicity", fields)) ?? [];
  return said.replaceAll("'", "").split(" ");
};

const borgstore = `
import os, sys
from borgstore.store import Store
from borgstore.backends.errors import ObjectNotFound
url, what, folder = sys.argv[1:]
store = Store(url, config={"data": {"levels": [1]}})
if what == "create":
    store.create()
with store:
    if what == "backup":
        for path, _, files in os.walk(folder):
            for file in files:
                full = os.path.join(path, file)
                store.store("data/" + os.path.relpath(full, folder).encode().hex(), open(full, "rb").read())
    elif what == "restore":
        for info in store.list("data"):
            full = os.path.join(folder, bytes.fromhex(info.name).decode())
            os.makedirs(os.path.dirname(full), exist_ok=True)
            open(full, "wb").write(store.load("data/" + info.name))
    elif what == "prune":
        for info in list(store.list("data")):
            store.delete("data/" + info.name)
        try:
            store.load("data/" + info.name)
            sys.exit("it is still there")
        except ObjectNotFound:
            pass
`;

const borgstoreUrl = ({ fields, endpoint }: Place) =>
  `s3:${fields.name}@${endpoint}/${fields.bucketName}/${fields.prefix}store`;
const wal = "000000010000000000000001";

export const workflows: Readonly<Record<string, Workflow>> = {
  awscli: {
    access: "aws-cli",
    handoff: "aws",
    steps: (place) => [
      { run: ["aws", "s3", "cp", "--recursive", place.data, s3(place)] },
      { run: ["aws", "s3", "ls", "--recursive", s3(place)], prints: "notes.txt" },
      { run: ["aws", "s3", "sync", "--delete", place.data, s3(place)], changes: true },
      { run: ["aws", "s3", "sync", s3(place), place.back] },
      { run: ["aws", "s3", "rm", "--recursive", s3(place)] },
    ],
  },
  s5cmd: {
    access: "s5cmd",
    handoff: "env",
    steps: (place) => {
      const s5cmd = (...args: string[]) => ["s5cmd", "--endpoint-url", place.endpoint, ...args];
      return [
        { run: s5cmd("cp", `${place.data}/`, s3(place)) },
        { run: s5cmd("ls", `${s3(place)}*`), prints: "notes.txt" },
        { run: s5cmd("sync", "--delete", `${place.data}/`, s3(place)), changes: true },
        { run: s5cmd("cp", `${s3(place)}*`, `${place.back}/`) },
        { run: s5cmd("rm", `${s3(place)}*`) },
      ];
    },
  },
  s4cmd: {
    access: "s4cmd",
    handoff: "env",
    steps: (place) => {
      const s4cmd = (...args: string[]) => ["s4cmd", "--endpoint-url", place.endpoint, ...args];
      return [
        { run: s4cmd("put", "-r", place.data, `${s3(place)}s4cmd/`) },
        { run: s4cmd("ls", "-r", `${s3(place)}s4cmd/`), prints: "notes.txt" },
        { run: s4cmd("put", "-r", "-f", place.data, `${s3(place)}s4cmd/`) },
        { run: s4cmd("get", "-r", `${s3(place)}s4cmd/data/`, `${place.back}/`) },
        { run: s4cmd("del", "-r", `${s3(place)}s4cmd/`) },
      ];
    },
    restored: ({ back }) => join(back, "data"),
  },
  s3cmd: {
    access: "s3cmd",
    handoff: "s3cmd",
    steps: (place) => [
      { run: ["s3cmd", "put", "--recursive", `${place.data}/`, s3(place)] },
      { run: ["s3cmd", "ls", "--recursive", s3(place)], prints: "notes.txt" },
      { run: ["s3cmd", "sync", "--delete-removed", `${place.data}/`, s3(place)], changes: true },
      { run: ["s3cmd", "get", "--recursive", s3(place), `${place.back}/`] },
      { run: ["s3cmd", "del", "--recursive", "--force", s3(place)] },
    ],
  },
  duplicity: {
    access: "duplicity",
    handoff: "duplicity",
    steps: (place) => {
      const [target = "", ...options] = duplicityTarget(place);
      const common = ["--no-encryption", "--archive-dir", place.own, "--num-retries", "1", ...options];
      const duplicity = (...args: string[]) => ["duplicity", ...args, ...common];
      return [
        { run: duplicity("full", place.data, target) },
        { run: duplicity("list-current-files", target), prints: "notes.txt" },
        { run: duplicity("incremental", place.data, target), changes: true },
        { run: duplicity("verify", target, place.data) },
        { run: duplicity("restore", target, place.back) },
        { run: duplicity("full", place.data, target) },
        { run: duplicity("remove-all-but-n-full", "1", "--force", target) },
      ];
    },
    leaves: /^duplicity-full/,
  },
  barman: {
    access: "barman-cloud",
    handoff: "aws",
    steps: (place) => {
      const of = (program: string, ...options: string[]) => [
        ...[program, "--endpoint-url", place.endpoint, ...options, s3(place).replace(/\/$/, ""), "pg"],
      ];
      return [
        { run: of("barman-cloud-check-wal-archive") },
        { run: [...of("barman-cloud-wal-archive"), join(place.data, wal)] },
        { run: of("barman-cloud-backup-list") },
        { run: [...of("barman-cloud-wal-restore"), wal, join(place.back, wal)] },
      ];
    },
    leaves: /^pg\/wals\//,
  },
  borgstore: {
    access: "borg",
    handoff: "aws",
    steps: (place) => {
      const store = (what: string, folder: string) => [
        ...["python3", "-c", borgstore, borgstoreUrl(place), what, folder],
      ];
      return [
        { run: store("create", place.data) },
        { run: store("backup", place.data) },
        { run: store("restore", place.back) },
        { run: store("prune", place.data) },
      ];
    },
    leaves: /./,
  },
  mc: {
    access: "mc",
    handoff: "mc",
    steps: (place) => {
      const { bucketName, prefix } = place.fields;
      const mc = (...args: string[]) => ["mc", "--config-dir", place.own, "--quiet", ...args];
      const target = `backups/${bucketName}/${prefix}`;
      return [
        { run: mc("alias", "import", "backups", join(place.own, "handoff")) },
        { run: mc("mirror", place.data, target) },
        { run: mc("ls", "--recursive", target), prints: "notes.txt" },
        { run: mc("mirror", "--overwrite", "--remove", place.data, target), changes: true },
        { run: mc("mirror", target, place.back) },
        { run: mc("rm", "--recursive", "--force", target) },
      ];
    },
  },
};
