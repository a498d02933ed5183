import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { backgroundTask } from "../support/background";
import { clients, fresh, type Outputs, Stack } from "../support/environment";

const folder = "year=2026/a+b c";

/** Settings as Pulumi's CLI writes them, for a bucket of a name that S3 would not give today. */
const typed = backgroundTask(async () => {
  const { s3 } = await clients();
  const bucket = fresh("what.people-type");
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const stack = await new Stack("typed").create({ existingBucket: bucket, access: "read-write" });
  const set = (...args: string[]) => stack.run("config", "set", "--stack", stack.name, ...args);
  await set("--path", "tags.costCenter", "42");
  await set("--path", "tags.managed", "true");
  await set("--path", "tags.version", "--type", "string", "--", "+1.50");
  await set("--path", "consumers.db2.access", "Restic");
  await set("--path", "consumers.db2.prefix", folder);
  await set("extraActions", "GetBucketVersioning, s3:getobjecttagging");
  await set("allowedIpRanges", "0.0.0.0/1,128.0.0.0/1");
  const said = await stack.up();
  const plan = await stack.plan();
  const { consumers, bucketName } = (await stack.outputs()) as Outputs & {
    readonly consumers: { readonly db2: Outputs };
  };
  const { s3: asDb2 } = await clients(consumers.db2);
  const at = { Bucket: bucketName, Key: `${folder}/x y` };
  await asDb2.send(new PutObjectCommand({ ...at, Body: "x" }));
  const { Body } = await asDb2.send(new GetObjectCommand(at));
  const { Contents = [] } = await asDb2.send(
    new ListObjectsV2Command({ Bucket: bucketName, Prefix: `${folder}/` }),
  );
  const beside = await asDb2.send(new PutObjectCommand({ ...at, Key: "year=2026/a+b", Body: "a" })).then(
    () => "allowed",
    (error: Error) => error.name,
  );
  const tags = JSON.parse(
    await stack.run("stack", "export", "--stack", stack.name),
  ).deployment.resources.find(({ type }: { type: string }) => type === "aws:iam/user:User").inputs.tags;
  await stack.destroy();
  return { bucket, said, plan, read: await Body?.transformToString(), Contents, beside, tags };
});

describe("what people type, on a real engine", function () {
  this.timeout(1_800_000);

  it("is taken as it is meant, and deployed", async () => {
    const { plan, tags, read, Contents, beside } = await typed();
    expect(plan).to.deep.equal({});
    expect(tags).to.deep.equal({ costCenter: "42", managed: "true", version: "+1.50" });
    expect(read).to.equal("x");
    expect(Contents.map(({ Key }) => Key)).to.deep.equal([`${folder}/x y`]);
    expect(beside).to.equal("AccessDenied");
  });

  it("is warned of by an update, with what a person has to know", async () => {
    const { said, bucket } = await typed();
    const warnings = [...said.matchAll(/^ +warning: (.*)$/gm)].map(([, text]) => text?.trim());
    expect(warnings).to.have.members([
      `The name of the bucket ${bucket} contains periods: clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it. Plain HTTP is refused. Configure your client for path-style addressing.`,
      `mLab (the whole bucket) can read, overwrite and delete the backups of db2 (${folder}/). Unless you want that, for example for restores, give each its own prefix.`,
      "extraActions of mLab: with s3:GetBucketVersioning, anyone who has the key sees that the bucket is versioned, and WAL-G, clickhouse-backup and similar tools then delete old versions for good, or fail if they may not. Remove it if you can.",
      "allowedIpRanges of mLab: together the ranges are the whole internet (IPv4), so they limit nothing. Remove the setting, or use narrower ranges.",
    ]);
  });
});
