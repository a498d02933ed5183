// The arguments of each tool in its workflow: first contact, backup, list, another backup, restore, prune.
import { join } from "node:path";
import type { AccessName } from "../../components/access/profiles";
import { type HandoffFields, type HandoffFormatName, handoff } from "../../components/handoff";

/** Where a workflow continues. */
export interface Place {
  readonly fields: HandoffFields;
  /** Where S3 answers. */
  readonly endpoint: string;
  /** An environment that leads AWS's own names there, for a program that can sign for no port but HTTPS's. */
  readonly namesOfAws: Readonly<Record<string, string>>;
  /** What is backed up, and where it is restored to: below the folder that the tool runs in. */
  readonly data: string;
  readonly back: string;
  /** A folder that is the tool's own. */
  readonly own: string;
  /** In a bucket with Object Lock: who sets the retention of what is uploaded. */
  readonly lock: Lock | undefined;
}

/** The bucket, by its default retention, or the tool, for each object. */
export type Lock = "the bucket" | "the tool";

/** A call of the tool, and what it has to print where its exit code says too little. */
export interface Step {
  readonly run: readonly string[];
  readonly prints?: string;
  /** Whether the data changes before it. */
  readonly changes?: true;
  /** What else its environment has. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Workflow {
  readonly access: AccessName;
  readonly handoff: HandoffFormatName;
  /** Files that it reads, by their names in its own folder. */
  readonly files?: (place: Place) => Readonly<Record<string, string>>;
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

/** The files of a folder in a table of SQLite, and back. */
const sqlite = `
import os, sqlite3, sys
database, what, folder = sys.argv[1:]
db = sqlite3.connect(database)
if what == "fill":
    db.execute("PRAGMA journal_mode = wal")
    db.execute("CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, content BLOB)")
    db.execute("DELETE FROM files")
    for path, _, files in os.walk(folder):
        for file in files:
            full = os.path.join(path, file)
            db.execute("INSERT INTO files VALUES (?, ?)", (os.path.relpath(full, folder), open(full, "rb").read()))
    db.commit()
else:
    for name, content in db.execute("SELECT name, content FROM files"):
        full = os.path.join(folder, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        open(full, "wb").write(content)
`;

/** The files of a folder as documents of Elasticsearch, a line for each 300 kB, and back. */
const documents = `
import base64, json, os, sys
dump, what, folder = sys.argv[1:]
if what == "fill":
    with open(dump, "w") as lines:
        for path, _, files in os.walk(folder):
            for file in files:
                full = os.path.join(path, file)
                content = open(full, "rb").read()
                for at in range(0, len(content), 300000):
                    source = {"name": os.path.relpath(full, folder), "at": at, "content": base64.b64encode(content[at:at + 300000]).decode()}
                    print(json.dumps({"_index": "files", "_id": f"{file}-{at}", "_source": source}), file=lines)
else:
    for source in sorted((json.loads(line)["_source"] for line in open(dump)), key=lambda one: one["at"]):
        full = os.path.join(folder, source["name"])
        os.makedirs(os.path.dirname(full), exist_ok=True)
        open(full, "ab").write(base64.b64decode(source["content"]))
`;

/**
 * Medusa's own commands, one after the other, on a node without a Cassandra, which would say these; without its
 * further attempts, which take minutes.
 */
const medusa = `
import json, sys, tenacity
tenacity.retry = lambda **options: lambda function: function
from medusa import medusacli, backup_node
backup_node.get_schema_and_tokenmap = lambda cassandra: ("", {"node1": {"tokens": [1], "is_up": True}})
backup_node.get_server_type_and_version = lambda cassandra: ("cassandra", "5.0.0")
config, commands = sys.argv[1:]
for command in json.loads(commands):
    medusacli.cli(["--config-file", config, *command], standalone_mode=False)
`;

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
  rclone: {
    access: "rclone",
    handoff: "rclone",
    steps: (place) => {
      const rclone = (...args: string[]) => ({
        run: ["rclone", "--retries", "1", ...args],
        // With AWS_CA_BUNDLE, it ends with an error.
        env: { RCLONE_CONFIG: join(place.own, "handoff"), AWS_CA_BUNDLE: "" },
      });
      const remote = `${place.fields.name}:`;
      return [
        rclone("copy", place.data, remote),
        { ...rclone("lsf", "-R", remote), prints: "notes.txt" },
        { ...rclone("sync", place.data, remote), changes: true },
        rclone("check", place.data, remote),
        rclone("copy", remote, place.back),
        rclone("delete", remote),
      ];
    },
  },
  restic: {
    access: "restic",
    handoff: "restic",
    steps: (place) => {
      const env = { RESTIC_PASSWORD: "of the repository", RESTIC_CACHE_DIR: join(place.own, "cache") };
      const restic = (...args: string[]) => ({ run: ["restic", ...args], env });
      return [
        restic("init"),
        restic("backup", place.data),
        { ...restic("snapshots"), prints: place.data },
        // Without a region, it asks where the bucket is.
        { run: ["env", "-u", "AWS_DEFAULT_REGION", "restic", "snapshots"], env },
        { ...restic("backup", place.data), changes: true },
        restic("forget", "--keep-last", "1", "--prune"),
        restic("check", "--read-data"),
        restic("restore", "latest", "--target", place.back),
      ];
    },
    restored: (place) => join(place.back, place.data),
    leaves: /^(?!locks\/)/,
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
      const retention =
        place.lock === "the tool" ? ["--retention-mode", "governance", "--retention-duration", "1d"] : [];
      const checksum = place.lock ? ["--checksum", "CRC32C"] : [];
      const mirror = mc("mirror", place.data, target);
      return [
        { run: mc("alias", "import", "backups", join(place.own, "handoff")) },
        { run: place.lock ? mc("cp", "--recursive", ...retention, `${place.data}/`, target) : mirror },
        { run: mc("ls", "--recursive", target), prints: "notes.txt" },
        { run: mc("mirror", "--overwrite", "--remove", ...checksum, place.data, target), changes: true },
        { run: mc("mirror", target, place.back) },
        { run: mc("rm", "--recursive", "--force", target) },
      ];
    },
  },
  litestream: {
    access: "litestream",
    handoff: "litestream",
    files: (place) => {
      const { endpoint, ...named } = place.fields;
      // With an endpoint in its file, it uploads without a checksum.
      const config = handoff("litestream", place.lock ? named : place.fields).replace(
        "/path/to/app.db",
        join(place.own, "app.db"),
      );
      return {
        "litestream.yml": `snapshot:\n  retention: 1ms\n${config}`,
        // As its guide has it: it asks where the bucket is.
        "no-region.yml": config.replace(/^ *(region|endpoint|force-path-style):.*\n/gm, ""),
      };
    },
    steps: (place) => {
      const [database, restored] = [join(place.own, "app.db"), join(place.own, "restored.db")];
      const config = ["-config", join(place.own, "litestream.yml")];
      const python = (...args: string[]) => ["python3", "-c", sqlite, ...args];
      const litestream = (command: string, ...args: string[]) => ({
        run: ["litestream", command, ...args],
        // Its HTTP client takes no certificates of this variable, and fails.
        env: { AWS_CA_BUNDLE: "", ...(place.lock && { AWS_ENDPOINT_URL_S3: place.endpoint }) },
      });
      const replicate = (...args: string[]) =>
        litestream("replicate", ...config, "-once", "-force-snapshot", ...args);
      return [
        { run: python(database, "fill", place.data) },
        replicate(),
        { ...litestream("ltx", ...config, database), prints: "0000000000000001" },
        {
          ...litestream("ltx", "-config", join(place.own, "no-region.yml"), database),
          prints: "0000000000000001",
          env: { AWS_CA_BUNDLE: "", AWS_ENDPOINT_URL_S3: place.endpoint },
        },
        { run: python(database, "fill", place.data), changes: true },
        replicate("-enforce-retention"),
        litestream("restore", ...config, "-o", restored, database),
        { run: python(restored, "restore", place.back) },
      ];
    },
    leaves: /^app\.db\//,
  },
  kopia: {
    access: "kopia",
    handoff: "kopia",
    steps: (place) => {
      const env = { KOPIA_PASSWORD: "of the repository", KOPIA_CHECK_FOR_UPDATES: "false" };
      const kopia = (...args: string[]) => ({ run: ["kopia", ...args], env });
      const retention = place.lock === "the tool" ? "--retention-mode=GOVERNANCE --retention-period=24h" : "";
      return [
        { run: ["sh", "-e", "-c", handoff("kopia", place.fields).trimEnd().concat(" ", retention)], env },
        kopia("snapshot", "create", place.data),
        { ...kopia("snapshot", "list"), prints: place.data },
        { ...kopia("snapshot", "create", place.data), changes: true },
        kopia("restore", place.data, place.back),
        kopia("snapshot", "delete", "--all-snapshots-for-source", place.data, "--delete"),
        kopia("maintenance", "run", "--full", "--safety=none"),
      ];
    },
    // Its own files, and no pack of data.
    leaves: /^[^p]/,
  },
  vmbackup: {
    access: "vmbackup",
    handoff: "aws",
    steps: (place) => {
      const [storage, restored] = [join(place.own, "storage"), join(place.own, "restored")];
      const snapshots = join(storage, "snapshots");
      const [first, second] = ["20261127000000-0000000000000001", "20261128000000-0000000000000002"];
      const [latest, daily] = [`${s3(place)}latest`, `${s3(place)}20261128`];
      const to = [
        ...["-credsFilePath", join(place.own, "handoff"), "-configProfile", place.fields.name],
        ...["-customS3Endpoint", place.endpoint, "-httpListenAddr", "127.0.0.1:0"],
        ...(place.lock ? ["-s3ChecksumAlgorithm", "CRC32"] : []),
      ];
      const backup = (name: string, ...args: string[]) => [
        ...["vmbackup", "-storageDataPath", storage, "-snapshotName", name, ...to, ...args],
      ];
      return [
        { run: ["mkdir", "-p", snapshots] },
        { run: ["cp", "-r", place.data, join(snapshots, first)] },
        { run: backup(first, "-dst", latest) },
        { run: ["cp", "-r", place.data, join(snapshots, second)], changes: true },
        { run: backup(second, "-dst", latest) },
        { run: backup(second, "-origin", latest, "-dst", daily) },
        { run: ["vmrestore", ...to, "-src", daily, "-storageDataPath", restored] },
        { run: ["rm", join(restored, "flock.lock")] },
      ];
    },
    restored: ({ own }) => join(own, "restored"),
    leaves: /^(latest|20261128)\//,
  },
  velero: {
    access: "velero",
    handoff: "velero",
    steps: (place) => {
      const { bucketName, prefix, region } = place.fields;
      const [backup, restored] = [join(place.own, "backup.tar"), join(place.own, "restored.tar")];
      const velero = (command: string, ...args: string[]) => ({
        run: ["velero-store", bucketName, prefix, region, place.endpoint, command, ...args],
        env: { AWS_SHARED_CREDENTIALS_FILE: join(place.own, "handoff") },
      });
      const pack = ["tar", "-cf", backup, "-C", place.data, "."];
      return [
        { run: pack },
        velero("backup", "first", backup),
        { ...velero("list"), prints: "[first]" },
        { run: pack, changes: true },
        velero("backup", "second", backup),
        { ...velero("list"), prints: "[first second]" },
        velero("restore", "second", restored),
        { run: ["tar", "-xf", restored, "-C", place.back] },
        velero("delete", "first"),
        velero("delete", "second"),
      ];
    },
  },
  medusa: {
    access: "medusa",
    handoff: "aws",
    files: ({ fields, own }) => ({
      "cassandra.yaml": `data_file_directories: [${own}/cassandra]\nlisten_address: 127.0.0.1\n`,
      "medusa.ini": [
        ...["[cassandra]", `config_file = ${own}/cassandra.yaml`, "resolve_ip_addresses = False"],
        ...["[storage]", "storage_provider = s3", `region = ${fields.region}`, "fqdn = node1"],
        ...[`bucket_name = ${fields.bucketName}`, `prefix = ${fields.prefix.replace(/\/$/, "")}`],
        ...[`key_file = ${own}/handoff`, `api_profile = ${fields.name}`, "concurrent_transfers = 2"],
        ...["multi_part_upload_threshold = 8MB", "backup_grace_period_in_days = 0", "max_backup_count = 1"],
      ].join("\n"),
    }),
    steps: (place) => {
      const table = join(place.own, "cassandra", "shop", "orders-1");
      const snapshot = (name: string) => ["cp", "-r", place.data, join(table, "snapshots", name)];
      const backup = (name: string) => [
        ...["backup", "--backup-name", name, "--mode", "full", "--use-existing-snapshot", "--keep-snapshot"],
      ];
      const commands = [
        ...[backup("first"), ["list-backups"], backup("second")],
        ["verify", "--backup-name", "second", "--enable-md5-checks"],
        ["download", "--backup-name", "second", "--download-destination", place.back],
        ...[["purge"], ["delete-backup", "--backup-name", "second"]],
      ];
      return [
        { run: ["mkdir", "-p", join(table, "snapshots")] },
        { run: snapshot("first") },
        { run: snapshot("second"), changes: true },
        {
          run: [
            ...["sh", "-c", 'exec "$(dirname "$(command -v medusa)")/python3" -c "$@"', "sh", medusa],
            ...[join(place.own, "medusa.ini"), JSON.stringify(commands)],
          ],
          env: { AWS_ENDPOINT_URL_S3: place.endpoint },
          prints: "first (started: ",
        },
      ];
    },
    restored: ({ back }) => join(back, "shop", "orders-1"),
    leaves: /^index\/latest_backup\//,
  },
  elasticdump: {
    access: "elasticdump",
    handoff: "env",
    steps: (place) => {
      const [dump, back] = [join(place.own, "dump.json"), join(place.own, "back.json")];
      const stored = `${s3(place)}dump.json`;
      const elasticdump = (input: string, output: string) => [
        ...["elasticdump", `--input=${input}`, `--output=${output}`, `--s3Endpoint=${place.endpoint}`],
        "--s3ForcePathStyle=true",
      ];
      const python = (...args: string[]) => ["python3", "-c", documents, ...args];
      return [
        { run: python(dump, "fill", place.data) },
        { run: elasticdump(dump, stored) },
        { run: python(dump, "fill", place.data), changes: true },
        { run: elasticdump(dump, stored) },
        { run: elasticdump(stored, back) },
        { run: python(back, "restore", place.back) },
      ];
    },
    leaves: /^dump\.json$/,
  },
  "git-annex": {
    access: "git-annex",
    handoff: "env",
    steps: (place) => {
      const { bucketName, prefix } = place.fields;
      const annex = join(place.own, "annex");
      // It connects to no address of this machine, the proxy's included, unless it's configured to.
      const options = ["user.name=x", "user.email=x@x", "annex.security.allowed-ip-addresses=all"];
      const git = (...args: string[]) => ({
        run: ["git", "-C", annex, ...options.flatMap((option) => ["-c", option]), ...args],
        env: place.namesOfAws,
      });
      const add = [git("annex", "add", "--force-large", "."), git("commit", "-qm", "x")];
      const s3 = ["type=S3", "encryption=none", `bucket=${bucketName}`, `fileprefix=${prefix}`];
      return [
        { run: ["cp", "-r", place.data, annex] },
        git("init", "-q"),
        git("annex", "init", "x"),
        ...add,
        git("annex", "initremote", "backups", ...s3, "signature=v4", "partsize=5MiB", "protocol=https"),
        git("annex", "copy", "--to=backups"),
        git("annex", "fsck", "--from=backups"),
        { run: ["rm", "-rf", `${annex}/notes.txt`, `${annex}/photos`] },
        { run: ["cp", "-r", `${place.data}/.`, annex], changes: true },
        ...add,
        git("annex", "copy", "--to=backups"),
        git("annex", "drop", "--all"),
        git("annex", "get", "."),
        { run: ["sh", "-c", 'cp -rL "$0"/* "$1"', annex, place.back] },
        git("annex", "drop", "--all", "--from=backups", "--force"),
      ];
    },
    leaves: /^annex-uuid$/,
  },
};

/** What a program shows the need of elsewhere. */
export const elsewhere: Readonly<Record<string, readonly string[]>> = {
  // It deletes whole backups of a database: barman.test.ts.
  barman: ["s3:DeleteObject"],
};
