import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { partition } from "@aws-sdk/util-endpoints";
import { expect } from "chai";
import fc from "fast-check";
import {
  accountRegionalSuffix,
  checkBucketName,
  checkConsumer,
  checkExistingBucketName,
  checkGroupName,
  checkKeyArn,
  checkPolicyName,
  checkUserName,
  tooLongWith,
} from "../../components/naming";
import { domainOf, partitionOf, partitions } from "../../components/partitions";
import { bucketNames, isForNewBucket, isOfExistingBucket } from "../support/bucketNames";

interface SdkPartition {
  readonly id: string;
  readonly regionRegex: string;
  readonly outputs: { readonly dnsSuffix: string };
  readonly regions: Readonly<Record<string, unknown>>;
}

/** The SDK's own file: its package exports what reads it, and not the file. */
const sdk: { readonly partitions: readonly SdkPartition[] } = JSON.parse(
  readFileSync(join(dirname(require.resolve("@aws-sdk/util-endpoints")), "lib/aws/partitions.json"), "utf8"),
);
const sdkRegions: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  sdk.partitions.map(({ id, regions }) => [
    id,
    Object.keys(regions).filter((name) => !name.endsWith("-global")),
  ]),
);

const rulesBroken = (findings: { rule: string }[]) => findings.map(({ rule }) => rule);

