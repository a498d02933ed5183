import { join } from "node:path";
import {
  ListAccessKeysCommand,
  ListGroupsCommand,
  ListPoliciesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { Finished } from "../../commands/stack/pulumi";
import type { LocalAws } from "../../local/aws";
import { deleteVersions } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { clientsOf, folder, fresh, type Outputs, Stack, startAws } from "../support/environment";
import { endByForce, family, once } from "../support/processes";

/** What there is in a local AWS, counted: by that, doubles and left-overs show. */
async function census(aws: LocalAws) {
  const { s3, iam } = clientsOf(aws);
  const { Users = [] } = await iam.send(new ListUsersCommand({}));
  const keys = Users.map(({ UserName }) => iam.send(new ListAccessKeysCommand({ UserName })));
  return {
    buckets: (await s3.send(new ListBucketsCommand({}))).Buckets?.length,
    users: Users.length,
    keys: (await Promise.all(keys)).flatMap(({ AccessKeyMetadata }) => AccessKeyMetadata ?? []).length,
    groups: (await iam.send(new ListGroupsCommand({}))).Groups?.length,
    policies: (await iam.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies?.length,
  };
}

/** An engine or an AWS that ends between a call and the note of its answer leaves a policy or a key that no state knows. */
const orphans = 1;

const nothing = { buckets: 0, users: 0, keys: 0, groups: 0, policies: 0 };

/** What Pulumi says in the end about what went wrong. */
const diagnostics = ({ stdout }: Finished) =>
  /^Diagnostics:\n([\s\S]*?)\n(?=\S)/m.exec(stdout)?.[1]?.replaceAll(/ +$/gm, "").trim();

/** Puts and lists an object with the key that a stack has minted. */
async function tryKey(aws: LocalAws, outputs: Outputs): Promise<string[]> {
  const { s3 } = clientsOf(aws, outputs);
  await s3.send(new PutObjectCommand({ Bucket: outputs.bucketName, Key: "a", Body: "a" }));
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: outputs.bucketName }));
  return (Contents ?? []).map(({ Key }) => Key ?? "");
}

async function timed<T>(work: Promise<T>): Promise<[T, seconds: number]> {
  const started = Date.now();
  return [await work, (Date.now() - started) / 1000];
}

/** A person who has no AWS account on this machine, and a machine outside of AWS. */
const emptyHome = {
  HOME: join(folder, "nobody"),
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: join(folder, "nobody", "config"),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, "nobody", "credentials"),
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^AWS_/.test(name))
      .map((name) => [name, ""]),
  ),
};

const secret = "Some_Secret-4711";

