import { readFileSync } from "node:fs";
import {
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetPolicyCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListGroupsCommand,
  ListPoliciesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { deleteVersions } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { expectedBucket, readBucket } from "../support/bucket";
import { expectedConsumer, readConsumer } from "../support/consumer";
import { clients, environment, fresh, type Outputs, Stack } from "../support/environment";
import { bucketPolicy } from "../support/expected";

/** The name of the error that AWS answers with, or "allowed". */
const answer = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => "allowed",
    (error: Error) => error.name,
  );

/** The names of what a stack has made. */
const owned = ({ bucketName, userName, groupName, policyArn }: Outputs) => [
  bucketName,
  userName,
  groupName,
  policyArn.split("/").at(-1) ?? "",
];

describe("a backup target on a real engine", function () {
  this.timeout(1_800_000);

  const plain = new Stack("plain");
  const tuned = new Stack("tuned");
  const names = {
    bucketName: fresh("tuned-backups"),
    policyName: fresh("TunedPolicy"),
    groupName: fresh("TunedGroup"),
    userName: fresh("tuned+user=1,@x_"),
  };
  const tags = { team: "databases", "cost center": "4711 / Köln" };
  const tunedConfig = {
    ...names,
    consumer: "Velero2",
    versioning: "false",
    noncurrentVersionDays: 90,
    abortIncompleteUploadDays: "3",
    forceDestroy: true,
    tags,
  };
  let outputs: Outputs;
  let owner: { s3: S3Client; iam: IAMClient };
  let consumer: { s3: S3Client; iam: IAMClient };

  const deployed = backgroundTask(async () => {
    await plain.create();
    await tuned.create(tunedConfig);
    await Promise.all([plain.up(), tuned.up()]);
    outputs = await plain.outputs();
    owner = await clients();
    consumer = await clients(outputs);
  });
  before("two stacks, side by side", deployed);

  describe("as deployed", () => {
    it("exports what a service's form asks for, and prints the bare secret only on request", async () => {
      expect(outputs).to.have.all.keys(
        "accessKeyId",
        "secretAccessKey",
        "bucketName",
        "bucketArn",
        "region",
        "userName",
        "userArn",
        "groupName",
        "policyArn",
      );
      expect(outputs.bucketName).to.match(/^mlab-backups-[0-9a-f]{7}$/);
      expect(outputs.bucketArn).to.equal(`arn:aws:s3:::${outputs.bucketName}`);
      expect(outputs.userName).to.match(/^mLabUser-[0-9a-f]{7}$/);
      expect(outputs.groupName).to.match(/^mLabGroup-[0-9a-f]{7}$/);
      expect(outputs.policyArn).to.match(/:policy\/mLabS3BackupsPolicy-[0-9a-f]{7}$/);
      expect(outputs.region).to.equal("us-east-1");
      expect(await plain.run("stack", "output", "--stack", "plain")).to.match(/secretAccessKey +\[secret\]/);
      const bare = await plain.run(
        "stack",
        "output",
        "secretAccessKey",
        "--show-secrets",
        "--stack",
        "plain",
      );
      expect(bare).to.equal(`${outputs.secretAccessKey}\n`);
    });

    it("sets the bucket up as it should be, by what the AWS API says", async () => {
      expect(await readBucket(owner.s3, outputs.bucketName)).to.deep.equal(expectedBucket(outputs.bucketArn));
    });

    it("gives the user one key, one group and the guide's policy, by what the AWS API says", async () => {
      expect(await readConsumer(owner.iam, outputs)).to.deep.equal(expectedConsumer(outputs));
    });

    it("carries every setting to AWS, in a stack next to the first one", async () => {
      const tunedOutputs = await tuned.outputs();
      const bucketArn = `arn:aws:s3:::${names.bucketName}`;
      const expected = expectedBucket(bucketArn);
      const [abort, expire] = expected.lifecycle;
      expect(await readBucket(owner.s3, names.bucketName)).to.deep.equal({
        ...expected,
        versioning: "Suspended",
        tags,
        lifecycle: [
          { ...abort, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } },
          { ...expire, NoncurrentVersionExpiration: { NoncurrentDays: 90 } },
        ],
      });
      expect(tunedOutputs.userName).to.equal(names.userName);
      expect(tunedOutputs.groupName).to.equal(names.groupName);
      expect(tunedOutputs.policyArn).to.match(new RegExp(`:policy/${names.policyName}$`));
      expect(await readConsumer(owner.iam, tunedOutputs)).to.deep.equal({
        ...expectedConsumer(tunedOutputs),
        userTags: tags,
        policyTags: tags,
      });
    });
  });

  describe("the minted key", () => {
    it("does what the guide's service does before a backup, at the root of the bucket", async () => {
      const Bucket = outputs.bucketName;
      const Key = "8c5c5a26-mbs-test-write";
      await consumer.s3.send(new PutObjectCommand({ Bucket, Key, Body: "test" }));
      const { Body } = await consumer.s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(await Body?.transformToString()).to.equal("test");
      const { Contents } = await consumer.s3.send(new ListObjectsV2Command({ Bucket }));
      expect(Contents?.map((object) => object.Key)).to.deep.equal([Key]);
      await consumer.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      const { KeyCount } = await consumer.s3.send(new ListObjectsV2Command({ Bucket }));
      expect(KeyCount).to.equal(0);
      expect(await answer(consumer.s3.send(new HeadBucketCommand({ Bucket })))).to.equal("allowed");
    });

    it("uploads in parts, and reads the whole", async () => {
      const Bucket = outputs.bucketName;
      const Key = "large/backup.tgz";
      const parts = [Buffer.alloc(5 * 1024 * 1024, "a"), Buffer.alloc(1024 * 1024, "b")];
      const { UploadId } = await consumer.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const uploaded = [];
      for (const [index, part] of parts.entries()) {
        const PartNumber = index + 1;
        const { ETag } = await consumer.s3.send(
          new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: part }),
        );
        uploaded.push({ PartNumber, ETag });
      }
      await consumer.s3.send(
        new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: uploaded } }),
      );
      const { Body } = await consumer.s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(Buffer.concat(parts).equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).to.equal(
        true,
      );
    });

    it("reads and writes the ACL of an object, as the guide's policy grants it", async () => {
      const Bucket = outputs.bucketName;
      const Key = "large/backup.tgz";
      expect(await answer(consumer.s3.send(new GetObjectAclCommand({ Bucket, Key })))).to.equal("allowed");
      expect(
        await answer(
          consumer.s3.send(new PutObjectAclCommand({ Bucket, Key, ACL: "bucket-owner-full-control" })),
        ),
      ).to.equal("allowed");
    });

    it("can delete an object, but not what the bucket keeps of it", async () => {
      const Bucket = outputs.bucketName;
      const Key = "precious";
      await owner.s3.send(new PutObjectCommand({ Bucket, Key, Body: "all our data" }));
      await consumer.s3.send(new PutObjectCommand({ Bucket, Key, Body: "ransom note" }));
      await consumer.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      const { Versions = [] } = await owner.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
      expect(Versions).to.have.length(2);
      for (const { VersionId } of Versions) {
        const request = new DeleteObjectCommand({ Bucket, Key, VersionId });
        expect(await answer(consumer.s3.send(request))).to.equal("AccessDenied");
      }
      const { Body } = await owner.s3.send(
        new GetObjectCommand({ Bucket, Key, VersionId: Versions.at(-1)?.VersionId }),
      );
      expect(await Body?.transformToString()).to.equal("all our data");
    });

    it("is refused everything else", async () => {
      const Bucket = outputs.bucketName;
      const other = names.bucketName;
      await owner.s3.send(new PutObjectCommand({ Bucket: other, Key: "theirs", Body: "not yours" }));
      const { s3, iam } = consumer;
      const { UploadId } = await owner.s3.send(
        new CreateMultipartUploadCommand({ Bucket: other, Key: "theirs" }),
      );
      const refused: Record<string, () => Promise<unknown>> = {
        "list buckets": () => s3.send(new ListBucketsCommand({})),
        "list another bucket": () => s3.send(new ListObjectsV2Command({ Bucket: other })),
        "read another bucket": () => s3.send(new GetObjectCommand({ Bucket: other, Key: "theirs" })),
        "write to another bucket": () =>
          s3.send(new PutObjectCommand({ Bucket: other, Key: "mine", Body: "x" })),
        "delete in another bucket": () => s3.send(new DeleteObjectCommand({ Bucket: other, Key: "theirs" })),
        "abort an upload of someone else": () =>
          s3.send(new AbortMultipartUploadCommand({ Bucket: other, Key: "theirs", UploadId })),
        "list versions": () => s3.send(new ListObjectVersionsCommand({ Bucket })),
        "read the bucket's location": () => s3.send(new GetBucketLocationCommand({ Bucket })),
        "read the bucket policy": () => s3.send(new GetBucketPolicyCommand({ Bucket })),
        "write the bucket policy": () =>
          s3.send(
            new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(bucketPolicy(outputs.bucketArn)) }),
          ),
        "suspend versioning": () =>
          s3.send(
            new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
          ),
        "delete the bucket": () => s3.send(new DeleteBucketCommand({ Bucket })),
        "make a bucket": () => s3.send(new CreateBucketCommand({ Bucket: fresh("mine") })),
        "list users": () => iam.send(new ListUsersCommand({})),
        "list its own keys": () => iam.send(new ListAccessKeysCommand({ UserName: outputs.userName })),
        "read its own policy": () => iam.send(new GetPolicyCommand({ PolicyArn: outputs.policyArn })),
      };
      for (const [what, request] of Object.entries(refused)) {
        expect(await answer(request()), what).to.equal("AccessDenied");
      }
      await owner.s3.send(new AbortMultipartUploadCommand({ Bucket: other, Key: "theirs", UploadId }));
    });

    it("is refused over plain HTTP, and the key of another stack is refused here", async () => {
      const Bucket = outputs.bucketName;
      const http = await clients(outputs, { plainHttp: true });
      expect(await answer(http.s3.send(new ListObjectsV2Command({ Bucket })))).to.equal("AccessDenied");
      expect(await answer(http.s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" })))).to.equal(
        "AccessDenied",
      );
      const neighbour = await clients(await tuned.outputs());
      expect(await answer(neighbour.s3.send(new ListObjectsV2Command({ Bucket })))).to.equal("AccessDenied");
    });

    it("is refused with a wrong secret, and no one has access without a key", async () => {
      const wrong = await clients({
        ...outputs,
        secretAccessKey: `${outputs.secretAccessKey.slice(0, -1)}x`,
      });
      expect(await answer(wrong.s3.send(new ListObjectsV2Command({ Bucket: outputs.bucketName })))).to.equal(
        "SignatureDoesNotMatch",
      );
      const { aws } = await environment();
      const { request } = await import("node:https");
      const status = await new Promise((resolve, reject) =>
        request(
          `${aws.endpoint}/${outputs.bucketName}/large/backup.tgz`,
          { ca: readFileSync(aws.caFile) },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        )
          .on("error", reject)
          .end(),
      );
      expect(status).to.equal(403);
    });
  });

  describe("afterwards", () => {
    it("changes nothing in a second up, and finds nothing changed in a refresh", async () => {
      await plain.up("--expect-no-changes");
      await plain.run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "plain");
      await tuned.up("--expect-no-changes", "--refresh");
    });
  });

  describe("a changed setting changes its resource and no other", () => {
    const cases: [config: Record<string, unknown>, plan: Record<string, string>][] = [
      [
        { versioning: false, noncurrentVersionDays: 60, protect: true },
        { "mlab-backups-versioning": "update", "mlab-backups-lifecycle": "update" },
      ],
      [
        { abortIncompleteUploadDays: 1, forceDestroy: true },
        { "mlab-backups-lifecycle": "update", "mlab-backups": "update" },
      ],
      [{ tags }, { "mlab-backups": "update", mLabUser: "update", mLabS3BackupsPolicy: "update" }],
    ];
    for (const [config, plan] of cases) {
      it(JSON.stringify(config), async () => {
        await plain.set(config);
        expect(await plain.plan()).to.deep.equal(plan);
      });
    }

    it("new names replace the policy, the group, the user and the key, and never touch the bucket", async () => {
      const before = await tuned.outputs();
      const renamed = {
        policyName: fresh("NewPolicy"),
        groupName: fresh("NewGroup"),
        userName: fresh("new-user"),
      };
      await tuned.set({ ...tunedConfig, ...renamed });
      const planned = await tuned.plan();
      for (const name of Object.keys(planned)) {
        expect(name).to.match(/^Velero2/);
      }
      for (const name of ["Group", "User", "S3BackupsPolicy", "AccessKey"]) {
        expect(planned).to.have.property(`Velero2${name}`, "replace");
      }
      await tuned.up();
      const after = await tuned.outputs();
      expect(after).to.include({
        userName: renamed.userName,
        groupName: renamed.groupName,
        bucketArn: before.bucketArn,
      });
      expect(await readConsumer(owner.iam, after)).to.deep.equal({
        ...expectedConsumer(after),
        userTags: tags,
        policyTags: tags,
      });
      const { s3 } = await clients(after);
      expect(await answer(s3.send(new ListObjectsV2Command({ Bucket: after.bucketName })))).to.equal(
        "allowed",
      );
      const old = await clients(before);
      expect(await answer(old.s3.send(new ListObjectsV2Command({ Bucket: before.bucketName })))).to.equal(
        "InvalidAccessKeyId",
      );
      const gone = [
        owner.iam.send(new GetPolicyCommand({ PolicyArn: before.policyArn })),
        owner.iam.send(new GetUserCommand({ UserName: before.userName })),
        owner.iam.send(new GetGroupCommand({ GroupName: before.groupName })),
      ];
      expect(await Promise.all(gone.map(answer))).to.deep.equal(Array(3).fill("NoSuchEntityException"));
    });

    it("on AWS too, and the way back", async () => {
      await plain.set({ versioning: false, tags });
      await plain.up();
      const expected = expectedBucket(outputs.bucketArn);
      expect(await readBucket(owner.s3, outputs.bucketName)).to.deep.equal({
        ...expected,
        versioning: "Suspended",
        tags,
      });
      expect(await plain.outputs()).to.deep.equal(outputs);
      await plain.set({});
      await plain.up();
      expect(await readBucket(owner.s3, outputs.bucketName)).to.deep.equal(expected);
      expect(await readConsumer(owner.iam, outputs)).to.deep.equal(expectedConsumer(outputs));
    });
  });

  describe("in the end", () => {
    it("stops a destroy at a bucket that holds backups, and leaves it as closed as it was", async () => {
      const { code, stdout } = await plain.tryDestroy();
      expect(code).to.not.equal(0);
      expect(stdout).to.contain("BucketNotEmpty");
      expect(await readBucket(owner.s3, outputs.bucketName)).to.deep.equal(expectedBucket(outputs.bucketArn));
      const { Contents } = await owner.s3.send(new ListObjectsV2Command({ Bucket: outputs.bucketName }));
      expect(Contents?.map(({ Key }) => Key)).to.include("large/backup.tgz");
    });

    it("leaves nothing after a destroy, not even of a bucket that is to be emptied or a key made by hand", async () => {
      await deleteVersions(owner.s3, outputs.bucketName);
      const tunedOutputs = await tuned.outputs();
      await Promise.all([plain.destroy(), tuned.destroy()]);
      expect([await plain.size(), await tuned.size()]).to.deep.equal([0, 0]);
      const { Buckets } = await owner.s3.send(new ListBucketsCommand({}));
      const { Users } = await owner.iam.send(new ListUsersCommand({}));
      const { Groups } = await owner.iam.send(new ListGroupsCommand({}));
      const { Policies } = await owner.iam.send(new ListPoliciesCommand({ Scope: "Local" }));
      const left = [
        ...(Buckets ?? []).map(({ Name }) => Name),
        ...(Users ?? []).map(({ UserName }) => UserName),
        ...(Groups ?? []).map(({ GroupName }) => GroupName),
        ...(Policies ?? []).map(({ PolicyName }) => PolicyName),
      ];
      // Other tests have stacks on the same local AWS.
      const ours = [...owned(outputs), ...owned(tunedOutputs)];
      expect(left.filter((name) => ours.includes(name ?? ""))).to.deep.equal([]);
      const used = owner.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: outputs.accessKeyId }));
      expect(await answer(used), "the key is gone too").to.not.equal("allowed");
    });
  });
});
