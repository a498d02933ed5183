import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { types } from "../../commands/stack/consumers";
import { type HandoffFields, handoff, handoffFormats } from "../../components/handoff";
import { backgroundTask } from "../support/background";
import { Clone } from "../support/clone";
import { callCommandLine } from "../support/commandLine";
import { clients, environment, folder, type Outputs, passphrase, Stack, state } from "../support/environment";
import { ensureTools } from "./tools/install";
import { byHandoff, type Ended, type Machine, rclone, restic, type Tool, transcript } from "./tools/run";

type ConsumerOutputs = Omit<Outputs, "bucketName" | "bucketArn" | "region">;

const consumers = {
  db1: { access: "restic", prefix: "db1" },
  sync: { access: "rclone" },
  laptop: { access: "rclone", prefix: "laptop" },
  vault: { access: "append-only", prefix: "vault" },
  auditor: { access: "read-only" },
};

/** What a folder holds, by path. */
function contents(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(path, file), readFileSync(file, "latin1")]),
  );
}

describe("real backup tools with the minted keys", function () {
  this.timeout(1_800_000);

  const stack = new Stack("tools");
  let outputs: Outputs & { consumers: Record<keyof typeof consumers, ConsumerOutputs> };
  let machine: Machine;
  /** The hand-offs of two consumers. */
  let handed: Record<"sync" | "laptop", HandoffFields>;
  let owner: S3Client;
  let data: string;

  const deployed = backgroundTask(async () => {
    const tools = await ensureTools();
    const { aws } = await environment();
    owner = (await clients()).s3;
    await stack.create({ access: "restic", consumers });
    await stack.up();
    outputs = (await stack.outputs()) as typeof outputs;
    machine = { tools, aws, home: join(folder, "tools"), bucket: outputs.bucketName };
    const [sync, laptop] = await Promise.all(
      ["sync", "laptop"].map(async (name) => JSON.parse((await call("--json", "--consumer", name)).stdout)),
    );
    handed = { sync, laptop };
    for (const [format, ask] of [
      ["restic", "version"],
      ["rclone", "version"],
      ["s3cmd", "--version"],
      ["pgbackrest", "version"],
    ] as const) {
      const [version] = (await works(byHandoff(machine, format, handed.sync)(ask))).split("\n");
      console.log(`  ${version}`);
    }
  });
  before("one stack, and the tools", deployed);

  /** What the command needs in its environment. */
  const variables = async (backend = state) => ({
    ...(await environment()).engine.env,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    npm_config_loglevel: "silent",
  });
  const callWith = (env: Record<string, string>, ...args: string[]) =>
    callCommandLine(["handoff", "--stack", stack.name, ...args], { cwd: dirname(stack.file), env });
  const call = async (...args: string[]) => callWith(await variables(), ...args);

  beforeEach("something to back up", () => {
    data = join(machine.home, "data");
    rmSync(data, { recursive: true, force: true });
    mkdirSync(join(data, "photos"), { recursive: true });
    writeFileSync(join(data, "notes.txt"), "first draft\n");
    writeFileSync(join(data, "empty"), "");
    // Compresses to about itself, so that it becomes a separate pack.
    writeFileSync(
      join(data, "photos", "ü b.raw"),
      Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index * 31 + (index >> 3)) % 251)),
    );
  });

  /** Every version of every object, and every marker of a deletion. */
  const history = async (): Promise<string[]> => {
    const {
      Versions = [],
      DeleteMarkers = [],
      IsTruncated,
    } = await owner.send(new ListObjectVersionsCommand({ Bucket: outputs.bucketName }));
    expect(IsTruncated).to.not.equal(true);
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`).sort();
  };

  /** What the bucket holds now, in a folder. */
  const current = async (Prefix: string): Promise<string[]> => {
    const { Versions = [] } = await owner.send(
      new ListObjectVersionsCommand({ Bucket: outputs.bucketName, Prefix }),
    );
    return Versions.filter(({ IsLatest }) => IsLatest).map(({ Key = "" }) => Key.slice(Prefix.length));
  };

  const works = async (ended: Promise<Ended>): Promise<string> => {
    const { code, stdout, said } = await ended;
    expect(code, said).to.equal(0);
    return stdout;
  };

  /**
   * Before it makes a repository, restic asks whether the bucket is there, by a HeadBucket that no prefix goes with, and
   * takes a refusal for a yes. The one version that does not, 0.14.0 (restic/restic#4085), is Debian 12's: there someone
   * with a key for the whole bucket has to make the repository.
   */
  const initialize = async (run: Tool, at: string): Promise<void> => {
    if (at !== "" && (await works(run("version"))).startsWith("restic 0.14.0 ")) {
      const { code, said } = await run("init");
      expect(code).to.equal(1);
      expect(said).to.contain("client.BucketExists: Access Denied");
      await works(restic(machine, outputs, at)("init"));
    } else {
      await works(run("init"));
    }
  };

  const restores = async (tool: Tool, ...options: string[]) => {
    const target = join(machine.home, "restored");
    rmSync(target, { recursive: true, force: true });
    await works(tool("restore", "latest", "--target", target, ...options));
    expect(contents(join(target, data))).to.deep.equal(contents(data));
  };

  // First, because a copy into the root of a bucket makes it hold that and nothing else.
  for (const [name, at] of [
    ["sync", ""],
    ["laptop", "laptop/"],
  ] as const) {
    it(`rclone goes through its life ${at === "" ? "in a whole bucket" : `under ${at}`}`, async () => {
      const run = rclone(machine, outputs.consumers[name]);
      const remote = `backups:${outputs.bucketName}/${at}`;
      const files = ["empty", "notes.txt", "photos/ü b.raw"];

      await works(run("copy", data, remote));
      expect((await current(at)).sort()).to.deep.equal(files);
      expect((await works(run("lsf", "-R", "--files-only", remote))).trim().split("\n").sort()).to.deep.equal(
        files,
      );
      await works(run("check", "--download", data, remote));
      expect(await works(run("cat", `${remote}notes.txt`))).to.equal("first draft\n");

      const back = join(machine.home, "back");
      rmSync(back, { recursive: true, force: true });
      await works(run("copy", remote, back));
      expect(contents(back)).to.deep.equal(contents(data));

      writeFileSync(join(data, "notes.txt"), "second draft\n");
      writeFileSync(join(data, "new"), "new\n");
      rmSync(join(data, "photos"), { recursive: true });
      await works(run("sync", data, remote));
      await works(run("check", data, remote));
      expect((await current(at)).sort()).to.deep.equal(["empty", "new", "notes.txt"]);
      const kept = (await history()).filter((version) => version.startsWith(`${at}notes.txt `));
      expect(kept, "the overwritten version is kept").to.have.length(2);

      await works(run("delete", remote));
      expect(await current(at)).to.deep.equal([]);
    });
  }

  for (const [name, at] of [
    [undefined, ""],
    ["db1", "db1/"],
  ] as const) {
    it(`restic goes through its life ${at === "" ? "in a whole bucket" : `under ${at}`}`, async () => {
      const run = restic(machine, name === undefined ? outputs : outputs.consumers[name], at);
      const snapshots = async () => JSON.parse(await works(run("snapshots", "--json"))) as { id: string }[];

      await initialize(run, at);
      await works(run("backup", data));
      await restores(run);
      writeFileSync(join(data, "notes.txt"), "second draft\n");
      rmSync(join(data, "photos"), { recursive: true });
      await works(run("backup", data));
      expect(await snapshots()).to.have.length(2);
      await restores(run);

      const before = await current(at);
      await works(run("forget", "--keep-last", "1", "--prune"));
      expect(await snapshots()).to.have.length(1);
      const after = await current(at);
      expect(before.filter((key) => key.startsWith("data/") && !after.includes(key))).to.not.deep.equal([]);
      await works(run("check", "--read-data"));
      await restores(run);
      expect(after.filter((key) => key.startsWith("locks/"))).to.deep.equal([]);
    });
  }

  it("restic with an append-only key backs up, checks and restores", async () => {
    const run = restic(machine, outputs.consumers.vault, "vault/");
    await initialize(run, "vault/");
    await works(run("backup", data));
    await works(run("backup", data));
    await works(run("check"));
    await works(run("unlock"));
    await restores(run);
    expect(await current("vault/locks/")).to.deep.equal([]);
  });

  it("a read-only key restores", async () => {
    const { auditor, sync } = outputs.consumers;
    const remote = `backups:${outputs.bucketName}/laptop/`;
    await works(rclone(machine, sync)("copy", data, remote));
    await works(rclone(machine, auditor)("check", data, remote));
    await restores(restic(machine, auditor, "vault/"), "--no-lock");
  });

  for (const [name, at] of [
    ["sync", ""],
    ["laptop", "laptop/"],
  ] as const) {
    const where = at === "" ? "in a whole bucket" : `under ${at}`;

    it(`a hand-off has the key, and where it opens what, ${where}`, () => {
      const { accessKeyId, secretAccessKey } = outputs.consumers[name];
      const { bucketName, region } = outputs;
      const { endpoint } = machine.aws;
      expect(handed[name]).to.deep.equal({
        name,
        accessKeyId,
        secretAccessKey,
        bucketName,
        region,
        prefix: at,
        endpoint,
      });
    });

    it(`rclone, given nothing but a hand-off, lists and writes ${where}`, async () => {
      const run = byHandoff(machine, "rclone", handed[name]);
      await works(run("copy", data, `${name}:by-rclone`));
      expect(
        (await works(run("lsf", "-R", "--files-only", `${name}:by-rclone`))).split("\n").sort(),
      ).to.deep.equal(["", "empty", "notes.txt", "photos/ü b.raw"]);
      expect((await current(`${at}by-rclone/`)).sort()).to.deep.equal([
        "empty",
        "notes.txt",
        "photos/ü b.raw",
      ]);
      expect(await works(run("lsf", `${name}:`))).to.match(/^by-rclone\/$/m);
    });

    it(`restic, given nothing but a hand-off, lists and writes ${where}`, async () => {
      const run = byHandoff(machine, "restic", handed[name]);
      if ((await run("cat", "config")).code !== 0) {
        await initialize(run, at);
      }
      await works(run("backup", data));
      await restores(run);
    });

    it(`s3cmd, given nothing but a hand-off, lists and writes ${where}`, async () => {
      const run = byHandoff(machine, "s3cmd", handed[name]);
      const place = `s3://${outputs.bucketName}/${at}by-s3cmd/`;
      await works(run("put", join(data, "notes.txt"), place));
      expect(await works(run("ls", place))).to.contain(`${place}notes.txt\n`);
      expect(await current(`${at}by-s3cmd/`)).to.deep.equal(["notes.txt"]);
      const [, said] = /^# s3cmd -c THIS_FILE ls '(.*)'$/m.exec(handoff("s3cmd", handed[name])) ?? [];
      expect(await works(run("ls", said ?? ""))).to.contain(` DIR  ${place}\n`);
    });

    it(`pgBackRest, given nothing but a hand-off, lists and writes ${where}`, async () => {
      const run = byHandoff(machine, "pgbackrest", handed[name]);
      await works(run("repo-put", "by-pgbackrest/archive.info"));
      expect(await works(run("repo-ls", "by-pgbackrest"))).to.equal("archive.info\n");
      expect(await current(`${at}by-pgbackrest/`)).to.deep.equal(["archive.info"]);
    });

    for (const format of ["env", "aws"] as const) {
      it(`the AWS SDK, given nothing but the format ${format}, lists and writes ${where}`, async () => {
        const run = byHandoff(machine, format, handed[name]);
        const listed = await works(format === "env" ? run() : run(outputs.bucketName, at));
        expect(listed.split("\n")).to.include(`${at}by-sdk`);
      });
    }
  }

  /** What the readers of these tools treat in their own way. */
  const awkward = [
    "/+=\"$%'#;\\ `:()[]{}!&|<>*?~^@,é",
    '"quoted"',
    '""',
    '"""three"""',
    "`back`quoted`",
    "'single'",
    "# hash",
    "; semicolon",
    "=equals",
    "[section]",
    "%(bucket)",
    "a # b ; c",
    "\\x24\\n",
  ];

  it("rclone reads awkward keys as they are", async () => {
    const all = awkward.map((value, index) => ({
      ...handed.sync,
      name: `n${index}`,
      secretAccessKey: value,
    }));
    const file = join(machine.home, "awkward.conf");
    writeFileSync(file, all.map((fields) => handoff("rclone", fields)).join(""));
    const dump = JSON.parse(
      await works(byHandoff(machine, "rclone", handed.sync)("config", "dump", "--config", file)),
    );
    expect(all.map(({ name }) => dump[`${name}_s3`].secret_access_key)).to.deep.equal(awkward);
  });

  it("s3cmd reads awkward keys as they are", async () => {
    const read = awkward.map(async (secretAccessKey) => {
      const dump = await works(
        byHandoff(machine, "s3cmd", { ...handed.sync, secretAccessKey })("--dump-config"),
      );
      return /^secret_key = (.*)$/m.exec(dump)?.[1];
    });
    expect(await Promise.all(read)).to.deep.equal(awkward);
  });

  it("pgBackRest reads awkward values as they are", async () => {
    // It shows no secret, so what it is given awkwardly is the folder.
    const folders = awkward.map((value, index) => `awkward${index}${value.replaceAll("/", "")}`);
    await Promise.all(
      folders.map((name) =>
        works(byHandoff(machine, "pgbackrest", { ...handed.sync, prefix: `${name}/` })("repo-put", "x")),
      ),
    );
    expect((await current("awkward")).sort()).to.deep.equal(
      folders.map((name) => `${name.slice("awkward".length)}/x`).sort(),
    );
  });

  it("npm run handoff prints a hand-off, and nothing else", async () => {
    // As a user does who has the project.
    const clone = await Clone.make("handoff");
    copyFileSync(stack.file, join(clone.folder, basename(stack.file)));
    const command = `npm run --silent handoff -- --stack ${stack.name} rclone --consumer laptop`;
    const { code, stdout, printed } = await clone.run(command, { env: await variables() });
    expect(code, printed).to.equal(0);
    expect(stdout).to.equal(handoff("rclone", handed.laptop));
    expect(printed).to.equal(stdout);
  });

  it("handoff warns of an old key, and refuses one whose secret isn't known", async () => {
    const backend = join(machine.home, "state");
    const meta = join(".pulumi", "meta.yaml");
    const stacks = join(".pulumi", "stacks", "s3-backup-target");
    mkdirSync(join(backend, stacks), { recursive: true });
    // Not the whole folder, where other stacks have files that come and go.
    copyFileSync(join(state, meta), join(backend, meta));
    const checkpoint = join(backend, stacks, `${stack.name}.json`);
    const text = readFileSync(join(state, stacks, `${stack.name}.json`), "utf8").replace(
      /"createDate": ?"[^"]+"/g,
      '"createDate":"2020-01-02T03:04:05Z"',
    );
    const changed = JSON.parse(text);
    const { outputs: stored } = changed.checkpoint.latest.resources.find(
      ({ type, urn }: { type: string; urn: string }) => type === types.consumer && urn.endsWith("::mLab"),
    );
    stored.secretAccessKey = "";
    writeFileSync(checkpoint, JSON.stringify(changed));

    const [old, adopted] = await Promise.all([
      callWith(await variables(backend), "form", "--consumer", "laptop"),
      callWith(await variables(backend), "form"),
    ]);
    expect(old.code, old.stderr).to.equal(0);
    expect(old.stdout).to.equal(handoff("form", handed.laptop));
    expect(old.stderr).to.match(
      new RegExp(
        `^The access key ${handed.laptop.accessKeyId} of laptop is \\d{4} days old, and maxKeyAgeDays is 90\\.[^\\n]*\\n$`,
      ),
    );

    expect(adopted.code).to.equal(1);
    expect(adopted.stdout + adopted.stderr).to.equal(
      `The secret of the access key ${outputs.accessKeyId} is not known: the key was adopted, and AWS shows a secret only once. The first rotation creates a key whose secret is known: npx s3-backup-target rotate --stack tools\n`,
    );
  });

  it("handoff says what is wrong with its command line", async () => {
    const formats = Object.entries(handoffFormats).map(
      ([name, { title }]) => `  ${name.padEnd("clickhouse-backup".length)}  ${title}`,
    );
    const rest = `The formats are\n${formats.join("\n")}\nand --json.\nFor help: npx s3-backup-target handoff --help\n`;
    const wrong = {
      "": `In which format? ${rest}`,
      rclon: `There is no format rclon (did you mean rclone?). ${rest}`,
      "aws --json":
        "Only one format at a time: aws, --json.\nFor help: npx s3-backup-target handoff --help\n",
    };
    const ended = await Promise.all(
      Object.keys(wrong).map((args) => call(...args.split(" ").filter(Boolean))),
    );
    expect(ended).to.deep.equal(Object.values(wrong).map((stderr) => ({ code: 2, stdout: "", stderr })));
  });

  it("no secret got into an argument, or into what a tool said", () => {
    const secrets = [outputs, ...Object.values(outputs.consumers)].map(
      ({ secretAccessKey }) => secretAccessKey,
    );
    expect(transcript).to.not.deep.equal([]);
    expect(secrets.filter((secret) => transcript.some((text) => text.includes(secret)))).to.deep.equal([]);
  });
});
