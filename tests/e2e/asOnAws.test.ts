import { type IncomingMessage, request } from "node:http";
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { Finished } from "../../commands/stack/pulumi";
import { accountId, rootCredentials } from "../../local/aws";
import { type Credentials, deleteVersions } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { expectedBucket, readBucket } from "../support/bucket";
import { type ConnectProxy, startConnectProxy } from "../support/connectProxy";
import { expectedConsumer, readConsumer } from "../support/consumer";
import { createDeployer } from "../support/deployer";
import {
  actionsOf,
  deployerPolicy,
  type PolicyDocument,
  stateStatements,
  without,
} from "../support/deployerPolicy";
import { atTheEnd, clients, environment, fresh, Stack } from "../support/environment";

/** The program takes this stack for one on AWS, which it is not, and would refuse the switch that skips the provider's waits. */
const hideSwitch = { NODE_OPTIONS: "--import=data:text/javascript,delete%20process.env.VCR_MODE" };

const answer = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => "allowed",
    (error: Error) => error.name,
  );

interface OpenOptions {
  readonly waits: boolean;
  /** Another place for the state than this machine: a bucket, which is created. */
  readonly backend?: string;
  /** Exactly what its deployer may do, if that is not the policy of docs/permissions.md. */
  readonly policy?: PolicyDocument;
}

/** A stack whose file says only the region. */
async function openStack(
  name: string,
  region: string,
  { waits, backend, policy = deployerPolicy() }: OpenOptions,
) {
  const { aws } = await environment();
  const { iam } = await clients();
  const proxy = await startConnectProxy(aws, region);
  atTheEnd(proxy.stop);
  const deployer = await createDeployer(iam, policy);
  if (backend !== undefined) {
    await atNames(proxy, region).s3.send(new CreateBucketCommand({ Bucket: new URL(backend).hostname }));
  }
  const env = {
    ...proxy.env(deployer.credentials),
    ...(waits ? {} : hideSwitch),
    ...(backend !== undefined && { PULUMI_BACKEND_URL: backend }),
  };
  const stack = new Stack(name, { waits, asOnAws: { region, env } });
  await stack.create();
  return { proxy, deployer, stack };
}

/** AWS under its own names, for a user with these credentials. The endpoints keep the caller's AWS_ENDPOINT_URL out. */
function atNames({ agent }: ConnectProxy, region: string, credentials: Credentials = rootCredentials) {
  const config = { region, credentials: { ...credentials }, requestHandler: { httpsAgent: agent } };
  return {
    s3: new S3Client({ ...config, endpoint: `https://s3.${region}.amazonaws.com` }),
    iam: new IAMClient({ ...config, endpoint: "https://iam.amazonaws.com" }),
  };
}

