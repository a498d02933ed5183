// Backup tools with their minted keys, each through its workflow. `npm run test:tools` runs them; they need some minutes, and Go.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  type IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { accessPolicy, grantedActions } from "../../components/access/policy";
import { type AccessProfile, profiles } from "../../components/access/profiles";
import { type HandoffFields, handoff } from "../../components/handoff";
import { region } from "../../local/aws";
import { deleteVersions } from "../../local/aws/clients";
import { pythonPath } from "../e2e/tools/install";
import { start } from "../e2e/tools/run";
import { type ConnectProxy, startConnectProxy } from "../support/connectProxy";
import { clients, environment, folder, fresh, type Outputs, Stack } from "../support/environment";
import { ensurePrograms } from "./install";
import { type Place, untried, type Workflow, workflows } from "./workflows";

/** S3 lets the user who started an upload abort it, and a tool does so only where an upload fails. */
const abort = "s3:AbortMultipartUpload";
const takesPrefix = ({ access }: Workflow) => (profiles[access] as AccessProfile).noPrefix === undefined;

/** What a folder holds, by path. */
const contents = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(path, file), readFileSync(file, "latin1")]),
  );

describe("backup tools with the minted keys", function () {
  this.timeout(600_000);
  const stack = new Stack("workflows");
  let outputs: Outputs & { consumers: Record<string, Omit<Outputs, "bucketName">> };
  let programs: Awaited<ReturnType<typeof ensurePrograms>>;
  let owner: { s3: S3Client; iam: IAMClient };
  let aws: Awaited<ReturnType<typeof environment>>["aws"];

  let proxy: ConnectProxy;
  after(() => proxy?.stop());

  before("one stack, and the tools", async function () {
    this.timeout(3_600_000); // the first run builds tools
    programs = await ensurePrograms();
    ({ aws } = await environment());
    proxy = await startConnectProxy(aws, region);
    owner = await clients();
    const whole = Object.entries(workflows).map(([name, { access }]) => [name, { access }]);
    const folders = Object.entries(workflows).map(([name, workflow]) => [
      `${name}-folder`,
      // One that cannot be limited gets a key that can, to show why it cannot.
      { access: takesPrefix(workflow) ? workflow.access : "read-write", prefix: `${name}-folder` },
    ]);
    await stack.create({ access: "restic", consumers: Object.fromEntries([...whole, ...folders]) });
    await stack.up();
    outputs = (await stack.outputs()) as typeof outputs;
  });

  const fieldsOf = (
    name: string,
    key: { accessKeyId: string; secretAccessKey: string },
    prefix: string,
  ): HandoffFields => ({
    ...{ name, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    ...{ bucketName: outputs.bucketName, region, prefix, endpoint: aws.endpoint },
  });

  /** Runs a tool through its workflow with a key; says where it failed, if it did. */
  async function failureOf(workflow: Workflow, fields: HandoffFields): Promise<string | undefined> {
    const home = join(folder, fresh(fields.name));
    const { HTTPS_PROXY = "", AWS_CA_BUNDLE = "" } = proxy.env(fields);
    const place: Place = {
      fields,
      endpoint: aws.endpoint,
      namesOfAws: { HTTPS_PROXY, SYSTEM_CERTIFICATE_PATH: AWS_CA_BUNDLE },
      ...{ data: join(home, "data"), back: join(home, "back"), own: join(home, "own") },
    };
    for (const path of [join(place.data, "photos"), place.back, place.own]) {
      mkdirSync(path, { recursive: true });
    }
    writeFileSync(join(place.data, "notes.txt"), "first draft\n");
    writeFileSync(join(place.data, "000000010000000000000001"), Buffer.alloc(16 * 1024 * 1024, "wal"));
    writeFileSync(join(place.data, "photos", "b.raw"), Buffer.alloc(300_000, "raw"));
    const file = join(place.own, "handoff");
    writeFileSync(file, handoff(workflow.handoff, fields));
    for (const [name, content] of Object.entries(workflow.files?.(place) ?? {})) {
      writeFileSync(join(place.own, name), content);
    }
    const isShell = ["env", "duplicity"].includes(workflow.handoff);
    const isProfile = workflow.handoff === "aws";
    for (const { run, prints, changes, env } of workflow.steps(place)) {
      if (changes) {
        writeFileSync(join(place.data, "notes.txt"), "second draft\n");
        rmSync(join(place.data, "photos"), { recursive: true });
        writeFileSync(join(place.data, "new"), "new\n");
      }
      const [program = "", ...args] = run;
      const command =
        program === "s3cmd" ? [programs.s3cmd, "-c", file, "--ca-certs", aws.caFile] : [program];
      const [first = "", ...rest] = [
        ...(isShell ? ["sh", "-c", '. "$0" && exec "$@"', file] : []),
        ...command,
      ];
      const { code, said } = await start({ home }, first, [...rest, ...args], {
        PATH: [...programs.path, process.env.PATH].join(":"),
        ...{ AWS_CA_BUNDLE: aws.caFile, SSL_CERT_FILE: aws.caFile, NODE_EXTRA_CA_CERTS: aws.caFile },
        ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: region, AWS_DEFAULT_REGION: region },
        ...(program === "s3cmd" && { PYTHONPATH: pythonPath }),
        ...(isProfile && { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: fields.name }),
        ...env,
      });
      if (code !== 0 || !said.includes(prints ?? "")) {
        return `${run.slice(0, 3).join(" ")} ended with ${code}: ${said}`;
      }
    }
    const restored = contents(workflow.restored?.(place) ?? place.back);
    const stored = contents(place.data);
    const kept = Object.fromEntries(Object.keys(restored).map((name) => [name, stored[name]]));
    const whole =
      workflow.access === "barman-cloud" || Object.keys(restored).length === Object.keys(stored).length;
    if (!whole || JSON.stringify(restored) !== JSON.stringify(kept)) {
      return `what was restored is ${Object.keys(restored).join(", ")}, of ${Object.keys(stored).join(", ")}`;
    }
    const { Contents = [] } = await owner.s3.send(
      new ListObjectsV2Command({ Bucket: outputs.bucketName, Prefix: fields.prefix }),
    );
    const left = Contents.map(({ Key = "" }) => Key.slice(fields.prefix.length)).filter(
      (key) => workflow.leaves?.test(key) !== true,
    );
    return left.length === 0 ? undefined : `after its prune there is still ${left.join(", ")}`;
  }

  /** A key whose policy is that of the tool's, without an action. */
  async function keyWithout(workflow: Workflow, action: string) {
    const UserName = fresh("without");
    const { access } = workflow;
    const document = JSON.stringify(
      accessPolicy({ bucketArn: outputs.bucketArn, access, versioned: true }),
    ).replaceAll(`"${action}"`, '"s3:GetObjectTorrent"');
    await owner.iam.send(new CreateUserCommand({ UserName }));
    await owner.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: document }));
    const { AccessKey } = await owner.iam.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  }

  for (const [name, workflow] of Object.entries(workflows)) {
    describe(name, () => {
      let lived = false;
      beforeEach("an empty bucket", () => deleteVersions(owner.s3, outputs.bucketName));

      it("goes through its workflow in a whole bucket", async () => {
        const key = outputs.consumers[name] ?? outputs;
        const failure = await failureOf(workflow, fieldsOf(name, key, ""));
        expect(failure === undefined, failure).to.equal(true);
        lived = true;
      });

      it(takesPrefix(workflow) ? "does so under a prefix" : "fails under a prefix", async () => {
        const consumer = `${name}-folder`;
        const key = outputs.consumers[consumer] ?? outputs;
        const failure = await failureOf(workflow, fieldsOf(consumer, key, `${consumer}/`));
        expect(failure === undefined, failure).to.equal(takesPrefix(workflow));
      });

      const granted = Object.values(grantedActions({ access: workflow.access, versioned: true })).flat();
      for (const action of granted) {
        if (action !== abort && !(untried[name] ?? []).includes(action)) {
          it(`fails without ${action}`, async () => {
            expect(lived, "it works with the action").to.equal(true);
            const failure = await failureOf(workflow, fieldsOf(name, await keyWithout(workflow, action), ""));
            expect(failure).to.not.equal(undefined);
          });
        }
      }
    });
  }
});
