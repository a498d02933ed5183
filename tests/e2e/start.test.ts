import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  GetBucketPolicyCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { isRunning, rootCredentials } from "../../local/aws";
import { clientConfig } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { Clone, complaints, type Ended, pathWith } from "../support/clone";
import { folder } from "../support/environment";

const stackTrace = /^ +at \S/m;

/** The commands that `npm start` names to continue by. */
const commandsIn = (printed: string): string[] =>
  [...printed.matchAll(/^ {2}((?:\.|npx|npm) .*)$/gm)].map(([, command = ""]) => command);

/** A day on which everything is cut short. */
const badDay = backgroundTask(async () => {
  const clone = await Clone.make("clone-bad-day");
  // With the waits that the provider makes on AWS, or there would be nothing left to interrupt.
  const waits = { env: { VCR_MODE: "" } };
  const interrupted = await clone.run("npm start", { ...waits, interruptAt: /Lifecycle\S+ \S+ creating/ });
  const leftByInterrupt = await clone.running();
  const completed = await clone.run("npm start", waits);
  const changed = clone.changed();

  const { pid } = JSON.parse(clone.read(".local/aws/dev/listening.json"));
  process.kill(pid, "SIGKILL");
  rmSync(join(clone.folder, ".local", "aws", "dev"), { recursive: true });
  const rebuilt = await clone.run("npm start");

  const preview = await clone.runByHand("npx pulumi preview --expect-no-changes");
  const rotation = await clone.run("npm run rotate -- --stack dev --yes", {
    whenEngineRuns: (pid) => process.kill(-pid, "SIGINT"),
  });
  const leftByRotation = (await clone.running()).filter((command) => !command.includes("local-aws-"));
  const destroy = await clone.runByHand("npx pulumi destroy --yes");
  const stop = await clone.run("npm stop");
  const left = await clone.running();
  return {
    ...{ interrupted, leftByInterrupt, completed, changed, rebuilt, preview },
    ...{ rotation, leftByRotation, destroy, stop, left },
  };
});

/** `npm run verify` by hand, where all is well and where someone has changed something. */
async function verifyByHand(clone: Clone) {
  const command = "npm run verify -- --stack dev";
  const { bucketName: Bucket } = JSON.parse((await clone.runByHand("npx pulumi stack output --json")).stdout);
  const owner = new S3Client(clientConfig(clone.aws, rootCredentials));
  const { Policy = "" } = await owner.send(new GetBucketPolicyCommand({ Bucket }));
  const well = await clone.run(`${command} --json`);

  const policy = JSON.parse(Policy);
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  policy.Statement.push({ Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource });
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));
  const interrupted = await clone.run(command, { interruptAt: /trying again in 1 s/ });
  const left = await versionsIn(owner, Bucket);
  const denied = await clone.run(`${command} --wait 0`);
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const noConsumer = await clone.run(`${command} --consumer nobody`);
  return { well, interrupted, left, denied, noConsumer };
}

/** What a bucket holds, with its old versions and what was deleted. */
async function versionsIn(owner: S3Client, Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await owner.send(new ListObjectVersionsCommand({ Bucket }));
  return [
    ...Versions.map(({ Key, IsLatest }) => `${Key} ${IsLatest ? "current" : "old"}`),
    ...DeleteMarkers.map(({ Key }) => `${Key} deleted`),
  ];
}

/** What a person does with the project on the day that they find it. */
const firstDay = backgroundTask(async () => {
  const clone = await Clone.make("clone-first-day");
  const first = await clone.run("npm start");
  const changedByFirst = clone.changed();
  const verified = await verifyByHand(clone); // while the key is young
  const second = await clone.run("npm start");

  const byHand: [command: string, Ended][] = [];
  for (const command of commandsIn(first.printed).filter((command) => command !== "npm stop")) {
    // In a terminal, `up` asks.
    const asked = command === "npx pulumi up" ? `${command} --yes` : command;
    byHand.push([command, await clone.runByHand(asked)]);
  }
  await clone.runByHand("npx pulumi config rm tags");
  const changedByHand = clone.changed();
  const onAws = await clone.runByHand("npm run verify -- --stack prod");
  const outputs = JSON.parse((await clone.runByHand("npx pulumi stack output --json --show-secrets")).stdout);

  const s3 = new S3Client(clientConfig(clone.aws, outputs));
  await s3.send(new PutObjectCommand({ Bucket: outputs.bucketName, Key: "backup", Body: "precious" }));
  const stopAtBackups = await clone.run("npm stop");
  const owner = new S3Client(clientConfig(clone.aws, rootCredentials));
  const stoppedAt = await versionsIn(owner, outputs.bucketName);
  const [remedy = "false"] = /npm stop -- \S+/.exec(stopAtBackups.printed) ?? [];
  const stop = await clone.run(remedy);
  const left = await clone.running();
  const stopAgain = await clone.run("npm stop");
  const othersRun = await isRunning({ folder: join(folder, "aws") });
  return {
    ...{ first, changedByFirst, verified, second, byHand, changedByHand, onAws, outputs },
    ...{ stopAtBackups, stoppedAt, stop, left, stopAgain, othersRun },
  };
});