describe("as on AWS: only aws:region, credentials from the environment, and AWS's own host names", function () {
  this.timeout(1_800_000);

  describe("us-east-1, with the provider's waits, by the deployer of docs/permissions.md", () => {
    const region = "us-east-1";
    const tags = { team: "databases", "cost center": "4711 / Köln" };

    const lived = backgroundTask(async () => {
      const { proxy, deployer, stack } = await openStack("as-on-aws", region, { waits: true });
      const owner = atNames(proxy, region);
      const begin = Date.now();
      await stack.up();
      const seconds = (Date.now() - begin) / 1000;
      const outputs = await stack.outputs();
      const look = async () => ({
        bucket: await readBucket(owner.s3, outputs.bucketName),
        consumer: await readConsumer(owner.iam, outputs),
      });
      const deployed = await look();
      const unchanged = {
        up: await stack.tryUp("--expect-no-changes"),
        refresh: await stack.try(
          ...["refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack.name],
        ),
        preview: await stack.try("preview", "--expect-no-changes", "--stack", stack.name),
      };
      const { s3 } = atNames(proxy, region, outputs);
      const object = { Bucket: outputs.bucketName, Key: "backup" };
      const byKey = {
        put: await answer(s3.send(new PutObjectCommand({ ...object, Body: "x" }))),
        get: await answer(s3.send(new GetObjectCommand(object))),
        list: await answer(s3.send(new ListObjectsV2Command({ Bucket: outputs.bucketName }))),
        delete: await answer(s3.send(new DeleteObjectCommand(object))),
        missing: await answer(s3.send(new GetObjectCommand(object))),
        policy: await answer(s3.send(new GetBucketPolicyCommand({ Bucket: outputs.bucketName }))),
      };
      const { AccessKeyLastUsed: lastUsed } = await owner.iam.send(
        new GetAccessKeyLastUsedCommand({ AccessKeyId: outputs.accessKeyId }),
      );
      await stack.set({ tags });
      await stack.up();
      const tagged = await look();
      await stack.set({ keyGeneration: 2, previousKey: "inactive" });
      await stack.up();
      const rotated = await look();
      const { accessKeyId } = await stack.outputs();
      await stack.set({ keyGeneration: 2 });
      await stack.up();
      const { consumer: rotatedOut } = await look();
      // The object that the key has put and deleted is a version now, and a destroy stops at it.
      await deleteVersions(owner.s3, outputs.bucketName);
      await stack.destroy();
      const calls = [...proxy.calls];
      const foreign = atNames(proxy, region, deployer.credentials);
      const PolicyDocument = JSON.stringify(deployerPolicy());
      const ofOthers = {
        bucket: await answer(foreign.s3.send(new CreateBucketCommand({ Bucket: fresh("others") }))),
        user: await answer(foreign.iam.send(new CreateUserCommand({ UserName: "others" }))),
        group: await answer(foreign.iam.send(new CreateGroupCommand({ GroupName: "others" }))),
        policy: await answer(
          foreign.iam.send(new CreatePolicyCommand({ PolicyName: "others", PolicyDocument })),
        ),
      };
      const size = await stack.size();
      return {
        ...{ proxy, seconds, outputs, deployed, unchanged, byKey, lastUsed, tagged, rotated, accessKeyId },
        ...{ rotatedOut, calls, ofOthers, size },
      };
    });

    it("deploys, and waits for the lifecycle as the provider does on AWS", async () => {
      const { outputs, deployed, seconds } = await lived();
      expect(deployed).to.deep.equal({
        bucket: expectedBucket(outputs.bucketArn),
        consumer: expectedConsumer(outputs),
      });
      expect(seconds).to.be.above(50);
    });

    for (const command of ["up", "refresh", "preview"] as const) {
      it(`finds nothing to change in another ${command}`, async () => {
        const { code, stdout, stderr } = (await lived()).unchanged[command];
        expect(code, stdout + stderr).to.equal(0);
      });
    }

    it("mints a key that works at the bucket's own host name, and only there", async () => {
      const { byKey, lastUsed } = await lived();
      expect(byKey).to.deep.equal({
        put: "allowed",
        get: "allowed",
        list: "allowed",
        delete: "allowed",
        missing: "NoSuchKey",
        policy: "AccessDenied",
      });
      expect(lastUsed).to.include({ ServiceName: "s3", Region: region });
    });

    it("changes tags, rotates the key, and destroys", async () => {
      const { outputs, tagged, rotated, rotatedOut, accessKeyId, size } = await lived();
      const bucket = expectedBucket(outputs.bucketArn);
      const consumer = expectedConsumer(outputs);
      expect(tagged).to.deep.equal({
        bucket: { ...bucket, tags },
        consumer: { ...consumer, userTags: tags, policyTags: tags },
      });
      expect(accessKeyId).to.not.equal(outputs.accessKeyId);
      const keys = [
        { AccessKeyId: outputs.accessKeyId, Status: "Inactive" },
        { AccessKeyId: accessKeyId, Status: "Active" },
      ];
      expect(rotated).to.deep.equal({ bucket, consumer: { ...consumer, keys } });
      expect(rotatedOut).to.deep.equal({ ...consumer, keys: keys.slice(1) });
      expect(size).to.equal(0);
    });

    it("asks for AWS's names and no other host, instance metadata included", async () => {
      const { proxy, outputs } = await lived();
      expect([...proxy.hosts].sort()).to.deep.equal([
        `${accountId}.s3-control.us-east-1.amazonaws.com`,
        "iam.amazonaws.com",
        `${outputs.bucketName}.s3.amazonaws.com`,
        "sts.us-east-1.amazonaws.com",
      ]);
      expect(proxy.refused).to.deep.equal([]);
    });

    it("needs no more than the policy of docs/permissions.md, which opens nothing of others", async () => {
      const { calls, ofOthers } = await lived();
      const deployers = calls.filter(({ action, status }) => status === 403 && action !== "GetBucketPolicy");
      expect(deployers).to.deep.equal([]);
      expect(ofOthers).to.deep.equal({
        bucket: "AccessDenied",
        user: "AccessDenied",
        group: "AccessDenied",
        policy: "AccessDenied",
      });
    });
  });

  describe("eu-central-1, by a deployer without a permission", () => {
    const region = "eu-central-1";
    const policy = deployerPolicy({ forceDestroy: true });
    const actions = policy.Statement.flatMap(actionsOf);
    const isRead = (action: string) => /:(Get|List)/.test(action);
    const isWrite = (action: string) => !isRead(action);
    /** Missing, it makes the provider take the bucket for gone, which has a separate test. */
    const toSee = "s3:ListBucket";

    /** Takes a stack through its life, with something missing at each step, and returns the actions that nothing missed. */
    const tried = backgroundTask(async () => {
      const { proxy, deployer, stack } = await openStack("least", region, { waits: false });
      const unproven = new Set(actions.filter((action) => action !== toSee));
      /**
       * Runs Pulumi without some actions, gives those back by whose lack it failed, and runs it again: until it succeeds.
       */
      const prove = async (isMeant: (action: string) => boolean, run: () => Promise<Finished>) => {
        for (;;) {
          const lacking = new Set([...unproven].filter(isMeant));
          await deployer.setPolicy(without(policy, lacking));
          proxy.forget();
          const { code, stdout, stderr } = await run();
          if (code === 0) {
            return;
          }
          const named = [...(stdout + stderr).matchAll(/is not authorized to perform: ([\w:]+)/g)].map(
            ([, action = ""]) => action,
          );
          // Where S3 Control refuses a call about tags, the provider tries S3's, and that is what its error names.
          const ofTags = proxy.calls
            .filter(
              ({ status }) => status === 403 && named.some((action) => action.endsWith("BucketTagging")),
            )
            .map(({ action }) => `s3:${action}`);
          const found = [...named, ...ofTags].filter((action) => lacking.has(action));
          expect(found, `not one of ${[...lacking]}:\n${stdout}${stderr}`).to.not.deep.equal([]);
          for (const action of found) {
            unproven.delete(action);
          }
        }
      };
      const refresh = (...args: string[]) => stack.try("refresh", ...args, "--stack", stack.name);

      await stack.set({ forceDestroy: true });
      await prove(isWrite, () => stack.tryUp());
      const outputs = await stack.outputs();
      const owner = atNames(proxy, region);
      const deployed = await readBucket(owner.s3, outputs.bucketName);
      await deployer.setPolicy(without(policy, new Set([toSee])));
      const blind = await refresh("--preview-only", "--expect-no-changes");
      await prove(isRead, () => refresh("--yes", "--skip-preview", "--expect-no-changes"));
      // Refreshed first, because the provider notes a change as done that failed.
      const update = () => stack.tryUp("--refresh");
      const changed = { access: "restic", keyGeneration: 2, previousKey: "inactive", forceDestroy: true };
      await stack.set({ ...changed, tags: { team: "databases" } });
      await prove(isWrite, update);
      await stack.set(changed);
      await prove(isWrite, update);
      const updated = await readConsumer(owner.iam, outputs);
      for (const Key of ["first", "second"]) {
        await owner.s3.send(new PutObjectCommand({ Bucket: outputs.bucketName, Key, Body: "x" }));
      }
      await prove(
        () => true,
        () => stack.tryDestroy(),
      );
      const size = await stack.size();
      return { unproven, blind, size, deployed, updated, outputs, refused: proxy.refused };
    });

    it("deploys, refreshes, updates and destroys once nothing is missing", async () => {
      const { deployed, updated, outputs, size, refused } = await tried();
      expect(outputs.region).to.equal(region);
      expect(deployed).to.deep.equal(expectedBucket(outputs.bucketArn));
      expect(updated.policy.Statement[0].Action).to.deep.equal(["s3:ListBucket"]);
      expect([updated.userTags, updated.policyTags]).to.deep.equal([{}, {}]);
      expect(size).to.equal(0);
      expect(refused).to.deep.equal([]);
    });

    it("takes the bucket for gone without s3:ListBucket", async () => {
      const { code, stdout, stderr } = (await tried()).blind;
      expect(code).to.not.equal(0);
      expect(stdout).to.match(/^ - +aws:s3:Bucket mlab-backups delete *$/m);
      expect(stderr).to.equal("error: no changes were expected for refresh but changes were proposed\n");
    });

    for (const { Sid, ...statement } of policy.Statement) {
      it(`fails without any one action of the statement ${Sid}`, async () => {
        const { unproven } = await tried();
        expect(actionsOf(statement).filter((action) => unproven.has(action))).to.deep.equal([]);
      });
    }
  });

  describe("the state in an S3 bucket, by a deployer with what docs/ci.md adds", () => {
    const region = "eu-central-1";
    const Bucket = "my-pulumi-state";
    const deploying = deployerPolicy({ accessLogs: true });
    const policy = { ...deploying, Statement: [...deploying.Statement, ...stateStatements()] };

    const tried = backgroundTask(async () => {
      const { proxy, deployer, stack } = await openStack("state-in-s3", region, {
        waits: false,
        backend: `s3://${Bucket}?region=${region}`,
        policy,
      });
      const { s3 } = atNames(proxy, region);
      await stack.set({ accessLogs: 90 });
      await stack.up();
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      const outputs = await stack.outputs();
      await stack.destroy();
      const size = await stack.size();
      const lacking: Record<string, number> = {};
      for (const action of stateStatements().flatMap(actionsOf)) {
        await deployer.setPolicy(without(policy, new Set([action])));
        const init = await stack.try("stack", "init", "lacking");
        const remove = await stack.try("stack", "rm", "--yes", "lacking");
        lacking[action] = init.code + remove.code;
      }
      return { keys: Contents.map(({ Key = "" }) => Key), outputs, size, lacking, refused: proxy.refused };
    });

    it("deploys and destroys", async () => {
      const { keys, outputs, size, refused } = await tried();
      expect(keys).to.include(".pulumi/stacks/s3-backup-target/state-in-s3.json");
      expect(outputs.region).to.equal(region);
      expect(size).to.equal(0);
      expect(refused).to.deep.equal([]);
    });

    it("needs every one of these actions", async () => {
      const { lacking } = await tried();
      expect(Object.keys(lacking)).to.have.length(4);
      for (const [action, code] of Object.entries(lacking)) {
        expect(code, action).to.not.equal(0);
      }
    });
  });

  describe("the local AWS", () => {
    it("is all that the names of AWS lead to, and a request for any other host is noted", async () => {
      const { aws } = await environment();
      const proxy = await startConnectProxy(aws, "us-east-1");
      atTheEnd(proxy.stop);
      const { hostname: host, port } = new URL(proxy.env(rootCredentials).HTTPS_PROXY ?? "");
      const statusOf = (method: string, path: string) =>
        new Promise((resolve, reject) => {
          const see = ({ statusCode }: IncomingMessage) => resolve(statusCode);
          const message = request({ host, port, method, path, agent: false }, see);
          message.on("connect", (response, socket) => {
            socket.destroy();
            see(response);
          });
          message.on("error", reject).end();
        });
      const foreign: [method: string, path: string][] = [
        ["CONNECT", "example.com:443"],
        ["CONNECT", "s3.us-west-2.amazonaws.com:443"],
        ["CONNECT", "s3.us-east-1.amazonaws.com:80"],
        ["CONNECT", "s3.us-east-1.amazonaws.com.example.com:443"],
        ["GET", "/latest/meta-data/"],
      ];
      for (const [method, path] of foreign) {
        expect(await statusOf(method, path), path).to.equal(403);
      }
      expect(await statusOf("CONNECT", "s3.us-east-1.amazonaws.com:443")).to.equal(200);
      expect(proxy.refused).to.deep.equal(foreign.map(([method, path]) => `${method} ${path}`));
      expect([...proxy.hosts]).to.deep.equal(["s3.us-east-1.amazonaws.com"]);
    });

    it("has a separate certificate behind each proxy, also of the same region", async () => {
      const { aws } = await environment();
      const proxies = await Promise.all([1, 2].map(() => startConnectProxy(aws, "us-east-1")));
      for (const proxy of proxies) {
        atTheEnd(proxy.stop);
      }
      const bundles = proxies.map(({ env }) => env(rootCredentials).AWS_CA_BUNDLE);
      expect(new Set(bundles).size).to.equal(2);
    });

    it("doesn't reveal whether an object is missing to a user who may not list", async () => {
      const { aws } = await environment();
      const proxy = await startConnectProxy(aws, "us-east-1");
      atTheEnd(proxy.stop);
      const owner = atNames(proxy, "us-east-1");
      const Bucket = fresh("names");
      await owner.s3.send(new CreateBucketCommand({ Bucket }));
      const readOnly: PolicyDocument = {
        Version: "2012-10-17",
        Statement: [
          { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
        ],
      };
      const { credentials } = await createDeployer(owner.iam, readOnly);
      const { s3 } = atNames(proxy, "us-east-1", credentials);
      const missing = { Bucket, Key: "missing" };
      expect(await answer(s3.send(new GetObjectCommand(missing)))).to.equal("AccessDenied");
      expect(await answer(owner.s3.send(new HeadObjectCommand(missing)))).to.equal("NotFound");
      expect(proxy.calls.map(({ action }) => action)).to.include.members(["GetObject", "HeadObject"]);
    });

    it("authorizes a call about a group on the group, and tags of what is created on their own", async () => {
      const owner = await clients();
      const [UserName, GroupName] = [fresh("user"), fresh("group")];
      await owner.iam.send(new CreateGroupCommand({ GroupName }));
      const policy: PolicyDocument = {
        Version: "2012-10-17",
        Statement: [
          { Sid: "User", Effect: "Allow", Action: "iam:CreateUser", Resource: "arn:aws:iam::*:user/user-*" },
          {
            Sid: "Group",
            Effect: "Allow",
            Action: "iam:AddUserToGroup",
            Resource: "arn:aws:iam::*:group/group-*",
          },
        ],
      };
      const { iam } = await clients((await createDeployer(owner.iam, policy)).credentials);
      const Tags = [{ Key: "team", Value: "databases" }];
      expect(await answer(iam.send(new CreateUserCommand({ UserName, Tags })))).to.equal("AccessDenied");
      expect(await answer(iam.send(new CreateUserCommand({ UserName })))).to.equal("allowed");
      expect(await answer(iam.send(new AddUserToGroupCommand({ UserName, GroupName })))).to.equal("allowed");
    });
  });
});
