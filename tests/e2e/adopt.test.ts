import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  ListAccessKeysCommand,
  PutUserPermissionsBoundaryCommand,
  TagUserCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { adopt } from "../../commands/adopt/adoption";
import type { Step } from "../../commands/adopt/difference";
import { find } from "../../commands/adopt/inspect";
import { adoptableTypes } from "../../commands/adopt/resources";
import { Stack as CommandStack } from "../../commands/stack/stack";
import { backgroundTask } from "../support/background";
import { expectedBucket, readBucket } from "../support/bucket";
import { followTheGuide, freshNames, guide } from "../support/byHand";
import { clients, fresh, Stack } from "../support/environment";

/** What a preview would do: by type, the operation and the properties. */
const planned = (steps: readonly Step[]) =>
  steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn, diffReasons = [] }) => [urn.split("::")[2]?.split("$").at(-1), op, diffReasons])
    .sort();

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

const byHand = backgroundTask(async () => {
  const owner = await clients();
  const names = freshNames();
  const { bucket: Bucket } = names;
  const key = await followTheGuide(owner, names, guide(names));
  await owner.s3.send(new PutObjectCommand({ Bucket, Key: "backup", Body: "all our data" }));
  const service = await clients(key);
  const worked: string[] = [];
  const useKey = async (when: string) => {
    await service.s3.send(new PutObjectCommand({ Bucket, Key: "test-write", Body: when }));
    const { Body } = await service.s3.send(new GetObjectCommand({ Bucket, Key: "test-write" }));
    worked.push((await Body?.transformToString()) ?? "");
  };
  await useKey("before");

  const testStack = await new Stack("adopted").create();
  const place = await testStack.place();
  const stack = () => CommandStack.open("adopted", place);
  const said: string[] = [];
  const adopted = await adopt(stack(), names, { yes: true, say: (text) => said.push(text) });
  const imported = await stack().resources();
  const config = await stack().config();
  await useKey("adopted");

  // As an import leaves it that is interrupted half-way, by when the settings are written.
  const { deployment, ...rest } = JSON.parse(await testStack.run("stack", "export", "--stack", "adopted"));
  const late = /aws:iam\/(user|accessKey|policy):/;
  const resources = deployment.resources.filter(({ urn }: { urn: string }) => !late.test(urn));
  await testStack.importState(JSON.stringify({ ...rest, deployment: { ...deployment, resources } }));
  const left = await testStack.size();
  await adopt(stack(), names, { yes: true });
  const importedAgain = await stack().resources();

  const { steps } = JSON.parse(await testStack.run("preview", "--json", "--stack", "adopted"));
  let up: string | undefined;
  const update = testStack.up().then((printed) => {
    up = printed;
  });
  while (up === undefined) {
    await useKey("during the update");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await update;
  await useKey("after");
  const unchanged = await testStack.plan();
  const again = await failure(adopt(stack(), names, { yes: true }));

  const { AccessKeyMetadata = [] } = await owner.iam.send(
    new ListAccessKeysCommand({ UserName: names.user }),
  );
  const { Body } = await owner.s3.send(new GetObjectCommand({ Bucket, Key: "backup" }));
  return {
    ...{
      names,
      key,
      worked,
      said,
      adopted,
      imported,
      config,
      left,
      importedAgain,
      steps,
      up,
      unchanged,
      again,
    },
    outputs: await testStack.outputs(),
    bucket: await readBucket(owner.s3, Bucket),
    keys: AccessKeyMetadata.map(({ AccessKeyId, Status }) => ({ AccessKeyId, Status })),
    object: await Body?.transformToString(),
  };
});

const kmsKey = "arn:aws:kms:us-east-1:000000000000:key/11112222-3333-4444-5555-666677778888";
const boundary = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

/** An old bucket, with all that can differ. */
const different = backgroundTask(async () => {
  const owner = await clients();
  const { s3, iam } = owner;
  const names = freshNames();
  const { bucket: Bucket, user: UserName } = names;
  const arn = `arn:aws:s3:::${Bucket}`;
  const [list, objects] = guide(names).Statement;
  const actions = [...(objects?.Action.slice(0, 5) ?? []), "s3:GetObjectVersion", "s3:DeleteObjectVersion"];
  const document = { Version: "2012-10-17", Statement: [list, { ...objects, Action: actions }] };
  await followTheGuide(owner, names, document);
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  const open = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${arn}/*` };
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [open] }),
    }),
  );
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }));
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [{ ID: "old", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 400 } }],
      },
    }),
  );
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "team", Value: "db" }] } }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: kmsKey },
            BucketKeyEnabled: true,
          },
        ],
      },
    }),
  );
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: boundary }));
  await iam.send(new TagUserCommand({ UserName, Tags: [{ Key: "team", Value: "ops" }] }));
  const others = fresh("Others");
  const colleague = fresh("colleague");
  const policy = await iam.send(
    new CreatePolicyCommand({ PolicyName: others, PolicyDocument: JSON.stringify(document) }),
  );
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: policy.Policy?.Arn }));
  await iam.send(new CreateGroupCommand({ GroupName: others }));
  await iam.send(new AddUserToGroupCommand({ UserName, GroupName: others }));
  await iam.send(new CreateUserCommand({ UserName: colleague }));
  await iam.send(new AddUserToGroupCommand({ UserName: colleague, GroupName: names.group }));
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: "Correct-Horse-4711" }));

  const testStack = await new Stack("different").create({ tags: { team: "db" } });
  const place = await testStack.place();
  const stack = () => CommandStack.open("different", place);
  const before = await stack().config();
  const said: string[] = [];
  const { adopted } = await adopt(stack(), names, { dryRun: true, say: (text) => said.push(text) });
  return {
    ...{ names, others, colleague, said, adopted },
    settings: [before, await stack().config()],
    size: await testStack.size(),
  };
});

describe("npm run adopt on a real engine", function () {
  this.timeout(1_800_000);

  it("announces what an update will change, and leaves the rest as it is", async () => {
    const { said, names, key } = await byHand();
    const { bucket, policy, group, user } = names;
    expect(said).to.have.length(1);
    expect(
      said[0]?.replace(/key (\w+) was last used at \S+ for s3 in us-east-1\./, "key $1, in use."),
    ).to.equal(`The stack adopted will manage the bucket ${bucket}, the policy ${policy}, the group ${group} and the user ${user}.
Its access key ${key.accessKeyId}, in use. It stays in use. AWS shows a secret only once, so the stack has none until the first rotation (npm run rotate -- --stack adopted).

New settings of the stack:
  bucketName = ${bucket}
  userName = ${user}
  groupName = ${group}
  policyName = ${policy}

What the next npx pulumi up will do:
  bucket                            unchanged
  bucket's object ownership         will be changed: rule.objectOwnership from "BucketOwnerEnforced" to "BucketOwnerPreferred"
      ACLs are on: the key can read and write the ACLs of its objects, as its policy allows.
  bucket's public access block      unchanged
  bucket's policy                   will be created
      Requests over plain HTTP are refused, from everyone.
  bucket's versioning               will be created
      Versioning is on: an overwritten or deleted object is kept as an old version, and costs as before. You can suspend versioning later, but never turn it off.
  bucket's encryption               will be changed: rules[0].blockedEncryptionTypes from none to "SSE-C"
      Applies to new uploads, and blocks uploads with a client's own key (SSE-C). Existing objects are unchanged and readable.
  bucket's lifecycle                will be created
      S3 deletes old versions after 30 days and the parts of unfinished uploads after 7, including existing ones. Other rules are removed.
  policy                            unchanged
  group                             unchanged
  policy's attachment to the group  unchanged
  user                              unchanged in AWS
      npx pulumi destroy will delete it even if it has a console password, MFA devices or other access keys (forceDestroy).
  user's membership in the group    unchanged
  access key                        unchanged
`);
  });

  it("announces exactly what the first preview then shows", async () => {
    const { adopted, steps } = await byHand();
    const ops = { stay: "same", "be changed": "update", "be created": "create" };
    expect(planned(steps)).to.deep.equal(
      adopted.changes
        .filter(({ will }) => will !== "stay")
        .map(({ type, will, properties }) => [type, ops[will], properties])
        .sort(),
    );
    // The settings ask for no access logs.
    expect(adopted.changes.map(({ type }) => type)).to.deep.equal(
      adoptableTypes.filter((type) => type !== "aws:s3/bucketLogging:BucketLogging"),
    );
  });

  it("imports each into the stack, and resumes after an interruption", async () => {
    const { imported, left, importedAgain, config, names } = await byHand();
    const urns = (resources: typeof imported) => resources.map(({ urn }) => urn).sort();
    expect(left).to.equal(imported.length - 3);
    expect(urns(importedAgain)).to.deep.equal(urns(imported));
    expect(config).to.include({
      "s3-backup-target:bucketName": names.bucket,
      "s3-backup-target:userName": names.user,
      "s3-backup-target:groupName": names.group,
      "s3-backup-target:policyName": names.policy,
    });
  });

  it("loses nothing: not the object, not the key, which works at any time", async () => {
    const { worked, object, keys, key, up, outputs } = await byHand();
    expect(worked.filter((when) => when !== "during the update")).to.deep.equal([
      "before",
      "adopted",
      "after",
    ]);
    expect(worked.length).to.be.greaterThan(10);
    expect(object).to.equal("all our data");
    expect(keys).to.deep.equal([{ AccessKeyId: key.accessKeyId, Status: "Active" }]);
    expect(up).to.not.match(/replac|delet|warning/);
    expect(up).to.match(/ {4}\+ 3 created\n {4}~ 3 updated\n/);
    expect(outputs).to.include({ accessKeyId: key.accessKeyId, secretAccessKey: "" });
  });

  it("ends in a stack like any other", async () => {
    const { unchanged, bucket, outputs, again, names } = await byHand();
    expect(unchanged).to.deep.equal({});
    expect(bucket).to.deep.equal(expectedBucket(outputs.bucketArn));
    expect(again).to.equal(
      `The stack adopted already has something deployed (its bucket is ${names.bucket}).\nUse a new stack: npx pulumi stack init NAME`,
    );
  });

  it("shows all that differs in an old bucket, and whatever else the key opens", async () => {
    const { said, names, others, colleague } = await different();
    const arn = `arn:aws:s3:::${names.bucket}`;
    expect(said[0]?.slice(said[0].indexOf("What the next"))).to.equal(`What the next npx pulumi up will do:
  bucket                            unchanged
  bucket's object ownership         will be created
      ACLs are on: the key can read and write the ACLs of its objects, as its policy allows.
  bucket's public access block      will be created
      !! PUBLIC ACCESS TO THIS BUCKET WILL BE BLOCKED. If a website, or anyone without a key, reads from it, do not adopt it.
  bucket's policy                   will be changed
      no longer: Allow s3:GetObject on ${arn}/* to "*"
      newly: Deny s3:* on ${arn} to "*" if {"Bool":{"aws:SecureTransport":"false"}}
      newly: Deny s3:* on ${arn}/* to "*" if {"Bool":{"aws:SecureTransport":"false"}}
      Requests over plain HTTP are refused, from everyone.
  bucket's versioning               will be changed: versioningConfiguration.status from "Suspended" to "Enabled"
      Versioning is on: an overwritten or deleted object is kept as an old version, and costs as before. You can suspend versioning later, but never turn it off.
  bucket's encryption               will be changed
      rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId from "${kmsKey}" to none
      rules[0].applyServerSideEncryptionByDefault.sseAlgorithm from "aws:kms" to "AES256"
      rules[0].bucketKeyEnabled from true to none
      rules[0].blockedEncryptionTypes from none to "SSE-C"
      Applies to new uploads, and blocks uploads with a client's own key (SSE-C). Existing objects are unchanged and readable.
      To keep what exists, first: npx pulumi config set encryption sse-kms, and npx pulumi config set kmsKeyArn ${kmsKey}
  bucket's lifecycle                will be changed
      no longer: the rule old (expiration.days 400)
      newly: the rule abort-incomplete-uploads (abortIncompleteMultipartUpload.daysAfterInitiation 7)
      newly: the rule expire-noncurrent-versions (expiration.expiredObjectDeleteMarker true, noncurrentVersionExpiration.noncurrentDays 30)
      S3 deletes old versions after 30 days and the parts of unfinished uploads after 7, including existing ones. Other rules are removed.
  policy                            will be changed
      no longer: Allow s3:GetObjectVersion on ${arn}/*
      no longer: Allow s3:DeleteObjectVersion on ${arn}/*
      newly: Allow s3:DeleteObjectAcl on ${arn}/*
      tags.team from none to "db"
      From then on, this is all that the policy allows, for everyone who has it.
  group                             unchanged
  policy's attachment to the group  unchanged
  user                              will be changed
      permissionsBoundary from "${boundary}" to none
      tags.team from "ops" to "db"
      npx pulumi destroy will delete it even if it has a console password, MFA devices or other access keys (forceDestroy).
      To keep what exists, first: npx pulumi config set permissionsBoundary ${boundary}
      To keep what exists, first: npx pulumi config set --path tags.NAME VALUE, for each tag
  user's membership in the group    unchanged
  access key                        unchanged

Unchanged, but you should know:
  Other policies of the user, which give the key more access: ${others}
  Other groups of the user, which give the key more access: ${others}
  Other members of the group, who have the same access as the key: ${colleague}
  The user's password for the AWS console: ${names.user}
`);
  });

  it("writes nothing in a dry run", async () => {
    const { adopted, settings, size } = await different();
    expect([adopted, size]).to.deep.equal([false, 0]);
    expect(settings[1]).to.deep.equal(settings[0]);
  });

  it("names each that is not there, and a bucket's other region", async () => {
    const owner = await clients();
    const names = { bucket: fresh("none"), user: "nobody", group: "nogroup", policy: "nothing" };
    expect(await failure(find(owner, names, "us-east-1"))).to.equal(
      `This AWS account has no bucket ${names.bucket}; to list them: aws s3 ls
This AWS account has no user nobody; to list them: aws iam list-users
This AWS account has no group nogroup; to list them: aws iam list-groups
This AWS account has no policy nothing; to list them: aws iam list-policies --scope Local`,
    );
    const far = freshNames();
    await followTheGuide(owner, { ...far, bucket: fresh("near") }, guide(far));
    await owner.s3.send(
      new CreateBucketCommand({
        Bucket: far.bucket,
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      }),
    );
    const elsewhere = `The bucket ${far.bucket} is in eu-west-1, but the stack deploys to`;
    const remedy = "Set its region: npx pulumi config set aws:region eu-west-1";
    expect(await failure(find(owner, far, "us-east-1"))).to.equal(`${elsewhere} us-east-1. ${remedy}`);
    expect(await failure(find(owner, far, undefined))).to.equal(`${elsewhere} no region yet. ${remedy}`);
  });
});
