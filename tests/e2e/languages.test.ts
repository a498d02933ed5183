import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HeadBucketCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";

import { root } from "../../common/paths";
import { describeProblems, take } from "../../components/check";
import { targetChecks } from "../../components/targetArgs";
import { goVersion, runGo } from "../../engine/go";

import { deleteVersions } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { readBucket } from "../support/bucket";
import { followTheGuide, freshNames, guide } from "../support/byHand";
import { clients, environment, folder } from "../support/environment";
import { processes } from "../support/processes";
import { ensureLanguages, generateSdk } from "./languages/install";
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
  /** What the command `rotate` says to change for that; where the commands are tried. */
  readonly advice?: readonly string[];
  /** What else is refused, and what the error says. */
  readonly refused?: { readonly what: string; readonly edits: readonly Edit[]; readonly said: RegExp };
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
    refused: {
      what: "names that differ in case alone",
      edits: [["resources:", "resources:\n  DB1:\n    type: s3-backup-target:BackupTarget"]],
      said: /the name "(db1|DB1)" must differ from "(db1|DB1)" in more than case/,
    },
  },
  {
    name: "python",
    file: "__main__.py",
    wrong: [
      ['prefix="db1"', 'prefix="db*"'],
      ["noncurrent_version_days=90", 'noncurrent_version_days=0,\n    bucket_name="My_Backups"'],
    ],
    rotation: ["key_generation=1", "key_generation=2,\n    previous_key=backups.PreviousKey.ACTIVE"],
    advice: ["key_generation: 2", 'previous_key: "active"'],
    // Not in YAML, whose host refuses it itself.
    refused: {
      what: "an Output where the value decides what there is to create",
      edits: [
        ["target =", 'other = backups.BackupBucket("other")\ntarget ='],
        ["access=backups.AccessName.RESTIC", "access=other.region"],
      ],
      said: /^ +access: .*Output/m,
    },
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
const problems = describeProblems([
  ...take("bucketName", "My_Backups", targetChecks.bucketName).problems,
  ...take("noncurrentVersionDays", 0, targetChecks.noncurrentVersionDays).problems,
  ...take("prefix", "db*", targetChecks.prefix).problems,
]);

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
async function run({ name, file, wrong, rotation, refused: more, advice }: Language) {
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
  const commands = advice && {
    verify: await example.command("verify"),
    verifyFurther: await example.command("verify", "--consumer", "db2"),
    handoff: await example.command("handoff", "env", "--consumer", "db2"),
    rotate: await example.command("rotate", "--yes"),
  };

  const source = example.read(file);
  example.edit(file, ...wrong);
  const refused = await example.try("preview");
  example.write(file, source);
  example.edit(file, ...(more?.edits ?? []));
  const refusedToo = more && (await example.try("preview"));
  example.write(file, source);

  example.edit(file, rotation);
  await example.up();
  const rotated = await example.outputs();
  const triedThen = [await tryKey(bucketName, outputs, ["db1"]), await tryKey(bucketName, rotated, ["db1"])];
  const state = example.stateText();
  const revoked = advice && {
    command: await example.command("revoke", "--yes"),
    tried: [await tryKey(bucketName, outputs, ["db1"]), await tryKey(bucketName, rotated, ["db1"])],
  };
  if (commands) {
    // The bucket keeps old versions of what the key was verified with.
    await deleteVersions(s3, bucketName);
  }
  await example.destroy();
  const left = await s3
    .send(new HeadBucketCommand({ Bucket: bucketName }))
    .catch((error: Error) => error.name);
  const triedAtLast = await tryKey(bucketName, rotated, ["db1"]);
  const running = processes().filter(({ command }) => command.includes(`${example.folder}/`));
  return {
    ...{ outputs, shown, bucket, tried, refused, refusedToo, rotated, triedThen, state, left, triedAtLast },
    ...{
      commands,
      revoked,
      running,
      printed: example.printed,
      secrets: [outputs, db2, rotated].map((key) => key.secretAccessKey),
    },
  };
}

describe("the examples, on a real engine", function () {
  this.timeout(1_800_000);

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
        const lines = refused.printed.split("\n").map((line) => line.trim());
        expect(lines).to.include.members(problems.split("\n").map((line) => line.trim()));
        expect(problems.split("\n")).to.have.length(3);
      });

      const { refused: more } = language;
      if (more) {
        it(`are refused ${more.what}`, async () => {
          const { refusedToo } = await life();
          expect(refusedToo?.code).to.not.equal(0);
          expect(refusedToo?.printed).to.match(more.said);
        });
      }

      it("rotate a key by arguments", async () => {
        const { outputs, rotated, triedThen } = await life();
        expect(rotated.accessKeyId).to.not.equal(outputs.accessKeyId);
        expect(rotated.bucketName).to.equal(outputs.bucketName);
        expect(triedThen).to.deep.equal([["lists it"], ["lists it"]]);
      });

      const { advice } = language;
      if (advice) {
        it("are what the commands work on, by what the state says", async () => {
          const { commands, secrets, revoked } = await life();
          expect(commands?.verify.code, commands?.verify.printed).to.equal(0);
          expect(commands?.verifyFurther.code, commands?.verifyFurther.printed).to.equal(0);
          expect(commands?.handoff.printed).to.contain(secrets[1]);
          expect(commands?.rotate.code, commands?.rotate.printed).to.equal(3);
          expect(commands?.rotate.printed).to.contain(`in the BackupTarget db1:\n  ${advice.join("\n  ")}\n`);
          expect(revoked?.command.code, revoked?.command.printed).to.equal(0);
          expect(revoked?.tried).to.deep.equal([["InvalidAccessKeyId"], ["InvalidAccessKeyId"]]);
        });
      }

      it("are destroyed, and leave nothing behind", async () => {
        const { left, triedAtLast, running } = await life();
        expect(left).to.equal("NotFound");
        expect(triedAtLast).to.deep.equal(["InvalidAccessKeyId"]);
        expect(running).to.deep.equal([]);
      });
    });
  }

  const adoption = backgroundTask(async () => {
    const example = await Example.make("python", "adopted");
    const names = freshNames();
    const key = await followTheGuide(await clients(), names, guide(names));
    const program = "__main__.py";
    // The guide's key, and no other.
    example.edit(program, ["RESTIC", "MLAB"], ['    prefix="db1",\n', ""]);
    example.write(program, example.read(program).replace(/^.*consumers.*\n/gm, ""));
    const adopt = () =>
      example.command("adopt", "--yes", ...Object.entries(names).flatMap(([name, of]) => [`--${name}`, of]));
    const asked = await adopt();
    const args = [...asked.printed.matchAll(/^ {2}(\w+): (.+)$/gm)].map(
      ([, name, value]) => `${name}=${value}`,
    );
    example.edit(program, ["key_generation=1", ["key_generation=1", ...args].join(", ")]);
    const adopted = await adopt();
    await example.up();
    await example.up("--expect-no-changes");
    const state = example.stateText();
    await example.destroy();
    return { names, key, asked, adopted, state };
  });

  it("in Python adopt what was created by hand, once the code has its names", async () => {
    const { names, key, asked, adopted, state } = await adoption();
    expect(asked.code, asked.printed).to.equal(3);
    expect(asked.printed).to.contain(`in the BackupTarget db1:
  bucket_name: "${names.bucket}"
  user_name: "${names.user}"
  group_name: "${names.group}"
  policy_name: "${names.policy}"
`);
    expect(adopted.code, adopted.printed).to.equal(0);
    expect(adopted.printed).to.contain(`Its access key ${key.accessKeyId}`);
    expect(state).to.contain(key.accessKeyId).and.to.contain(`"id":"${names.bucket}"`);
  });

  // No host of Go can be built from what a module proxy has.
  const compiled = backgroundTask(async () => {
    const { engine } = await environment();
    await ensureLanguages(engine);
    const program = join(folder, "languages", "go");
    cpSync(join(root, "examples", "go"), program, { recursive: true });
    await generateSdk(engine, "go", join(program, "sdks", "s3-backup-target"));
    // The flags of the hosts, so that nothing is compiled twice.
    const args = ["build", "-mod=mod", "-trimpath", "-tags=osusergo,grpcnotrace", "-o", "backups", "."];
    await runGo(args, { cwd: program, env: { CGO_ENABLED: "0" } });
    return existsSync(join(program, "backups"));
  });

  it("in Go compile with the SDK that is generated", async function () {
    if ((await goVersion(join(root, "examples", "go"))) === undefined) {
      this.skip();
    }
    expect(await compiled()).to.equal(true);
  });

  // No compiler of theirs can be counted on.
  const onlyNamed = [
    {
      language: "dotnet",
      file: "csharp/Program.cs",
      names: /new (\w+Target\w*|Consumer\w+)|(?:target|AccessName)\.(\w+)|\b([A-Z]\w+) =/g,
      declared: (name: string) => new RegExp(`public .*\\b${name}\\b`),
    },
    {
      language: "java",
      file: "java/src/main/java/backups/App.java",
      names: /(?:^ +|\)|\btarget|AccessName)\.(\w+)/gm,
      declared: (name: string) => new RegExp(`\\b${name}\\(`),
    },
  ];
  for (const { language, file, names, declared } of onlyNamed) {
    it(`in ${file} name nothing that isn't in the generated SDK`, async () => {
      const { engine } = await environment();
      await ensureLanguages(engine);
      const sdk = join(folder, "languages", "sdks", language);
      await generateSdk(engine, language, sdk);
      const code = readdirSync(sdk, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(cs|java)$/.test(name))
        .map((name) => readFileSync(join(sdk, name), "utf8"))
        .join("\n");
      const used = [...readFileSync(join(root, "examples", file), "utf8").matchAll(names)].map((match) =>
        match.slice(1).find((name) => name !== undefined),
      );
      expect(used).to.include.members(["WalG"]).and.have.length.above(10);
      expect(used.filter((name = "") => !declared(name).test(code))).to.deep.equal([]);
    });
  }
});