describe("faults", function () {
  this.timeout(1_800_000);

  const repeatedFaults = backgroundTask(async () => {
    const aws = await startAws("aws-repeated-faults");
    const taken = fresh("taken");
    const somebodyElse = clientsOf(aws, { accessKeyId: "111122223333", secretAccessKey: "test" });
    await somebodyElse.s3.send(new CreateBucketCommand({ Bucket: taken }));
    const stack = await new Stack("repeated-faults", { aws, waits: true }).create({ bucketName: taken });
    const nameTaken = await stack.tryUp();

    await stack.set({ bucketName: fresh("free") });
    const interrupted = await stack.watchUp({
      onOutput: once(/aws:s3:Bucket \S+ creating/, (pid) => process.kill(pid, "SIGINT")),
    });

    const death = await timed(
      stack.watchUp({
        // Whichever comes first: what the interrupted update was still allowed to make is there already.
        onOutput: once(/aws:s3:Bucket\w+ \S+ creating/, () => process.kill(aws.pid, "SIGKILL")),
      }),
    );
    await startAws("aws-repeated-faults", aws.port);

    let orphans: number[] = [];
    const killed = await stack.watchUp(
      {
        onOutput: once(/BucketLifecycleConfiguration \S+ creating/, (pid) => {
          orphans = family(pid);
          // It waits for AWS by then. While it writes its state down, a kill would leave the half of a file behind.
          setTimeout(() => process.kill(pid, "SIGKILL"), 2_000);
        }),
      },
      "--refresh",
    );
    const locked = await stack.tryUp();
    endByForce(orphans);
    await stack.run("cancel", "--yes", stack.name);

    await stack.up("--refresh");
    const repaired = await census(aws);
    const outputs = await stack.outputs();
    const listed = await tryKey(aws, outputs);
    await stack.up("--refresh", "--expect-no-changes");
    await deleteVersions(clientsOf(aws).s3, outputs.bucketName);
    await stack.destroy();
    const [left, size] = [await census(aws), await stack.size()];
    return { taken, nameTaken, interrupted, death, killed, locked, repaired, listed, left, size };
  });

  const refusals = backgroundTask(async () => {
    const aws = await startAws("aws-refusals");
    const stack = await new Stack("refused", { aws }).create({
      bucketname: "my-db-backups",
      consumer: "m_Lab",
      noncurrentVersionDays: "a month",
      versioning: "maybe",
      forceDestroy: "[]",
    });
    const preview = await stack.try("preview", "--stack", stack.name);
    const up = await stack.tryUp();
    await stack.set({});
    await stack.run("config", "set", "--secret", "bucketName", secret, "--stack", stack.name);
    const withSecret = await stack.tryUp();
    const registered = await stack.types();

    const late = await new Stack("late", { aws, main: "lateName.ts" }).create();
    const lateName = await late.tryUp();
    const { buckets: bucketsThen } = await census(aws);
    await late.destroy();

    const Bucket = fresh("existing");
    await clientsOf(aws).s3.send(new CreateBucketCommand({ Bucket }));
    const only = await new Stack("only", { aws, main: "consumerOnly.ts" }).create({
      bucketArn: `arn:aws:s3:::${Bucket}`,
    });
    await only.up();
    const listed = await tryKey(aws, { ...(await only.outputs()), bucketName: Bucket });
    await only.destroy();
    const left = await census(aws);

    const nobody = await new Stack("nobody", { aws }).create({
      "aws:accessKey": undefined,
      "aws:secretKey": undefined,
    });
    const noCredentials = await timed(nobody.watchUp({ env: emptyHome }));
    await nobody.set({ "aws:region": undefined, "aws:skipRegionValidation": "false" });
    const noRegion = await nobody.watchUp({
      env: emptyHome,
    });
    const registeredByNobody = await nobody.types();

    // As in a shell in which `. .local/env` was run.
    const onAws = await new Stack("on-aws", { aws }).create({ "aws:endpoints": undefined });
    const withoutWaits = await onAws.tryUp();
    const registeredWithoutWaits = await onAws.types();
    return {
      preview,
      up,
      withSecret,
      registered,
      lateName,
      bucketsThen,
      listed,
      left,
      noCredentials,
      noRegion,
      withoutWaits,
      registeredWithoutWaits,
      registeredByNobody,
    };
  });

  describe("what the stack says wrong", () => {
    it("stops a preview and an up with one message that has it all, and registers nothing", async () => {
      const { preview, up, registered } = await refusals();
      for (const finished of [preview, up]) {
        expect(finished.code).to.not.equal(0);
        expect(diagnostics(finished)).to.equal(
          `pulumi:pulumi:Stack (s3-backup-target-refused):
    error: 5 invalid settings; nothing was created or changed:
      bucketname: there is no such setting (did you mean bucketName?); remove it: npx pulumi config rm bucketname.
      consumer = "m_Lab": must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it; for example "mLab".
      forceDestroy = "[]": must be true or false.
      noncurrentVersionDays = "a month": must be a whole number of days from 1 to 2147483647, for example 30.
      versioning = "maybe": must be true or false.
    To set a value: npx pulumi config set NAME VALUE`,
        );
      }
      expect(registered).to.deep.equal(["pulumi:pulumi:Stack"]);
    });

    it("is not repeated where it is a secret", async () => {
      const { withSecret } = await refusals();
      expect(diagnostics(withSecret)).to.contain(
        'bucketName = "[secret]": must contain only lowercase letters',
      );
      expect(withSecret.stdout + withSecret.stderr).to.not.contain(secret);
    });
  });

  describe("a component used alone", () => {
    it("refuses a name that another resource yields, before there is a bucket", async () => {
      const { lateName, bucketsThen } = await refusals();
      expect(lateName.code).to.not.equal(0);
      const said = diagnostics(lateName);
      expect(said).to.contain('bucketName = "late_Backups": must contain only lowercase letters');
      expect(said).to.not.match(/unhandled|^ +at /m);
      expect(bucketsThen).to.equal(0);
    });

    it("serves a bucket that someone else has made, and leaves it there", async () => {
      const { listed, left } = await refusals();
      expect(listed).to.deep.equal(["a"]);
      expect(left).to.deep.equal({ ...nothing, buckets: 1 });
    });
  });

  describe("a machine that has not been set up for AWS", () => {
    it("shows that there are no credentials, in less than three minutes alongside other tests", async () => {
      const { noCredentials } = await refusals();
      const [finished, seconds] = noCredentials;
      expect(finished.code).to.not.equal(0);
      expect(diagnostics(finished)).to.match(/no valid credential sources/i);
      expect(seconds).to.be.below(180);
    });

    it("shows that there is no region", async () => {
      const { noRegion, registeredByNobody } = await refusals();
      expect(noRegion.code).to.not.equal(0);
      expect(diagnostics(noRegion)).to.match(/invalid AWS region/i);
      expect(registeredByNobody.filter((type) => /^aws:/.test(type))).to.deep.equal([]);
    });
  });

  describe("a shell in which `. .local/env` was run", () => {
    it("does not let a stack on AWS go without the provider's waits", async () => {
      const { withoutWaits, registeredWithoutWaits } = await refusals();
      expect(withoutWaits.code).to.not.equal(0);
      expect(diagnostics(withoutWaits)).to.contain(
        "error: VCR_MODE = REPLAY_ONLY: in this shell the AWS provider does not wait",
      );
      expect(registeredWithoutWaits).to.deep.equal(["pulumi:pulumi:Stack"]);
    });
  });

  describe("an update that does not come to its end", () => {
    it("because the bucket's name is taken: names it", async () => {
      const { taken, nameTaken } = await repeatedFaults();
      expect(nameTaken.code).to.not.equal(0);
      expect(diagnostics(nameTaken)).to.match(new RegExp(`${taken}.*BucketAlreadyExists`));
    });

    it("because of Ctrl-C: says so", async () => {
      const { interrupted } = await repeatedFaults();
      expect(interrupted.code).to.not.equal(0);
      expect(diagnostics(interrupted)).to.contain("update canceled");
    });

    it("because AWS dies: says so, in less than three minutes alongside other tests", async () => {
      const [finished, seconds] = (await repeatedFaults()).death;
      expect(finished.code).to.not.equal(0);
      expect(diagnostics(finished)).to.contain("connection refused");
      expect(seconds).to.be.below(180);
    });

    it("because the engine is killed: holds the stack until pulumi cancel", async () => {
      const { killed, locked } = await repeatedFaults();
      expect(killed.code).to.not.equal(0);
      expect(locked.code).to.not.equal(0);
      expect(locked.stderr).to.contain("pulumi cancel");
    });

    it("is completed by the next one, after all of these, with nothing lost or there twice", async () => {
      const { repaired, listed } = await repeatedFaults();
      const { policies, keys, ...others } = repaired;
      expect(others).to.deep.equal({ buckets: 1, users: 1, groups: 1 });
      expect(keys).to.be.within(1, 1 + orphans);
      expect(policies).to.be.within(1, 1 + orphans);
      expect(listed).to.deep.equal(["a"]);
    });

    it("leaves nothing behind after a destroy", async () => {
      const { left, size } = await repeatedFaults();
      const { policies, ...others } = left;
      expect(others).to.deep.equal({ buckets: 0, users: 0, keys: 0, groups: 0 });
      expect(policies).to.be.within(0, orphans);
      expect(size).to.equal(0);
    });
  });
});
