import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { GetPolicyVersionCommand, ListAttachedUserPoliciesCommand } from "@aws-sdk/client-iam";
import { GetBucketTaggingCommand, PutBucketTaggingCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { backgroundTask } from "../support/background";
import { clients, type Outputs, Stack } from "../support/environment";
import type { Declared } from "../support/programs/declared";

/** A stack of components, as its file declares them. */
class DeclaredStack extends Stack {
  constructor(name: string) {
    super(name, { main: "declared.ts" });
  }

  async declare(...components: Declared[]): Promise<void> {
    await this.set({ "declared:components": components });
  }

  /** What is protected in the state that an update would end with, by type and name. */
  async protectedOnes(): Promise<string[]> {
    const { steps } = JSON.parse(await this.run("preview", "--json", "--stack", this.name)) as {
      steps: { urn: string; newState?: { protect?: boolean } }[];
    };
    return steps
      .filter(({ newState }) => newState?.protect === true)
      .map(({ urn }) => urn.split("::").slice(2).join(" ").split("$").at(-1) ?? urn);
  }
}

describe("components in a program, on a real engine", function () {
  this.timeout(1_800_000);

  const protection = backgroundTask(async () => {
    const stack = await new DeclaredStack("protection").create();
    const protectedBy = async (argument: object, opts: NonNullable<Declared["opts"]>) => {
      const args = { encryption: "sse-kms", ...argument };
      await stack.declare({ component: "BackupTarget", name: "mLab", args, opts });
      return stack.protectedOnes();
    };
    return {
      option: await protectedBy({}, { protect: true }),
      argument: await protectedBy({ protect: true }, {}),
      nothing: await protectedBy({}, {}),
    };
  });

  // That the argument false takes precedence over the option is for the unit test to prove: the Node language host that is
  // built from Go modules drops the difference between false and nothing.
  it("are protected by their option with all that they hold, by their argument in bucket and key alone", async () => {
    const { option, argument, nothing } = await protection();
    const bucketAndKey = ["aws:kms/key:Key mlab-backups-key", "aws:s3/bucket:Bucket mlab-backups"];
    expect(option).to.include.members([...bucketAndKey, "aws:iam/user:User mLabUser"]);
    expect(option).to.have.length(18);
    expect(argument).to.have.members(bucketAndKey);
    expect(nothing).to.deep.equal([]);
  });

  describe("renamed with an alias", () => {
    const urn = (type: string, name: string) =>
      `urn:pulumi:renamed::s3-backup-target::s3-backup-target:index:${type}::${name}`;
    const consumers = { db2: { access: "restic" } };
    const objectLock = { mode: "governance", days: 1 };
    const old: Declared[] = [
      { component: "BackupTarget", name: "mLab", args: { access: "restic", objectLock, consumers } },
      { component: "BackupBucket", name: "alone", args: { encryption: "sse-kms" } },
      { component: "BackupConsumer", name: "Solo" },
      { component: "BackupTarget", name: "OldTarget", inside: { name: "Old" } },
    ];
    const names: Partial<Declared>[] = [
      { name: "db", opts: { aliases: [{ name: "mLab" }] } },
      { name: "Alone2", opts: { aliases: [urn("BackupBucket", "alone")] } },
      { name: "solo2", opts: { aliases: [urn("BackupConsumer", "Solo")] } },
      { name: "NewTarget", inside: { name: "New", opts: { aliases: [{ name: "Old" }] } } },
    ];
    const renamed = old.map((declared, index) => ({ ...declared, ...names[index] }));
    const withoutAliases = renamed.map(({ opts: _, inside, ...declared }) => ({
      ...declared,
      ...(inside && { inside: { name: inside.name } }),
    }));

    const renaming = backgroundTask(async () => {
      const stack = await new DeclaredStack("renamed").create();
      await stack.declare(...old);
      await stack.up();
      const size = await stack.size();
      await stack.declare(...renamed);
      const planned = await stack.plan();
      await stack.up();
      const sizeThen = await stack.size();
      await stack.declare(...withoutAliases);
      const plannedThen = await stack.plan();
      await stack.destroy();
      return { size, planned, sizeThen, plannedThen };
    });

    it("keep all that they hold, alone, in a target, and in a target inside of another component", async () => {
      const { size, planned, sizeThen } = await renaming();
      // A key's description names what the key is for.
      expect(planned).to.deep.equal({ "alone2-backups-key": "update" });
      const [stackAndProvider, target, bucket, consumer, wrapped] = [2, 24, 10, 7, 17];
      expect(size).to.equal(stackAndProvider + target + bucket + consumer + wrapped);
      expect(sizeThen).to.equal(size);
    });

    it("need the alias for one update only", async () => {
      const { plannedThen } = await renaming();
      expect(plannedThen).to.deep.equal({});
    });
  });

  const attachments = backgroundTask(async () => {
    const stack = await new Stack("attachments", { main: "attachments.ts" }).create();
    await stack.up();
    const outputs = (await stack.outputs()) as Outputs &
      Record<"bucketId" | "auditorName" | "kmsKeyArn", string>;
    const { s3, iam } = await clients();
    const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
    await s3.send(new PutBucketTaggingCommand({ Bucket: outputs.bucketName, Tagging }));
    const consumer = await clients(outputs);
    const { TagSet } = await consumer.s3.send(new GetBucketTaggingCommand({ Bucket: outputs.bucketId }));
    const { AttachedPolicies = [] } = await iam.send(
      new ListAttachedUserPoliciesCommand({ UserName: outputs.auditorName }),
    );
    const { deployment } = JSON.parse(await stack.run("stack", "export", "--stack", stack.name)) as {
      deployment: { resources: { type: string; outputs?: { kmsKeyArn?: string } }[] };
    };
    await stack.destroy();
    return { outputs, TagSet, AttachedPolicies, resources: deployment.resources };
  });

  it("yield the bucket, the user and the policy themselves, to attach more to", async () => {
    const { TagSet, AttachedPolicies } = await attachments();
    expect(TagSet).to.deep.equal([{ Key: "a", Value: "b" }]);
    expect(AttachedPolicies.map(({ PolicyName }) => PolicyName).join()).to.match(/^attachedS3BackupsPolicy-/);
  });

  it("register the KMS key's ARN as an output", async () => {
    const { outputs, resources } = await attachments();
    const { kmsKeyArn } = outputs;
    expect(kmsKeyArn).to.match(/^arn:aws:kms:us-east-1:000000000000:key\//);
    expect(resources.map(({ type, outputs }) => [type, outputs?.kmsKeyArn])).to.deep.include.members([
      ["s3-backup-target:index:BackupTarget", kmsKeyArn],
      ["s3-backup-target:index:BackupBucket", kmsKeyArn],
    ]);
  });

  const twins = backgroundTask(async () => {
    const stack = await new DeclaredStack("twins").create();
    const preview = async (component: Declared["component"]) => {
      await stack.declare({ component, name: "mLab" }, { component, name: "MLAB" });
      return stack.try("preview", "--stack", stack.name);
    };
    return [await preview("BackupTarget"), await preview("BackupBucket")];
  });

  it("are refused a name that differs from another one's in case alone", async () => {
    for (const { code, stdout } of await twins()) {
      expect(code).to.not.equal(0);
      expect(stdout).to.contain(
        '  s3-backup-target:index:BackupBucket (MLAB):\n    error: the name "MLAB" must differ from "mLab" in more than case: the resources of both buckets would be named mlab-backups; use another name.\n',
      );
      expect(stdout).to.not.contain("Duplicate resource URN");
    }
  });

  const later = backgroundTask(async () => {
    const stack = await new Stack("later", { main: "laterArguments.ts" }).create();
    const unknown = await stack.try("preview", "--stack", stack.name);
    await stack.up();
    const { bucketName: Bucket, policyArn: PolicyArn } = await stack.outputs();
    const { s3, iam } = await clients();
    const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    await stack.set({ contradicts: "true" });
    const contradiction = await stack.try("preview", "--stack", stack.name);
    await stack.destroy();
    return { unknown, TagSet, document: decodeURIComponent(PolicyVersion?.Document ?? ""), contradiction };
  });

  it("take Outputs inside of their arguments, and refuse one that contradicts another argument", async () => {
    const { unknown, TagSet, document, contradiction } = await later();
    expect(unknown.code, unknown.stdout).to.equal(0);
    expect(TagSet).to.have.deep.members([
      { Key: "team", Value: "later" },
      { Key: "kind", Value: "backups" },
    ]);
    expect(document).to.contain("/later/*");
    expect(contradiction.code).to.not.equal(0);
    expect(contradiction.stdout).to.contain(
      '  s3-backup-target:index:BackupTarget (later):\n    error: invalid argument:\n      consumers.second.prefix = "later": the access profile mlab needs the whole bucket: ',
    );
  });

  const illTyped = backgroundTask(async () => {
    const stack = await new DeclaredStack("ill-typed").create();
    await stack.declare();
    appendFileSync(join(stack.file, "..", "index.ts"), 'export const days: number = "a month";\n');
    return stack.run("preview", "--stack", stack.name);
  });

  it("are not held up by the types of the program, which editors and the compiler check", async () => {
    expect(await illTyped()).to.match(/days *: "a month"/);
  });
});
