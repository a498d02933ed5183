// Backup tools in a bucket with Object Lock: they go through their workflows, and what they prune is hidden, not gone.
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { grantedActions } from "../../components/access/policy";
import { type AccessProfile, profiles, whyNoRetention } from "../../components/access/profiles";
import { region } from "../../local/aws";
import type { Credentials } from "../../local/aws/clients";
import { clients, type Outputs, Stack } from "../support/environment";
import { failureOf, keyOf, workbench } from "./run";
import { elsewhere, type Lock, type Workflow, workflows } from "./workflows";

const canUpload = ({ access }: Workflow) => whyNoRetention(profiles[access] as AccessProfile) === undefined;
/** Whether its workflow deletes anything. */
const prunes = (name: string, { access }: Workflow) =>
  grantedActions({ access, versioned: true }).onObjects.includes("s3:DeleteObject") &&
  elsewhere[name]?.includes("s3:DeleteObject") !== true;

/** Who sets the retention, what the tool needs for it beside what it needs anyway, and which of its objects it leaves without. */
interface Row {
  readonly lock: Lock;
  readonly name: string;
  readonly needs?: string;
  readonly unlocked?: RegExp;
}

const rows: readonly Row[] = [
  ...Object.keys(workflows).map((name) => ({
    ...({ lock: "the bucket", name } as const),
    ...(name === "mc" && { needs: "s3:GetBucketObjectLockConfiguration" }),
  })),
  {
    lock: "the tool",
    name: "kopia",
    needs: "s3:PutObjectRetention",
    unlocked: /\/(_log_|kopia\.maintenance$|s[0-9a-f]{32}-)/,
  },
  { lock: "the tool", name: "mc", needs: "s3:PutObjectRetention", unlocked: /\/(new|notes\.txt)$/ },
];

const settings: Readonly<Record<Lock, object>> = {
  "the bucket": { mode: "governance", days: 1 },
  "the tool": { enabled: true },
};

describe("backup tools in a bucket with Object Lock", function () {
  this.timeout(600_000);
  const stack = new Stack("locked-tools");
  let outputs: Outputs & { consumers: Record<string, Credentials> };
  let owner: S3Client;
  let endpoint: string;

  const consumers = {
    ...Object.fromEntries(
      Object.entries(workflows)
        .filter(([, workflow]) => canUpload(workflow))
        .map(([name, { access }]) => [name, { access }]),
    ),
    mc: { access: "mc", extraActions: ["s3:PutObjectRetention"] },
    /** A key that may erase what isn't locked. */
    thief: { access: "read-write", extraActions: ["s3:DeleteObjectVersion"] },
  };

  const fieldsOf = (name: string, key: Credentials, folder: string) => ({
    ...{ name, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    ...{ bucketName: outputs.bucketName, region, prefix: `${folder}/`, endpoint },
  });

  /** How S3 answers who erases a version of an object. */
  const erase = async ({ s3 }: { s3: S3Client }, { Key, VersionId }: ObjectVersion, bypass?: true) =>
    s3
      .send(
        new DeleteObjectCommand({
          ...{ Bucket: outputs.bucketName, Key, VersionId },
          ...(bypass && { BypassGovernanceRetention: true }),
        }),
      )
      .then(
        () => "erased",
        (error: Error) => error.name,
      );

  /** What is in a folder: the versions that are locked, the others, and the markers that hide them. */
  async function history(folder: string) {
    const { Versions = [], DeleteMarkers = [] } = await owner.send(
      new ListObjectVersionsCommand({ Bucket: outputs.bucketName, Prefix: `${folder}/` }),
    );
    const locked: typeof Versions = [];
    const unlocked: typeof Versions = [];
    for (const version of Versions) {
      const { Key, VersionId } = version;
      const of = { Bucket: outputs.bucketName, Key, VersionId };
      const isLocked = await owner.send(new GetObjectRetentionCommand(of)).then(
        ({ Retention }) => Retention?.Mode === "GOVERNANCE",
        () => false,
      );
      (isLocked ? locked : unlocked).push(version);
    }
    return { locked, unlocked, markers: DeleteMarkers };
  }

  for (const [lock, objectLock] of Object.entries(settings)) {
    describe(`where ${lock} sets the retention`, () => {
      before("one stack, and the tools", async function () {
        this.timeout(3_600_000); // the first run builds tools
        const { aws, owner: all } = await workbench();
        ({ endpoint } = aws);
        owner = all.s3;
        const config = { access: "restic", consumers, objectLock };
        await (outputs === undefined ? stack.create(config) : stack.set(config));
        await stack.up();
        outputs = (await stack.outputs()) as typeof outputs;
      });

      for (const row of rows.filter((one) => one.lock === lock)) {
        const { name, needs, unlocked = /^$/ } = row;
        const workflow = workflows[name] as Workflow;
        const { access } = workflow;
        const folder = `${name}-${lock.replace(" ", "-")}`;

        if (!canUpload(workflow)) {
          it(`${name} cannot upload`, async () => {
            const key = await keyOf({ access, bucketArn: outputs.bucketArn, locked: true });
            const failure = await failureOf(workflow, fieldsOf(name, key, folder), row.lock);
            expect(failure).to.match(
              /checksum- HTTP header is required for Put (Object|Part) requests with Object Lock/,
            );
          });
          continue;
        }

        it(`${name} goes through its workflow, and erases nothing`, async () => {
          const key = outputs.consumers[name] ?? outputs;
          const failure = await failureOf(workflow, fieldsOf(name, key, folder), row.lock);
          expect(failure === undefined, failure).to.equal(true);

          const before = await history(folder);
          expect(before.locked).to.not.deep.equal([]);
          expect(before.markers.length > 0, "it has pruned").to.equal(prunes(name, workflow));
          expect(before.unlocked.filter(({ Key = "" }) => !unlocked.test(Key))).to.deep.equal([]);
          const own = await clients(key);
          const thief = await clients(outputs.consumers.thief);
          for (const version of before.locked) {
            const answers = [erase(own, version), erase(thief, version), erase(thief, version, true)];
            expect([...new Set(await Promise.all(answers))], version.Key).to.deep.equal(["AccessDenied"]);
          }
          expect((await history(folder)).locked).to.deep.equal(before.locked);
          for (const version of [...before.unlocked, ...before.markers]) {
            expect(await erase(thief, version), `${version.Key}, which isn't locked`).to.equal("erased");
          }
        });

        if (needs !== undefined) {
          it(`${name} fails without ${needs}`, async () => {
            const key = await keyOf({ access, bucketArn: outputs.bucketArn, locked: true }, needs);
            const failure = await failureOf(workflow, fieldsOf(name, key, `${folder}-without`), row.lock);
            expect(failure).to.not.equal(undefined);
          });
        }
      }
    });
  }
});
