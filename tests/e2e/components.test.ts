import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { ListAttachedUserPoliciesCommand } from "@aws-sdk/client-iam";
import { GetBucketTaggingCommand, PutBucketTaggingCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { Declared } from "./programs/declared";
import { story } from "./stories";
import { clients, type Outputs, Stack } from "./world";

/** A stack of components, as its file declares them. */
class DeclaredStack extends Stack {
  constructor(name: string) {
    super(name, { main: "declared.ts" });
  }

  async declare(...components: Declared[]): Promise<void> {
    await this.set({ "declared:components": components });
  }

  /** What is protected in the state that a preview would end with, by type and name. */
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
  this.timeout(240_000);

  describe("the option protect", () => {
    const stack = new DeclaredStack("protection");
    before("a stack", () => stack.create());

    const bucketAndKey = ["aws:kms/key:Key mlab-backups-key", "aws:s3/bucket:Bucket mlab-backups"];
    const protection = async (argument: boolean | undefined, option: boolean | undefined) => {
      await stack.declare({
        component: "BackupTarget",
        name: "mLab",
        args: { encryption: "sse-kms", ...(argument !== undefined && { protect: argument }) },
        ...(option !== undefined && { opts: { protect: option } }),
      });
      return stack.protectedOnes();
    };

    it("protects bucket and key with all the rest", async () => {
      const all = await protection(undefined, true);
      expect(all).to.include.members([...bucketAndKey, "aws:iam/user:User mLabUser"]);
      expect(all).to.have.length(18);
    });

    // That the argument false takes precedence over the option is for the unit test to prove: the Node language host that is
    // built from Go modules drops the difference between false and nothing.
    it("is left out where the argument alone protects them, or nothing does", async () => {
      expect(await protection(true, undefined)).to.have.members(bucketAndKey);
      expect(await protection(undefined, undefined)).to.deep.equal([]);
    });
  });

  describe("a rename with an alias", () => {
    const urn = (type: string, name: string) =>
      `urn:pulumi:renamed::s3-backup-target::s3-backup-target:index:${type}::${name}`;
    const db2 = { consumers: { db2: { access: "restic" } } };
    const before: Declared[] = [
      {
        component: "BackupTarget",
        name: "mLab",
        args: { ...db2, objectLock: { mode: "governance", days: 1 }, access: "restic" },
      },
      { component: "BackupBucket", name: "alone", args: { encryption: "sse-kms" } },
      { component: "BackupConsumer", name: "Solo" },
      { component: "BackupTarget", name: "OldTarget", inside: { name: "Old" } },
    ];
    const opts: Partial<Declared>[] = [
      { name: "db", opts: { aliases: [{ name: "mLab" }] } },
      { name: "Alone2", opts: { aliases: [urn("BackupBucket", "alone")] } },
      { name: "solo2", opts: { aliases: [urn("BackupConsumer", "Solo")] } },
      { name: "NewTarget", inside: { name: "New", opts: { aliases: [{ name: "Old" }] } } },
    ];
    const after = before.map((declared, index) => ({ ...declared, ...opts[index] }));

    const renamed = story(async () => {
      const stack = await new DeclaredStack("renamed").create();
      await stack.declare(...before);
      await stack.up();
      const size = await stack.size();
      await stack.declare(...after);
      const planned = await stack.plan();
      await stack.up();
      await stack.declare(...after.map(({ opts: _, ...declared }) => declared));
      return { stack, size, planned, sizeAfter: await stack.size(), plannedAfter: await stack.plan() };
    });

    it("changes nothing of a target, its parts alone, or a target inside of another component", async () => {
      const { size, planned, sizeAfter } = await renamed();
      // A key's description names what the key is for.
      expect(planned).to.deep.equal({ "alone2-backups-key": "update" });
      expect(size).to.equal(1 + 1 + 9 + 2 * 7 + 11 + 7 + 1 + 16);
      expect(sizeAfter).to.equal(size);
    });

    it("needs the alias for one update only", async () => {
      const { stack, plannedAfter } = await renamed();
      expect(plannedAfter).to.deep.equal({});
      await stack.destroy();
    });
  });

  it("yield the bucket, the user and the policy themselves, to attach more to", async () => {
    const stack = await new Stack("attachments", { main: "attachments.ts" }).create();
    await stack.up();
    const outputs = (await stack.outputs()) as Outputs &
      Record<"bucketId" | "auditorName" | "kmsKeyArn", string>;
    const { s3, iam } = await clients();
    await s3.send(
      new PutBucketTaggingCommand({
        Bucket: outputs.bucketName,
        Tagging: { TagSet: [{ Key: "a", Value: "b" }] },
      }),
    );
    const { s3: asConsumer } = await clients(outputs);
    const { TagSet } = await asConsumer.send(new GetBucketTaggingCommand({ Bucket: outputs.bucketId }));
    expect(TagSet).to.deep.equal([{ Key: "a", Value: "b" }]);
    const { AttachedPolicies = [] } = await iam.send(
      new ListAttachedUserPoliciesCommand({ UserName: outputs.auditorName }),
    );
    expect(AttachedPolicies.map(({ PolicyName }) => PolicyName).join()).to.match(/^attachedS3BackupsPolicy-/);
    const { deployment } = JSON.parse(await stack.run("stack", "export", "--stack", stack.name)) as {
      deployment: { resources: { type: string; outputs?: { kmsKeyArn?: string } }[] };
    };
    const registered = deployment.resources.map(({ type, outputs }) => [type, outputs?.kmsKeyArn]);
    const { kmsKeyArn } = outputs;
    expect(kmsKeyArn).to.match(/^arn:aws:kms:us-east-1:000000000000:key\//);
    expect(registered).to.deep.include.members([
      ["s3-backup-target:index:BackupTarget", kmsKeyArn],
      ["s3-backup-target:index:BackupBucket", kmsKeyArn],
    ]);
    await stack.destroy();
  });

  it("are refused a name that differs from another one's in case alone", async () => {
    const stack = await new DeclaredStack("twins").create();
    for (const component of ["BackupTarget", "BackupBucket"] as const) {
      await stack.declare({ component, name: "mLab" }, { component, name: "MLAB" });
      const { code, stdout } = await stack.try("preview", "--stack", stack.name);
      expect(code).to.not.equal(0);
      expect(stdout).to.contain(
        `  s3-backup-target:index:BackupBucket (MLAB):
    error: the name "MLAB" must differ from "mLab" in more than case: the resources of both buckets would be named mlab-backups; use another name.
`,
      );
      expect(stdout).to.not.contain("Duplicate resource URN");
    }
  });

  it("are not held up by the types of the program, which editors and the compiler check", async () => {
    const stack = await new DeclaredStack("ill-typed").create();
    await stack.declare();
    appendFileSync(join(stack.file, "..", "index.ts"), 'export const days: number = "a month";\n');
    expect(await stack.run("preview", "--stack", stack.name)).to.match(/days *: "a month"/);
  });
});