describe("bucket names", () => {
  const good = [
    "abc",
    "a-b",
    "0a0",
    "youraccountname-mlab-backups",
    "a--b",
    "xn-a",
    "sthre-e",
    "a".repeat(63),
  ];
  for (const name of good) {
    it(`takes ${JSON.stringify(name)}`, () => {
      expect(checkBucketName(name)).to.deep.equal([]);
    });
  }

  const bad: [name: string, rule: RegExp, fix: string][] = [
    ["", /3 to 63/, "my-db-backups"],
    ["ab", /3 to 63/, "my-db-backups"],
    ["a".repeat(64), /3 to 63/, "a".repeat(63)],
    ["my_backups", /lowercase letters/, "my-backups"],
    ["MyBackups", /lowercase letters/, "mybackups"],
    ["my backups", /lowercase letters/, "my-backups"],
    ["bäckups", /lowercase letters/, "b-ckups"],
    ["backups\n", /lowercase letters/, "backups"],
    ["-backups", /start and end/, "backups"],
    ["backups-", /start and end/, "backups"],
    [".backups", /start and end/, "backups"],
    ["backups.", /start and end/, "backups"],
    ["my.backups", /periods/, "my-backups"],
    ["my..backups", /periods/, "my-backups"],
    ["192.168.5.4", /periods/, "my-db-backups"],
    ["xn--backups", /start with/, "backups"],
    ["sthree-backups", /start with/, "backups"],
    ["sthree-configurator", /start with/, "configurator"],
    ["amzn-s3-demo-bucket", /start with/, "bucket"],
    ["backups-s3alias", /end with/, "backups"],
    ["backups--ol-s3", /end with/, "backups"],
    ["backups.mrap", /end with/, "backups"],
    ["backups--x-s3", /end with/, "backups"],
    ["backups--table-s3", /end with/, "backups"],
  ];
  for (const [name, rule, fix] of bad) {
    it(`refuses ${JSON.stringify(name)} and suggests ${fix}`, () => {
      const findings = checkBucketName(name);
      expect(rulesBroken(findings).join("\n")).to.match(rule);
      for (const finding of findings) {
        expect(finding.fix?.split("; ")[0]).to.equal(`for example "${fix}"`);
      }
    });
  }

  it("leads to the account-regional namespace from a name in it", () => {
    expect(checkBucketName("backups-111122223333-eu-west-1-an")).to.deep.equal([
      {
        rule: "must not end with -an: S3 accepts such names only in the account-regional namespace, as NAME-ACCOUNT-REGION-an",
        fix: 'for example "backups", with which bucketNamespace account-regional adds the rest; if the bucket already exists, set adoptedBucket to true',
      },
    ]);
  });

  const beside = { bucketNamespace: "account-regional" };
  it("leaves room for the suffix of the account-regional namespace", () => {
    const longest = "b".repeat(37);
    expect((longest + accountRegionalSuffix("111122223333", "us-east-1")).length).to.equal(63);
    expect(checkBucketName(longest, beside)).to.deep.equal([]);
    expect(checkBucketName(`${longest}b`, { bucketNamespace: "global" })).to.deep.equal([]);
    expect(checkBucketName(`${longest}b`, beside)).to.deep.equal([
      {
        rule: "must have at most 37 characters: in the account-regional namespace the program adds -ACCOUNT-REGION-an to the name",
        fix: `for example "${longest}"`,
      },
    ]);
  });

  it("takes the name without the suffix there, and no other that S3 refuses", () => {
    expect(checkBucketName("backups-111122223333-eu-west-1-an", beside)).to.deep.equal([
      {
        rule: "must not end with -an: in the account-regional namespace the program adds -ACCOUNT-REGION-an to the name",
        fix: 'for example "backups"',
      },
    ]);
    expect(rulesBroken(checkBucketName("My.Backups", beside))).to.have.length(2);
  });

  it("say what is left in a region whose code is longer", () => {
    const suffix = accountRegionalSuffix("111122223333", "ap-southeast-1");
    expect(tooLongWith(suffix, "b".repeat(32))).to.deep.equal([]);
    expect(tooLongWith(suffix, "b".repeat(33))).to.deep.equal([
      {
        name: "bucketName",
        value: "b".repeat(33),
        rule: "with -111122223333-ap-southeast-1-an it has 64 characters, and S3 allows 63",
        fix: "use at most 32 characters",
      },
    ]);
  });

  it("refuses what is no text", () => {
    for (const value of [12, true, null, {}, ["abc"]]) {
      expect(checkBucketName(value)[0]?.rule).to.match(/^must be a string/);
    }
  });

  it("decides like an oracle written from AWS's text, and suggests nothing that it would refuse", () => {
    fc.assert(
      fc.property(bucketNames, (name) => {
        const findings = checkBucketName(name);
        expect(findings.length === 0, name).to.equal(isForNewBucket(name));
        for (const { fix } of findings) {
          const [, suggestion] = /^for example ("[^"]*")/s.exec(fix ?? "") ?? [];
          expect(isForNewBucket(JSON.parse(suggestion ?? '""')), fix).to.equal(true);
        }
        expect(checkExistingBucketName(name).length === 0, name).to.equal(isOfExistingBucket(name));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("IAM names", () => {
  const kinds = [
    { noun: "user", check: checkUserName, maximum: 64 },
    { noun: "group", check: checkGroupName, maximum: 128 },
    { noun: "policy", check: checkPolicyName, maximum: 128 },
  ];
  for (const { noun, check, maximum } of kinds) {
    it(`takes every character that IAM takes in the name of a ${noun}, up to ${maximum} of them`, () => {
      expect(check("AZaz09+=,.@_-")).to.deep.equal([]);
      expect(check("u".repeat(maximum))).to.deep.equal([]);
      expect(rulesBroken(check("u".repeat(maximum + 1)))).to.deep.equal([
        `must have 1 to ${maximum} characters`,
      ]);
      expect(check("")).to.deep.equal([
        {
          rule: `must have 1 to ${maximum} characters`,
          fix: `for example "backup-${noun}"`,
        },
      ]);
      expect(check("back ups/é")).to.deep.equal([
        {
          rule: `must contain only letters, digits and +=,.@_-`,
          fix: 'for example "back-ups-"',
        },
      ]);
    });

    it(`refuses every other ASCII character in the name of a ${noun}`, () => {
      for (let code = 0; code < 128; code++) {
        const character = String.fromCharCode(code);
        const taken = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-".includes(
          character,
        );
        expect(check(`a${character}b`).length === 0, JSON.stringify(character)).to.equal(taken);
      }
    });
  }
});

describe("ARNs of KMS keys", () => {
  const key = (partition: string, region: string) =>
    `arn:${partition}:kms:${region}:111122223333:key/1234abcd`;

  it("name a region of their own partition, where it is known", () => {
    for (const [id, regions] of Object.entries(sdkRegions)) {
      for (const region of regions) {
        expect(checkKeyArn(key(id, region)), region).to.deep.equal([]);
        const other = id === "aws" ? "aws-cn" : "aws";
        expect(rulesBroken(checkKeyArn(key(other, region)))).to.deep.equal([
          "the region of the key must be in the partition that the ARN starts with",
        ]);
      }
    }
    expect(checkKeyArn(key("aws", "xx-new-1"))).to.deep.equal([]);
  });
});

describe("partitions", () => {
  it("are those of the AWS SDK, with its regions and domains", () => {
    expect(partitions.map(({ id, regions, domain }) => [id, regions.source, domain])).to.deep.equal(
      sdk.partitions.map(({ id, regionRegex, outputs }) => [
        id,
        regionRegex.replaceAll("\\-", "-"),
        outputs.dnsSuffix,
      ]),
    );
    for (const [id, regions] of Object.entries(sdkRegions)) {
      for (const region of regions) {
        expect(partitionOf(region)?.id, region).to.equal(id);
        expect(domainOf(region), region).to.equal(partition(region).dnsSuffix);
      }
    }
    expect(partitionOf("xx-new-1")).to.equal(undefined);
    expect(domainOf("xx-new-1")).to.equal(partition("xx-new-1").dnsSuffix);
  });
});

describe("consumers' names", () => {
  for (const name of ["mLab", "restic", "Velero2", "a", "pg-backrest", "x".repeat(47)]) {
    it(`takes ${JSON.stringify(name)}`, () => {
      expect(checkConsumer(name)).to.deep.equal([]);
    });
  }
  for (const name of [
    "",
    "my_tool",
    "my.tool",
    "-tool",
    "my tool",
    "xn--tool",
    "sthree-tool",
    "x".repeat(48),
    "é",
  ]) {
    it(`refuses ${JSON.stringify(name)} and suggests a name that it takes`, () => {
      const [finding, ...more] = checkConsumer(name);
      expect(more).to.deep.equal([]);
      const [, suggestion] = /^for example (".*")$/.exec(finding?.fix ?? "") ?? [];
      expect(checkConsumer(JSON.parse(suggestion ?? '""'))).to.deep.equal([]);
    });
  }
});
