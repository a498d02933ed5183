import { HeadBucketCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { backgroundTask } from "../support/background";
import { readBucket } from "../support/bucket";
import { clients } from "../support/environment";
import { processes } from "../support/processes";
import { Example } from "./languages/program";

/** A change of a program's source: what goes, and what comes. */
type Edit = readonly [from: string, to: string];

interface Language {
  readonly name: string;
  /** The program's source. */
  readonly file: string;
  /** Gives it three arguments that cannot be used. */
  readonly wrong: readonly Edit[];
  /** Begins a rotation. */
  readonly rotation: Edit;
  /** Passes an Output where the program has to know the value; not in YAML, whose host refuses it itself. */
  readonly late?: readonly Edit[];
}

const languages: readonly Language[] = [
  {
    name: "yaml",
    file: "Pulumi.yaml",
    wrong: [
      ["prefix: db1", "prefix: db*"],
      ["noncurrentVersionDays: 90", "noncurrentVersionDays: 0\n      bucketName: My_Backups"],
    ],
    rotation: ["keyGeneration: 1", "keyGeneration: 2\n      previousKey: active"],
  },
  {
    name: "python",
    file: "__main__.py",
    wrong: [
      ['prefix="db1"', 'prefix="db*"'],
      ["noncurrent_version_days=90", 'noncurrent_version_days=0,\n    bucket_name="My_Backups"'],
    ],
    rotation: ["key_generation=1", "key_generation=2,\n    previous_key=backups.PreviousKey.ACTIVE"],
    late: [
      ["target =", 'other = backups.BackupBucket("other")\ntarget ='],
      ["access=backups.AccessName.RESTIC", "access=other.region"],
    ],
  },
  {
    name: "typescript",
    file: "index.ts",
    wrong: [
      ['prefix: "db1"', 'prefix: "db*"'],
      ["noncurrentVersionDays: 90", 'noncurrentVersionDays: 0,\n  bucketName: "My_Backups"'],
    ],
    rotation: ["keyGeneration: 1", 'keyGeneration: 2,\n  previousKey: "active"'],
  },
];

/** What the components say of the three arguments, at once and by the names that the schema has. */
const problems = [
  '  bucketName = "My_Backups": must contain only lowercase letters, digits and hyphens; for example "my-backups".',
  "  noncurrentVersionDays = 0: must be a whole number of days from 1 to 2147483647, for example 30.",
  '  prefix = "db*": must not contain *, ? or $ before {, which are wildcards and variables in IAM; for example "db".',
];

/** Pulumi's SDK for Python says in debug messages what a program exports, secrets in plain. */
const exportsOfPython =
  /debug: (register resource outputs prepared|resource registration successful): urn=\S+::pulumi:pulumi:Stack::[\s\S]*?(?=debug:|$)/g;

/** What a key can list of the bucket: its own folder, and the other one. */
async function tryKey(
  Bucket: string,
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
  folders: readonly string[],
): Promise<string[]> {
  const { s3 } = await clients({ accessKeyId, secretAccessKey });
  const list = (folder: string) =>
    s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${folder}/` })).then(
      () => "lists it",
      (error: Error) => error.name,
    );
  return Promise.all(folders.map(list));
}

/** All that happens to an example, from its first update to its end. */
async function run({ name, file, wrong, rotation, late }: Language) {
  const example = await Example.make(name);
  await example.up("--debug");
  const outputs = await example.outputs();
  const shown = await example.outputs({ plain: false });
  const { bucketName, consumers } = outputs;
  const { db2 } = consumers;
  if (db2 === undefined) {
    throw new Error("There is no consumer db2.");
  }
  const { s3 } = await clients();
  const bucket = await readBucket(s3, bucketName);
  const tried = [
    await tryKey(bucketName, outputs, ["db1", "db2"]),
    await tryKey(bucketName, db2, ["db2", "db1"]),
  ];
  await example.up("--expect-no-changes");

  const source = example.read(file);
  example.edit(file, ...wrong);
  const refused = await example.try("preview");
  example.write(file, source);
  if (late) {
    example.edit(file, ...late);
  }
  const refusedLate = late ? await example.try("preview") : undefined;
  example.write(file, source);

  example.edit(file, rotation);
  await example.up();
  const rotated = await example.outputs();
  const triedThen = [await tryKey(bucketName, outputs, ["db1"]), await tryKey(bucketName, rotated, ["db1"])];
  const state = example.stateText();
  await example.destroy();
  const left = await s3
    .send(new HeadBucketCommand({ Bucket: bucketName }))
    .catch((error: Error) => error.name);
  const triedAtLast = await tryKey(bucketName, rotated, ["db1"]);
  const running = processes().filter(({ command }) => command.includes(`${example.folder}/`));
  return {
    ...{ outputs, shown, bucket, tried, refused, refusedLate, rotated, triedThen, state, left, triedAtLast },
    ...{
      running,
      printed: example.printed,
      secrets: [outputs, db2, rotated].map((key) => key.secretAccessKey),
    },
  };
}

describe("the examples, on a real engine", function () {
  this.timeout(600_000);

  for (const language of languages) {
    describe(`in ${language.name}`, () => {
      const life = backgroundTask(() => run(language));

      it("create a bucket and two keys, each of which opens its own folder", async () => {
        const { outputs, bucket, tried } = await life();
        expect(outputs.region).to.equal("us-east-1");
        expect(bucket.tags).to.deep.equal({ team: "databases" });
        expect(bucket.lifecycle?.[1]?.NoncurrentVersionExpiration).to.deep.equal({ NoncurrentDays: 90 });
        expect(tried).to.deep.equal([
          ["lists it", "AccessDenied"],
          ["lists it", "AccessDenied"],
        ]);
      });

      it("have the secrets as secrets, those of further consumers too", async () => {
        const { shown, secrets, state, printed } = await life();
        expect(shown.secretAccessKey).to.equal("[secret]");
        expect(JSON.stringify(shown.consumers)).to.contain("[secret]");
        const said = language.name === "python" ? printed.replaceAll(exportsOfPython, "") : printed;
        for (const secret of secrets) {
          expect(secret).to.match(/^\S{40}$/);
          expect(state).to.not.contain(secret);
          expect(said).to.not.contain(secret);
        }
      });

      it("are refused wrong arguments, all at once", async () => {
        const { refused } = await life();
        expect(refused.code).to.not.equal(0);
        expect(refused.printed).to.contain("3 invalid arguments:\n");
        const lines = refused.printed.split("\n").map((line) => line.trimEnd());
        expect(lines.filter((line) => problems.some((problem) => line.endsWith(problem)))).to.have.length(3);
      });

      if (language.late) {
        it("are refused an Output where the value decides what there is to create", async () => {
          const { refusedLate } = await life();
          expect(refusedLate?.code).to.not.equal(0);
          expect(refusedLate?.printed).to.contain(
            "  access: must be known when the program runs, because it decides what is created; an Output or a Promise is known only later;",
          );
        });
      }

      it("rotate a key by arguments", async () => {
        const { outputs, rotated, triedThen } = await life();
        expect(rotated.accessKeyId).to.not.equal(outputs.accessKeyId);
        expect(rotated.bucketName).to.equal(outputs.bucketName);
        expect(triedThen).to.deep.equal([["lists it"], ["lists it"]]);
      });

      it("are destroyed, and leave nothing behind", async () => {
        const { left, triedAtLast, running } = await life();
        expect(left).to.equal("NotFound");
        expect(triedAtLast).to.deep.equal(["InvalidAccessKeyId"]);
        expect(running).to.deep.equal([]);
      });
    });
  }
});
