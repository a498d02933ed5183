import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListBucketsCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { backgroundTask } from "../support/background";
import { expectedBucket, readBucket } from "../support/bucket";
import { clients, environment, folder, fresh, type Outputs, Stack } from "../support/environment";
import { ensureTools } from "./tools/install";
import { type Ended, rclone, restic } from "./tools/run";

const consumers = {
  db2: { access: "restic", prefix: "db2" },
  laptop: { access: "rclone", prefix: "laptop" },
  vault: { access: "append-only", prefix: "vault" },
  auditor: { access: "read-only" },
};

const words = (text: string): string => text.replaceAll(/\s+/g, " ");

/** Real backups in a bucket, what other keys try with them, and what the stack tries with the bucket. */
const hardTimes = backgroundTask(async () => {
  const { aws } = await environment();
  const tools = await ensureTools();
  const owner = (await clients()).s3;
  const stack = await new Stack("backups").create({ access: "restic", consumers });
  await stack.up();
  const outputs = (await stack.outputs()) as Outputs & { consumers: Record<keyof typeof consumers, Outputs> };
  const { bucketName: Bucket } = outputs;
  const machine = { tools, aws, home: join(folder, "backups"), bucket: Bucket };
  const data = join(machine.home, "data");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "notes.txt"), "precious\n");

  const works = async (ended: Promise<Ended>) => {
    const { code, said } = await ended;
    if (code !== 0) {
      throw new Error(said);
    }
  };
  const [db1, vault] = [restic(machine, outputs, "db1/"), restic(machine, outputs, "vault/")];
  await works(db1("init"));
  await works(db1("backup", data));
  await works(vault("init"));
  for (const draft of ["first draft", "second draft"]) {
    writeFileSync(join(data, "letter.txt"), draft);
    await works(vault("backup", data));
  }
  await works(rclone(machine, outputs.consumers.laptop)("copy", data, `backups:${Bucket}/laptop/`));

  /** Every version of every object, and every marker of a deletion. */
  const history = async () => {
    const { Versions = [], DeleteMarkers = [] } = await owner.send(new ListObjectVersionsCommand({ Bucket }));
    return (
      [...Versions, ...DeleteMarkers]
        // An append-only key may write its locks, and remove them.
        .filter(({ Key }) => !Key?.startsWith("vault/locks/"))
        .map(({ Key, VersionId }) => `${Key} ${VersionId}`)
        .sort()
    );
  };
  const before = await history();
  // All at once, because restic 0.14 tries each of its refused requests for half a minute.
  const refused = await Promise.all(tries(machine, outputs, data));
  const after = await history();

  await stack.set({ access: "restic", consumers, bucketName: fresh("another-bucket") });
  const replacement = await stack.tryUp();
  const settings = await readBucket(owner, Bucket);
  const { Buckets = [] } = await owner.send(new ListBucketsCommand({}));
  await stack.set({ access: "restic", consumers });
  await stack.up();
  const again = await stack.outputs();
  await stack.up("--expect-no-changes", "--refresh");
  await works(db1("check", "--read-data"));
  const buckets = Buckets.map(({ Name }) => Name);
  return { outputs, before, refused, after, replacement, settings, buckets, again };
});

/** What the consumers' keys do not allow. */
function tries(
  machine: Parameters<typeof restic>[0],
  outputs: { readonly consumers: Readonly<Record<keyof typeof consumers, Outputs>> },
  data: string,
): Promise<Ended>[] {
  const { db2, vault, auditor, laptop } = outputs.consumers;
  const bucket = `backups:${machine.bucket}`;
  return [
    restic(machine, vault, "vault/")("forget", "--keep-last", "1", "--prune"),
    // Another consumer's key.
    restic(machine, db2, "db1/")("snapshots"),
    restic(machine, db2, "db1/")("backup", data),
    restic(machine, db2, "db1/")("restore", "latest", "--no-lock", "--target", machine.home),
    restic(machine, db2, "db2-2/")("init"),
    rclone(machine, db2)("lsf", `${bucket}/laptop/`),
    rclone(machine, db2)("cat", `${bucket}/laptop/notes.txt`),
    rclone(machine, db2)("copy", data, `${bucket}/laptop/`),
    rclone(machine, laptop)("copy", data, `${bucket}/laptop-2/`),
    rclone(machine, laptop)("lsf", `${bucket}/`),
    // A read-only key.
    restic(machine, auditor, "db1/")("backup", data),
    restic(machine, auditor, "new/")("init"),
    rclone(machine, auditor)("copy", data, `${bucket}/new/`),
    rclone(machine, auditor)("deletefile", `${bucket}/laptop/notes.txt`),
  ];
}

describe("a bucket that holds real backups", function () {
  this.timeout(1_800_000);

  it("loses nothing to keys that may not change it, whatever restic and rclone try with them", async () => {
    const { before, refused, after } = await hardTimes();
    expect(refused).to.have.length(14);
    for (const { code, said } of refused) {
      expect(code, said).to.be.greaterThan(0);
      expect(words(said)).to.match(/Access ?Denied|Forbidden|not authorized/);
    }
    expect(before).to.not.deep.equal([]);
    expect(after).to.deep.equal(before);
  });

  it("is not replaced by another, and the next update continues without a loss", async () => {
    const { outputs, replacement, settings, buckets, again } = await hardTimes();
    expect(replacement.code).to.not.equal(0);
    expect(replacement.stdout).to.contain("BucketNotEmpty");
    expect(settings).to.deep.equal({
      ...expectedBucket(outputs.bucketArn),
      ownership: [{ ObjectOwnership: "BucketOwnerPreferred" }],
    });
    expect(buckets.filter((name) => name?.startsWith("another-bucket"))).to.deep.equal([]);
    expect(again).to.deep.equal(outputs);
  });
});