/** What `npm start` says where something is missing. */
const missing = backgroundTask(async () => {
  const clone = await Clone.make("clone-missing");
  const others = createServer().listen(clone.port, "127.0.0.1");
  const port = await clone.run("npm start");
  others.close();
  const tools = ["node", "npm", "sh", "git", "openssl"];
  const python = await clone.run("npm start", { env: { PATH: pathWith("path-without-python", tools) } });

  const withoutEngine = await Clone.make("clone-without-engine", { engine: false });
  const noFetch = join(withoutEngine.folder, "no-fetch.cjs");
  writeFileSync(noFetch, 'globalThis.fetch = () => Promise.reject(new Error("fetch failed"));\n');
  const go = await withoutEngine.run("npm start", {
    env: {
      PATH: pathWith("path-without-go", [...tools, "python3"]),
      HOME: withoutEngine.folder, // no ~/.pulumi, no ~/.terraform.d
      NODE_OPTIONS: `--require ${noFetch}`, // no official download
    },
  });
  const left = [...(await clone.running()), ...(await withoutEngine.running())];
  return { portNumber: clone.port, port, python, go, left };
});

describe("npm start and npm stop", function () {
  this.timeout(1_800_000);

  it("works from nothing, to the round trip with the minted key", async () => {
    const { first, changedByFirst } = await firstDay();
    expect(first.code, first.printed).to.equal(0);
    expect(first.printed).to.match(/^ {2}✓ put an object +allowed +allowed$/m);
    for (const call of ["list the account's IAM users", "read from another bucket", "use plain HTTP"]) {
      expect(first.printed).to.match(new RegExp(`^ {2}✓ ${call} +refused +AccessDenied$`, "m"));
    }
    expect(first.printed).to.not.contain("not tried");
    expect(first.printed).to.not.contain("✗");
    expect(complaints(first.printed)).to.deep.equal([]);
    expect(changedByFirst, "files that git knows").to.deep.equal([]);
  });

  it("prints commands that work as they are, and not the secret", async () => {
    const { first, byHand, outputs, changedByHand } = await firstDay();
    expect(byHand.map(([command]) => command)).to.deep.equal([
      ". .local/env",
      "npx pulumi stack output accessKeyId",
      "npx pulumi stack output secretAccessKey --show-secrets",
      "npx pulumi config set --path tags.team databases",
      "npx pulumi up",
    ]);
    for (const [command, { code, printed }] of byHand) {
      expect(code, `${command}: ${printed}`).to.equal(0);
      expect(complaints(printed), command).to.deep.equal([]);
    }
    const printedBy = Object.fromEntries(byHand.map(([command, { stdout }]) => [command, stdout]));
    expect(printedBy["npx pulumi stack output accessKeyId"]).to.equal(`${outputs.accessKeyId}\n`);
    expect(printedBy["npx pulumi stack output secretAccessKey --show-secrets"]).to.equal(
      `${outputs.secretAccessKey}\n`,
    );
    expect(first.printed).to.not.contain(outputs.secretAccessKey);
    expect(changedByHand, "a setting that was taken back").to.deep.equal([]);
  });

  it("keeps what is for the local AWS only from a command for another stack, and says so", async () => {
    const { onAws } = await firstDay();
    expect(onAws.code, onAws.printed).to.equal(1);
    expect(onAws.printed).to.contain("is for the local AWS only, and ignored for the stack prod.");
    expect(onAws.printed).to.contain("There is no stack prod");
  });

  it("has its key tried once more by npm run verify, which needs no other", async () => {
    const { well, denied, noConsumer } = (await firstDay()).verified;
    const { bucketName, accessKeyId } = (await firstDay()).outputs;
    expect(well.code, well.printed).to.equal(0);
    const { rows, ...rest } = JSON.parse(well.stdout.slice(well.stdout.indexOf("{")));
    expect(rest).to.deep.equal({
      ...{ stack: "dev", consumer: "mLab", bucketName, accessKeyId, ok: true, notes: [] },
      verdict: `The key ${accessKeyId} can do what the access profile mlab needs, and nothing else that was tried.`,
    });
    expect(rows.map(({ ok }: { ok: boolean }) => ok)).to.deep.equal(Array(rows.length).fill(true));

    expect(denied.code, denied.printed).to.equal(1);
    expect(denied.printed).to.match(/^ {2}✗ get an object +allowed +AccessDenied$/m);
    expect(denied.printed)
      .to.contain("with an explicit deny in a resource-based policy")
      .and.not.contain("trying again");
    expect(noConsumer.code).to.equal(2);
    expect(noConsumer.printed).to.contain("no consumer nobody deployed; it has mLab.");
    for (const { printed } of [well, denied, noConsumer]) {
      expect(printed).to.not.match(stackTrace);
    }
  });

  it("has the test object removed by npm run verify after a Ctrl-C", async () => {
    const { interrupted, left } = (await firstDay()).verified;
    expect(interrupted.code, interrupted.printed).to.equal(130);
    expect(interrupted.printed).to.contain("Interrupted.").and.not.match(stackTrace);
    expect(interrupted.seconds).to.be.below(30);
    const object = "s3-backup-target-verify";
    expect(left.filter((version) => version.endsWith("current"))).to.deep.equal([]);
    // The verification before it wrote two versions, this one had time for one.
    expect(left).to.have.members([...Array(3).fill(`${object} old`), ...Array(2).fill(`${object} deleted`)]);
  });

  it("changes nothing when it runs again", async () => {
    const { first, second } = await firstDay();
    console.log(`        in ${second.seconds.toFixed()} s, while other tests run`);
    expect(second.code, second.printed).to.equal(0);
    expect(second.printed).to.match(/Resources:\n +\d+ unchanged\n\n/);
    expect(complaints(second.printed)).to.deep.equal([]);
    expect(commandsIn(second.printed)).to.deep.equal(commandsIn(first.printed));
  });

  it("stops at a bucket that holds backups, says how to go on, and then leaves nothing", async () => {
    const { stopAtBackups, stoppedAt, stop, left, stopAgain, othersRun } = await firstDay();
    expect(stopAtBackups.code).to.equal(1);
    expect(stoppedAt, "without what npm run verify has left").to.deep.equal(["backup current"]);
    expect(stopAtBackups.printed).to.contain("BucketNotEmpty").and.contain("Nothing is lost");
    expect(stopAtBackups.printed).to.not.match(stackTrace);
    expect(stop.code, stop.printed).to.equal(0);
    expect(complaints(stop.printed)).to.deep.equal([]);
    expect(left).to.deep.equal([]);
    expect(stopAgain.code).to.equal(0);
    expect(stopAgain.printed).to.contain("Nothing to stop");
    expect(othersRun, "the local AWS of someone else").to.equal(true);
  });

  it("ends on Ctrl-C within seconds, leaves nothing running, and resumes from there", async () => {
    const { interrupted, leftByInterrupt, completed, changed } = await badDay();
    expect(interrupted.code, interrupted.printed).to.equal(130);
    expect(interrupted.printed).to.contain("Interrupted.").and.not.match(stackTrace);
    expect(interrupted.seconds).to.be.below(30);
    expect(leftByInterrupt).to.deep.equal([]);
    expect(completed.code, completed.printed).to.equal(0);
    expect(completed.printed).to.match(/Resources:\n +\+ 1 created\n +\d+ unchanged\n/);
    expect(changed, "files that git knows").to.deep.equal([]);
  });

  it("ends a rotation on Ctrl-C, which leaves nothing running but the local AWS", async () => {
    const { rotation, leftByRotation } = await badDay();
    expect(rotation.code, rotation.printed).to.equal(130);
    expect(rotation.printed).to.contain("Interrupted.").and.not.match(stackTrace);
    expect(leftByRotation).to.deep.equal([]);
  });

  it("builds everything anew where the local AWS has lost its memory", async () => {
    const { rebuilt, preview } = await badDay();
    expect(rebuilt.code, rebuilt.printed).to.equal(0);
    expect(rebuilt.printed).to.contain("✓ put an object").and.not.contain("✗");
    expect(preview.code, preview.printed).to.equal(0);
  });

  it("stops what was destroyed by hand", async () => {
    const { destroy, stop, left } = await badDay();
    expect(destroy.code, destroy.printed).to.equal(0);
    expect(stop.code, stop.printed).to.equal(0);
    expect(left).to.deep.equal([]);
  });

  it("says in one message what is in its way, and leaves nothing running", async () => {
    const { portNumber, port, python, go, left } = await missing();
    const messages: [Ended, RegExp][] = [
      [port, new RegExp(`needs port ${portNumber} .*Stop that program`)],
      [python, /needs python3, .*Install Python 3/],
      [go, /building it needs go[\d.]+ or later; `go` cannot be run\. Install Go from https:\/\/go\.dev\/dl/],
    ];
    for (const [{ code, printed }, message] of messages) {
      expect(code, printed).to.equal(1);
      expect(printed).to.match(message);
      expect(printed).to.not.match(stackTrace);
    }
    expect(left).to.deep.equal([]);
  });
});
