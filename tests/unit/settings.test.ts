import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parseSettings, settings } from "../../components/settings";

function refusal(texts: Record<string, string>): string {
  try {
    parseSettings(texts);
  } catch (error) {
    expect(pulumi.RunError.isInstance(error), "Pulumi prints it without a stack").to.equal(true);
    return (error as Error).message;
  }
  return "nothing was thrown";
}

const brief = (text: string) => (text.length > 150 ? `${text.slice(0, 150)}…` : text);

describe("settings", () => {
  it("need not be there at all", () => {
    expect(parseSettings({})).to.deep.equal({ consumer: "mLab", args: {} });
  });

  it("reach the target, each with its type", () => {
    const texts = {
      consumer: "restic",
      access: "restic",
      prefix: "db1",
      allowedIpRanges: '["3.5.140.7/32","2600:1f00::/24"]',
      extraActions: '["s3:GetObjectTagging"]',
      permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
      keyGeneration: "3",
      previousKey: "inactive",
      maxKeyAgeDays: "30",
      path: "/backups/",
      consumers: '{"db2":{"access":"rclone","prefix":"db2"}}',
      bucketName: "my-db-backups",
      adoptedBucket: "false",
      policyName: "p",
      groupName: "g",
      userName: "u",
      versioning: "true",
      noncurrentVersionDays: "90",
      abortIncompleteUploadDays: "3",
      encryption: "sse-kms",
      kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      objectLock: '{"mode":"governance","days":30}',
      protect: "true",
      forceDestroy: "true",
      tags: '{"team":"databases"}',
    };
    expect([...Object.keys(texts), "existingBucket"]).to.have.members(Object.keys(settings));
    expect(parseSettings({ existingBucket: "theirs" }).args).to.deep.equal({ existingBucket: "theirs" });
    expect(parseSettings(texts)).to.deep.equal({
      consumer: "restic",
      args: {
        access: "restic",
        prefix: "db1",
        allowedIpRanges: ["3.5.140.7/32", "2600:1f00::/24"],
        extraActions: ["s3:GetObjectTagging"],
        permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
        keyGeneration: 3,
        previousKey: "inactive",
        maxKeyAgeDays: 30,
        path: "/backups/",
        consumers: { db2: { access: "rclone", prefix: "db2" } },
        bucketName: "my-db-backups",
        adoptedBucket: false,
        policyName: "p",
        groupName: "g",
        userName: "u",
        versioning: true,
        noncurrentVersionDays: 90,
        abortIncompleteUploadDays: 3,
        encryption: "sse-kms",
        kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        objectLock: { mode: "governance", days: 30 },
        protect: true,
        forceDestroy: true,
        tags: { team: "databases" },
      },
    });
  });

  const wrong: [name: string, text: string, line: string][] = [
    [
      "consumer",
      "my_tool",
      'consumer = "my_tool": a consumer\'s name holds only letters, digits and hyphens and starts with a letter or a digit, because the bucket\'s name derives from it; write for example "mytool".',
    ],
    [
      "bucketName",
      "My_Backups",
      'bucketName = "My_Backups": a bucket name holds only lower-case letters, digits and hyphens (no underscore, no upper case); write for example "my-backups".',
    ],
    [
      "policyName",
      "a b",
      'policyName = "a b": the name of an IAM policy holds only letters, digits and +=,.@_-; write for example "a-b".',
    ],
    [
      "groupName",
      "a/b",
      'groupName = "a/b": the name of an IAM group holds only letters, digits and +=,.@_-; write for example "a-b".',
    ],
    [
      "userName",
      "",
      'userName = "": the name of an IAM user has 1 to 64 characters; write for example "backup-user".',
    ],
    [
      "keyGeneration",
      "0",
      "keyGeneration = 0: it is a whole number from 1 to 9007199254740991; write 1 for the first key, and 1 more for each that takes its place.",
    ],
    [
      "keyGeneration",
      "9007199254740992",
      "keyGeneration = 9007199254740992: it is a whole number from 1 to 9007199254740991; write 1 for the first key, and 1 more for each that takes its place.",
    ],
    [
      "keyGeneration",
      "two",
      'keyGeneration = "two": it is a whole number from 1 to 9007199254740991; write 1 for the first key, and 1 more for each that takes its place.',
    ],
    [
      "previousKey",
      "old",
      'previousKey = "old": it is one of none, active, inactive; write none or active or inactive.',
    ],
    [
      "maxKeyAgeDays",
      "0",
      "maxKeyAgeDays = 0: it is a whole number of days from 1 to 2147483647; write a number such as 30.",
    ],
    ["versioning", "on/off", 'versioning = "on/off": it is either true or false; write true or false.'],
    ["protect", "Truth", 'protect = "Truth": it is either true or false; write true or false.'],
    ["forceDestroy", "1", 'forceDestroy = "1": it is either true or false; write true or false.'],
    [
      "noncurrentVersionDays",
      "0",
      "noncurrentVersionDays = 0: it is a whole number of days from 1 to 2147483647; write a number such as 30.",
    ],
    [
      "noncurrentVersionDays",
      "99999999999",
      "noncurrentVersionDays = 99999999999: it is a whole number of days from 1 to 2147483647; write a number such as 30.",
    ],
    [
      "abortIncompleteUploadDays",
      "a week",
      'abortIncompleteUploadDays = "a week": it is a whole number of days from 1 to 2147483647; write a number such as 30.',
    ],
    [
      "abortIncompleteUploadDays",
      "7.5",
      'abortIncompleteUploadDays = "7.5": it is a whole number of days from 1 to 2147483647; write a number such as 30.',
    ],
    [
      "access",
      "rstic",
      'access = "rstic": it is one of the 60 access profiles in docs/access-profiles.md; write "restic" or "rustic".',
    ],
    [
      "prefix",
      "db*",
      'prefix = "db*": a prefix must not have *, ? or $ before {, because IAM takes them for wildcards and variables; write for example "db".',
    ],
    [
      "prefix",
      "/db1",
      'prefix = "/db1": a prefix starts with no slash, and no two slashes stand side by side: S3 takes each for a part of the name; write for example "db1".',
    ],
    [
      "prefix",
      "",
      'prefix = "": a prefix has 1 to 512 characters (leave it out for the whole bucket); write for example "db1".',
    ],
    [
      "allowedIpRanges",
      '{"0":"3.5.140.7/32"}',
      'allowedIpRanges = {"0":"3.5.140.7/32"}: it is a list of at least one IP range; write ["3.5.140.0/22"], or leave it out.',
    ],
    [
      "allowedIpRanges",
      '["3.0.0.0/8","2600::1/129"]',
      'allowedIpRanges = "2600::1/129": an IP range is an address, a slash and the number of its fixed bits; write for example "2600::1/128".',
    ],
    [
      "allowedIpRanges",
      '["fe80::1%eth0/64"]',
      'allowedIpRanges = "fe80::1%eth0/64": an IP range is an address, a slash and the number of its fixed bits; write for example "fe80::1/128".',
    ],
    [
      "allowedIpRanges",
      '["example.com/24"]',
      'allowedIpRanges = "example.com/24": an IP range is an address, a slash and the number of its fixed bits; write for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
    [
      "allowedIpRanges",
      '["0.0.0.0/0"]',
      'allowedIpRanges = "0.0.0.0/0": this range is the whole internet; leave the setting out.',
    ],
    [
      "allowedIpRanges",
      "[]",
      'allowedIpRanges = []: it is a list of at least one IP range; write ["3.5.140.0/22"], or leave it out.',
    ],
    [
      "extraActions",
      '["s3:GetObjectTaging"]',
      'extraActions = "s3:GetObjectTaging": IAM\'s reference knows no such action on a bucket or its objects; did you mean s3:GetObjectTagging?',
    ],
    [
      "extraActions",
      '["s3:*"]',
      'extraActions = "s3:*": an action must be named in full, and this one would grant 107 actions, s3:DeleteBucket among them; write those that your tool needs.',
    ],
    [
      "extraActions",
      '["iam:CreateUser"]',
      'extraActions = "iam:CreateUser": the key is for S3 alone; write for example s3:GetObjectTagging.',
    ],
    [
      "extraActions",
      '["s3:GetAccountPublicAccessBlock"]',
      'extraActions = "s3:GetAccountPublicAccessBlock": IAM grants s3:GetAccountPublicAccessBlock for the whole account only; leave it out: the key is for one bucket.',
    ],
    ...['["s3:GetObjectTagging"]', '{"toString":1}', "null"].map((action): [string, string, string] => [
      "extraActions",
      `[${action}]`,
      `extraActions = ${action}: must be a string; write a string.`,
    ]),
    ...[
      "boundary",
      "arn:aws:iam::111122223333:policy/a*",
      "arn:aws:iam::111122223333:policy/a/",
      `arn:aws:iam::111122223333:policy/${"b".repeat(129)}`,
      "arn:x:iam::111122223333:policy/boundary",
    ].map((arn): [string, string, string] => [
      "permissionsBoundary",
      arn,
      `permissionsBoundary = "${arn}": it is the ARN of a managed policy; write for example "arn:aws:iam::111122223333:policy/boundary".`,
    ]),
    ...["backups", "//", "/a*b/", "/a//b/", "/~/", `/${"p".repeat(511)}/`].map(
      (path): [string, string, string] => [
        "path",
        path,
        `path = "${path}": an IAM path has at most 512 characters and starts and ends with a slash, and letters, digits and +=,.@_- stand between, with single slashes; write for example "/backups/".`,
      ],
    ),
    ["encryption", "kms", 'encryption = "kms": it is one of sse-s3, sse-kms; write sse-s3 or sse-kms.'],
    ...[
      "alias/backups",
      "arn:x:kms:eu-central-1:111122223333:key/1234abcd",
      "arn:aws:kms:nowhere:111122223333:key/1234abcd",
      `arn:aws:kms:eu-central-1:111122223333:key/${"k".repeat(37)}`,
    ].map((arn): [string, string, string] => [
      "kmsKeyArn",
      arn,
      `kmsKeyArn = "${arn}": it is the ARN of a KMS key, and not of an alias; write for example "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".`,
    ]),
    ...[
      `{"mode":"strict","days":1}`,
      `{"mode":"governance"}`,
      `{"mode":"governance","days":36501}`,
      `[]`,
    ].map((text): [string, string, string] => [
      "objectLock",
      text,
      `objectLock = ${text}: it has a mode, governance or compliance, and a whole number of days from 1 to 36500; write {"mode": "governance", "days": 30}.`,
    ]),
    [
      "existingBucket",
      "theirs/db1",
      'existingBucket = "theirs/db1": the name of a bucket has 3 to 255 letters, digits, hyphens, periods and underscores; write the name as "aws s3 ls" lists it.',
    ],
    [
      "consumers",
      '{"my_db":{}}',
      'consumers.my_db = "my_db": a consumer\'s name holds only letters, digits and hyphens and starts with a letter or a digit, because the bucket\'s name derives from it; write for example "mydb".',
    ],
    [
      "consumers",
      '{"db2":{"acces":"restic"}}',
      "consumers.db2.acces: a consumer has no such setting; did you mean access?",
    ],
    [
      "consumers",
      '{"db2":{"secretAccessKey":"hunter2"}}',
      "consumers.db2.secretAccessKey: a consumer has no such setting; leave it out.",
    ],
    ...["constructor", "toString", "__proto__"].map((name): [string, string, string] => [
      "consumers",
      `{"db2":{"${name}":{"access":"restic"}}}`,
      `consumers.db2.${name}: a consumer has no such setting; leave it out.`,
    ]),
    [
      "consumers",
      '{"db2":{"prefix":"db2/*"}}',
      'consumers.db2.prefix = "db2/*": a prefix must not have *, ? or $ before {, because IAM takes them for wildcards and variables; write for example "db2".',
    ],
    [
      "consumers",
      '{"db2":"restic"}',
      'consumers.db2 = "restic": a consumer is a map of its settings; write {"access": "restic"}.',
    ],
    [
      "tags",
      "team=databases",
      'tags = "team=databases": it maps keys to values; set one key at a time, such as: npx pulumi config set --path tags.team databases.',
    ],
    ["tags", '"team"', 'tags = "team": it maps tag keys to tag values; write {"team": "databases"}.'],
    [
      "tags",
      '{"team":1.5}',
      'tags = {"team":1.5}: the value of "team" must be a string, and the number may have lost something of it, such as a zero; put it in quotes in the stack\'s file, or write it by: npx pulumi config set --path NAME --type string -- "VALUE".',
    ],
    ...["__proto__", "toString"].map((key): [string, string, string] => [
      "tags",
      `{"${key}":"x"}`,
      `tags = {"${key}":"x"}: Pulumi cannot send the key "${key}"; rename the key.`,
    ]),
    [
      "tags",
      '{"team":"aws:databases"}',
      'tags = {"team":"aws:databases"}: the value of "team" starts with aws:, which IAM keeps for AWS as in a key; write another value.',
    ],
    [
      "bucketname",
      "x",
      "bucketname: there is no such setting (did you mean bucketName?); remove this one by: npx pulumi config rm bucketname.",
    ],
    [
      "constructor",
      "hunter2",
      `constructor: there is no such setting (there are ${Object.keys(settings).join(", ")}); remove this one by: npx pulumi config rm constructor.`,
    ],
  ];
  for (const [name, text, line] of wrong) {
    it(`refuse ${name} = ${brief(JSON.stringify(text))}`, () => {
      expect(refusal({ consumer: "restic", [name]: text })).to.equal(
        `A setting of this stack cannot be used, and nothing was created or changed:\n  ${line}\nSet a value by: npx pulumi config set NAME VALUE`,
      );
    });
  }

  const together: [texts: Record<string, string>, line: string][] = [
    [
      { access: "mlab", prefix: "db1" },
      'prefix = "db1": the access profile mlab works on a whole bucket only: the service writes its test object at the root of the bucket, and takes no bucket where it cannot; leave the prefix out, or write another access, such as read-write.',
    ],
    [
      { access: "restic", prefix: "db1", extraActions: '["s3:ListBucketMultipartUploads"]' },
      'extraActions = "s3:ListBucketMultipartUploads": IAM cannot limit it to a prefix, so the key would see what others upload; leave the action out, or the prefix.',
    ],
    [
      {
        access: "append-only",
        prefix: "p".repeat(512),
        allowedIpRanges: JSON.stringify(Array.from({ length: 40 }, (_, index) => `3.${index}.0.0/16`)),
      },
      "allowedIpRanges: the policy would have 6605 characters, and IAM takes 6144; write fewer and wider ranges, fewer actions, or a shorter prefix.",
    ],
    [
      { previousKey: "active" },
      'previousKey = "active": the first generation of the key has none before it; leave previousKey out, or raise keyGeneration to 2.',
    ],
    [
      { access: "append-only", versioning: "false" },
      "versioning = false: the access profile append-only needs old versions: the key can overwrite what it has written, and only an old version brings that back; leave versioning out, or write another access, such as read-write.",
    ],
    [
      { kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd" },
      'kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd": the bucket is not encrypted by a KMS key; write encryption sse-kms, or leave the key out.',
    ],
    [
      { access: "restic", objectLock: '{"mode":"governance","days":30}', versioning: "false" },
      "versioning = false: Object Lock protects versions, so S3 asks for versioning; leave versioning out, or objectLock.",
    ],
    [
      { access: "restic", objectLock: '{"mode":"compliance","days":30}', forceDestroy: "true" },
      "forceDestroy = true: nobody can delete what Object Lock keeps in compliance mode, so a destroy would stop half-way; leave forceDestroy out, or write objectLock mode governance.",
    ],
    [
      { objectLock: '{"mode":"governance","days":30}' },
      'access = "mlab": this access profile cannot work with objectLock: the service sends no checksum with an upload, and S3 refuses such an upload under a default retention; leave objectLock out, or write another access, such as read-write.',
    ],
    [
      {
        access: "restic",
        objectLock: '{"mode":"governance","days":30}',
        consumers: '{"v":{"access":"veeam"}}',
      },
      'consumers.v.access = "veeam": this access profile cannot work with objectLock: Veeam sets the retention of each object itself, and forbids a default one; leave objectLock out, or write another access, such as read-write.',
    ],
    [
      { consumers: '{"v":{"access":"veeam","prefix":"v"}}' },
      'consumers.v.prefix = "v": the access profile veeam works on a whole bucket only: Veeam keeps its folders at the root of the bucket, and documents no policy for a part of it; leave the prefix out, or write another access, such as read-write.',
    ],
    [
      { consumer: "restic", consumers: '{"Restic":{"access":"restic"}}' },
      "consumers.Restic: the stack's own consumer has this name (setting consumer, restic); rename one of the two.",
    ],
    ...["policyName", "groupName", "userName"].flatMap((name): [Record<string, string>, string][] =>
      [
        [{ [name]: "backup", consumers: `{"db2":{"${name}":"Backup"}}` }, "Backup"],
        [{ consumers: `{"db1":{"${name}":"backup"},"db2":{"${name}":"backup"}}` }, "backup"],
      ].map(([texts, exact]): [Record<string, string>, string] => [
        texts as Record<string, string>,
        `consumers.db2.${name} = "${exact}": another consumer has this name, and IAM does not tell names apart that differ in case alone; write another one, or leave it out.`,
      ]),
    ),
    [
      { consumers: '{"db":{},"DB":{}}' },
      'consumers.DB = "DB": IAM does not tell names apart that differ in case alone; rename one of the two consumers.',
    ],
    ...[
      ["bucketName", "mine", '"mine"'],
      ["adoptedBucket", "true", "true"],
      ["versioning", "true", "true"],
      ["noncurrentVersionDays", "1", "1"],
      ["abortIncompleteUploadDays", "1", "1"],
      ["encryption", "sse-s3", '"sse-s3"'],
      ["protect", "true", "true"],
      ["forceDestroy", "false", "false"],
    ].map(([name = "", text = "", value = ""]): [Record<string, string>, string] => [
      { existingBucket: "theirs", [name]: text },
      `${name} = ${value}: nothing is changed of the bucket theirs, which is not ours; leave ${name} out, or existingBucket.`,
    ]),
  ];
  for (const [texts, line] of together) {
    it(`refuse ${brief(JSON.stringify(texts))}`, () => {
      expect(refusal(texts)).to.equal(
        `A setting of this stack cannot be used, and nothing was created or changed:\n  ${line}\nSet a value by: npx pulumi config set NAME VALUE`,
      );
    });
  }

  it("are all refused in one error", () => {
    const message = refusal({
      bucketName: "My_Backups-",
      versioning: "perhaps",
      noncurrentVersionDays: "0",
      forceDestory: "true",
    });
    const lines = message.split("\n");
    expect(lines[0]).to.equal(
      "5 things in this stack's settings cannot be used, and nothing was created or changed:",
    );
    expect(lines.slice(1, -1).map((line) => line.trim().split(/[ :]/)[0])).to.deep.equal([
      "bucketName",
      "bucketName",
      "versioning",
      "noncurrentVersionDays",
      "forceDestory",
    ]);
    expect(lines[5]).to.contain("did you mean forceDestroy?");
  });
});
