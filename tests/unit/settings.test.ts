import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parseSettings } from "../../components/readSettings";
import { settings } from "../../components/settings";

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
      trust: '{"accountId":111122223333,"externalId":"our-id"}',
      permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
      keyGeneration: "3",
      previousKey: "inactive",
      storeKeyIn: "Secrets-Manager",
      maxKeyAgeDays: "30",
      expectBackupEvery: "24h",
      expectBackupSize: "1 gib",
      path: "/backups/",
      furtherPrefixes: '["old, db1", "db3/"]',
      consumers: '{"db2":{"access":"rclone","prefix":"db2"}}',
      bucketName: "my-db-backups",
      bucketNamespace: "global",
      adoptedBucket: "false",
      policyName: "p",
      groupName: "g",
      userName: "u",
      roleName: "r",
      versioning: "true",
      noncurrentVersionDays: "90",
      abortIncompleteUploadDays: "3",
      encryption: "sse-kms",
      kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      objectLock: '{"mode":"governance","days":30}',
      accessLogs: "90",
      protect: "true",
      forceDestroy: "true",
      tags: '{"team":"databases"}',
    };
    expect([...Object.keys(texts), "existingBucket", "existingLogBucket"]).to.have.members(
      Object.keys(settings),
    );
    expect(parseSettings({ existingBucket: "theirs" }).args).to.deep.equal({ existingBucket: "theirs" });
    expect(parseSettings({ existingLogBucket: "our-logs" }).args).to.deep.equal({
      existingLogBucket: "our-logs",
    });
    expect(parseSettings(texts)).to.deep.equal({
      consumer: "restic",
      args: {
        access: "restic",
        prefix: "db1",
        allowedIpRanges: ["3.5.140.7/32", "2600:1f00::/24"],
        extraActions: ["s3:GetObjectTagging"],
        trust: { accountId: "111122223333", externalId: "our-id" },
        permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
        keyGeneration: 3,
        previousKey: "inactive",
        storeKeyIn: "secrets-manager",
        maxKeyAgeDays: 30,
        expectBackupEvery: "24h",
        expectBackupSize: "1GiB",
        path: "/backups/",
        furtherPrefixes: ["old, db1", "db3/"],
        consumers: { db2: { access: "rclone", prefix: "db2" } },
        bucketName: "my-db-backups",
        bucketNamespace: "global",
        adoptedBucket: false,
        policyName: "p",
        groupName: "g",
        userName: "u",
        roleName: "r",
        versioning: true,
        noncurrentVersionDays: 90,
        abortIncompleteUploadDays: 3,
        encryption: "sse-kms",
        kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        objectLock: { mode: "governance", days: 30 },
        accessLogs: 90,
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
      'consumer = "my_tool": must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it; for example "mytool".',
    ],
    [
      "bucketName",
      "My_Backups",
      'bucketName = "My_Backups": must contain only lowercase letters, digits and hyphens; for example "my-backups".',
    ],
    [
      "policyName",
      "a b",
      'policyName = "a b": must contain only letters, digits and +=,.@_-; for example "a-b".',
    ],
    [
      "groupName",
      "a/b",
      'groupName = "a/b": must contain only letters, digits and +=,.@_-; for example "a-b".',
    ],
    ["userName", "", 'userName = "": must have 1 to 64 characters, for example "backup-user".'],
    [
      "keyGeneration",
      "0",
      "keyGeneration = 0: must be a whole number from 1 to 9007199254740991; use 1 for the first key, and add 1 for each new one.",
    ],
    [
      "keyGeneration",
      "9007199254740992",
      "keyGeneration = 9007199254740992: must be a whole number from 1 to 9007199254740991; use 1 for the first key, and add 1 for each new one.",
    ],
    [
      "keyGeneration",
      "two",
      'keyGeneration = "two": must be a whole number from 1 to 9007199254740991; use 1 for the first key, and add 1 for each new one.',
    ],
    ["previousKey", "old", 'previousKey = "old": must be one of none, active, inactive.'],
    ["storeKeyIn", "ssm", 'storeKeyIn = "ssm": must be one of parameter-store, secrets-manager.'],
    [
      "maxKeyAgeDays",
      "0",
      "maxKeyAgeDays = 0: must be a whole number of days from 1 to 2147483647, for example 30.",
    ],
    ...["24", "0h", "90m", "1.5h", "3651d", "h", "24 hours a day", ""].map(
      (text): [string, string, string] => [
        "expectBackupEvery",
        text,
        `expectBackupEvery = ${JSON.stringify(text)}: must be a whole number of hours (h) or days (d), with its unit, from 1h to 3650d; for example "24h".`,
      ],
    ),
    ...["100", "0B", "100M", "1.5GB", "1025TiB", "1PB", "MB"].map((text): [string, string, string] => [
      "expectBackupSize",
      text,
      `expectBackupSize = ${JSON.stringify(text)}: must be a whole number with a unit, one of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB, from 1B to 1024TiB; for example "100MB".`,
    ]),
    ["versioning", "on/off", 'versioning = "on/off": must be true or false.'],
    ["protect", "Truth", 'protect = "Truth": must be true or false.'],
    ["forceDestroy", "1", 'forceDestroy = "1": must be true or false.'],
    [
      "noncurrentVersionDays",
      "0",
      "noncurrentVersionDays = 0: must be a whole number of days from 1 to 2147483647, for example 30.",
    ],
    [
      "noncurrentVersionDays",
      "99999999999",
      "noncurrentVersionDays = 99999999999: must be a whole number of days from 1 to 2147483647, for example 30.",
    ],
    [
      "abortIncompleteUploadDays",
      "a week",
      'abortIncompleteUploadDays = "a week": must be a whole number of days from 1 to 2147483647, for example 30.',
    ],
    [
      "abortIncompleteUploadDays",
      "7.5",
      'abortIncompleteUploadDays = "7.5": must be a whole number of days from 1 to 2147483647, for example 30.',
    ],
    [
      "access",
      "rstic",
      'access = "rstic": must be one of the 62 access profiles in docs/access-profiles.md, for example "restic" or "rustic".',
    ],
    [
      "prefix",
      "db*",
      'prefix = "db*": must not contain * or ?, which are wildcards in IAM, or ${, which begins an IAM variable; for example "db".',
    ],
    [
      "prefix",
      "/db1",
      'prefix = "/db1": must not start with a slash or contain two slashes in a row: S3 treats each as part of the name; for example "db1".',
    ],
    [
      "prefix",
      "",
      'prefix = "": must have 1 to 512 characters (remove it for the whole bucket), for example "db1".',
    ],
    [
      "allowedIpRanges",
      '{"0":"3.5.140.7/32"}',
      'allowedIpRanges = {"0":"3.5.140.7/32"}: must be a list of at least one IP range, for example ["3.5.140.0/22"], or remove it.',
    ],
    [
      "allowedIpRanges",
      '["3.0.0.0/8","2600::1/129"]',
      'allowedIpRanges = "2600::1/129": must be a CIDR block: an address, a slash and the number of fixed bits; for example "2600::1/128".',
    ],
    [
      "allowedIpRanges",
      '["fe80::1%eth0/64"]',
      'allowedIpRanges = "fe80::1%eth0/64": must be a CIDR block: an address, a slash and the number of fixed bits; for example "fe80::1/128".',
    ],
    [
      "allowedIpRanges",
      '["example.com/24"]',
      'allowedIpRanges = "example.com/24": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
    [
      "allowedIpRanges",
      '["0.0.0.0/0"]',
      'allowedIpRanges = "0.0.0.0/0": must not be the whole internet; remove the setting.',
    ],
    [
      "allowedIpRanges",
      "[]",
      'allowedIpRanges = []: must be a list of at least one IP range, for example ["3.5.140.0/22"], or remove it.',
    ],
    [
      "extraActions",
      '["s3:GetObjectTaging"]',
      'extraActions = "s3:GetObjectTaging": is not an action on a bucket or its objects that IAM knows; did you mean s3:GetObjectTagging?',
    ],
    [
      "extraActions",
      '["s3:*"]',
      'extraActions = "s3:*": must be the full name of an action; this pattern would grant 107 actions, s3:DeleteBucket among them; name the actions that your tool needs.',
    ],
    [
      "extraActions",
      '["iam:CreateUser"]',
      'extraActions = "iam:CreateUser": must be an S3 action, for example s3:GetObjectTagging.',
    ],
    [
      "extraActions",
      '["s3:GetAccountPublicAccessBlock"]',
      'extraActions = "s3:GetAccountPublicAccessBlock": IAM grants s3:GetAccountPublicAccessBlock only for the whole account; remove it: the key is for one bucket.',
    ],
    ...['["s3:GetObjectTagging"]', '{"toString":1}', "null"].map((action): [string, string, string] => [
      "extraActions",
      `[${action}]`,
      `extraActions = ${action}: must be a string.`,
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
      `permissionsBoundary = "${arn}": must be the ARN of a managed policy, for example "arn:aws:iam::111122223333:policy/boundary".`,
    ]),
    ...["backups", "//", "/a*b/", "/a//b/", "/~/", `/${"p".repeat(511)}/`].map(
      (path): [string, string, string] => [
        "path",
        path,
        `path = "${path}": must have at most 512 characters, start and end with a slash, and contain only letters, digits, +=,.@_- and single slashes; for example "/backups/".`,
      ],
    ),
    ["bucketNamespace", "regional", 'bucketNamespace = "regional": must be one of global, account-regional.'],
    ["encryption", "kms", 'encryption = "kms": must be one of sse-s3, sse-kms.'],
    ...[
      "alias/backups",
      "arn:x:kms:eu-central-1:111122223333:key/1234abcd",
      "arn:aws:kms:nowhere:111122223333:key/1234abcd",
      `arn:aws:kms:eu-central-1:111122223333:key/${"k".repeat(37)}`,
    ].map((arn): [string, string, string] => [
      "kmsKeyArn",
      arn,
      `kmsKeyArn = "${arn}": must be the ARN of a KMS key, not of an alias; for example "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".`,
    ]),
    [
      "accessLogs",
      "0",
      "accessLogs = 0: must be a whole number of days from 1 to 2147483647, for example 30.",
    ],
    [
      "existingLogBucket",
      "s3://logs",
      'existingLogBucket = "s3://logs": must have 3 to 255 letters, digits, hyphens, periods and underscores; use the name that "aws s3 ls" lists.',
    ],
    ...[
      `{"mode":"strict","days":1}`,
      `{"mode":"governance"}`,
      `{"days":30}`,
      `{}`,
      `{"enabled":true,"days":30}`,
      `{"enabled":"maybe","mode":"governance","days":30}`,
      `{"mode":"governance","days":36501}`,
      `[]`,
    ].map((text): [string, string, string] => [
      "objectLock",
      text,
      `objectLock = ${text}: must have a mode, governance or compliance, and a whole number of days from 1 to 36500; or, for no default retention, only enabled: true; for example {"mode": "governance", "days": 30}, or {"enabled": true}.`,
    ]),
    [
      "objectLock",
      `{"enabled":false}`,
      'objectLock = {"enabled":false}: Object Lock can\'t be turned off: S3 keeps it once it is on; remove objectLock, and the bucket keeps the lock that it has.',
    ],
    [
      "existingBucket",
      "theirs/db1",
      'existingBucket = "theirs/db1": must have 3 to 255 letters, digits, hyphens, periods and underscores; use the name that "aws s3 ls" lists.',
    ],
    [
      "consumers",
      '{"my_db":{}}',
      'consumers.my_db = "my_db": must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it; for example "mydb".',
    ],
    [
      "consumers",
      '{"db2":{"acces":"restic"}}',
      "consumers.db2.acces: a consumer has no such setting; did you mean access?",
    ],
    [
      "consumers",
      '{"db2":{"secretAccessKey":"hunter2"}}',
      "consumers.db2.secretAccessKey: a consumer has no such setting; remove it.",
    ],
    ...["constructor", "toString", "__proto__"].map((name): [string, string, string] => [
      "consumers",
      `{"db2":{"${name}":{"access":"restic"}}}`,
      `consumers.db2.${name}: a consumer has no such setting; remove it.`,
    ]),
    [
      "consumers",
      '{"db2":{"prefix":"db2/*"}}',
      'consumers.db2.prefix = "db2/*": must not contain * or ?, which are wildcards in IAM, or ${, which begins an IAM variable; for example "db2".',
    ],
    [
      "consumers",
      '{"db2":"restic"}',
      'consumers.db2 = "restic": a consumer is a map of its settings, for example {"access": "restic"}.',
    ],
    [
      "tags",
      "team=databases",
      'tags = "team=databases": must map keys to values; set one key at a time, for example: npx pulumi config set --path tags.team databases.',
    ],
    ["tags", '"team"', 'tags = "team": must map tag keys to tag values, for example {"team": "databases"}.'],
    [
      "tags",
      '{"team":1.5}',
      'tags = {"team":1.5}: the value of "team" must be a string: if it is read as a number, part of it, such as a leading zero, may be lost; quote it in the stack\'s file, or run: npx pulumi config set --path NAME --type string -- "VALUE".',
    ],
    ...["__proto__", "toString"].map((key): [string, string, string] => [
      "tags",
      `{"${key}":"x"}`,
      `tags = {"${key}":"x"}: Pulumi cannot handle the key "${key}"; rename the key.`,
    ]),
    [
      "tags",
      '{"team":"aws:databases"}',
      'tags = {"team":"aws:databases"}: the value of "team" must not start with aws:, which IAM reserves; choose another value.',
    ],
    [
      "bucketname",
      "x",
      "bucketname: there is no such setting (did you mean bucketName?); remove it: npx pulumi config rm bucketname.",
    ],
    [
      "constructor",
      "hunter2",
      `constructor: there is no such setting (the settings are ${Object.keys(settings).join(", ")}); remove it: npx pulumi config rm constructor.`,
    ],
  ];
  for (const [name, text, line] of wrong) {
    it(`refuse ${name} = ${brief(JSON.stringify(text))}`, () => {
      expect(refusal({ consumer: "restic", [name]: text })).to.equal(
        `Invalid setting; nothing was created or changed:\n  ${line}\nTo set a value: npx pulumi config set NAME VALUE`,
      );
    });
  }

  const together: [texts: Record<string, string>, line: string][] = [
    [
      { consumers: '{"db2":{"expectBackupSize":"1 mb"}}' },
      'consumers.db2.expectBackupSize = "1MB": has no effect without expectBackupEvery, which says how often a backup is expected; set expectBackupEvery, or remove expectBackupSize.',
    ],
    [
      { access: "mlab", prefix: "db1" },
      `prefix = "db1": the access profile mlab needs the whole bucket: the service writes a test object at the root of the bucket, and refuses the bucket if it can't; remove the prefix, or use another access profile, for example read-write.`,
    ],
    [
      { access: "restic", prefix: "db1", extraActions: '["s3:ListBucketMultipartUploads"]' },
      'extraActions = "s3:ListBucketMultipartUploads": IAM cannot limit this action to a prefix, so the key would see what others upload; remove the action or the prefix.',
    ],
    [
      {
        access: "append-only",
        prefix: "p".repeat(512),
        allowedIpRanges: JSON.stringify(Array.from({ length: 60 }, (_, index) => `3.${index}.0.0/16`)),
      },
      "allowedIpRanges: the policy would have 6940 characters, and IAM allows 6144; use fewer and wider ranges, fewer actions, or fewer and shorter prefixes.",
    ],
    [
      { access: "restic", furtherPrefixes: "db2" },
      'furtherPrefixes = ["db2"]: has no effect without prefix: the key opens the whole bucket; set prefix to one of the folders.',
    ],
    [
      { access: "restic", prefix: "db1", furtherPrefixes: '["db2","db1/x"]' },
      'furtherPrefixes = ["db2","db1/x"]: the folder db1/x/ is in the list twice, or in another folder of the key; remove it.',
    ],
    [
      { access: "restic", prefix: "db1", furtherPrefixes: '["db1/"]' },
      'furtherPrefixes = ["db1/"]: the folder db1/ is in the list twice, or in another folder of the key; remove it.',
    ],
    [
      { previousKey: "active" },
      'previousKey = "active": the first key has no previous key; remove previousKey, or set keyGeneration to 2.',
    ],
    [
      { access: "append-only", versioning: "false" },
      "versioning = false: the access profile append-only needs old versions: the key can overwrite its own backups, and only an old version can restore them; remove versioning, or use another access profile, for example read-write.",
    ],
    [
      { kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd" },
      'kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd": the bucket is not encrypted with a KMS key; set encryption to sse-kms, or remove the key.',
    ],
    [
      { accessLogs: "90", existingLogBucket: "our-logs" },
      "accessLogs = 90: has no effect on the existing log bucket our-logs, which is not changed and keeps logs as long as its own lifecycle says; remove accessLogs or existingLogBucket.",
    ],
    [
      { bucketName: "my-backups", existingLogBucket: "my-backups" },
      'existingLogBucket = "my-backups": a bucket that logs to itself logs the delivery of each log, without end; use another bucket, or remove existingLogBucket and set accessLogs.',
    ],
    [
      { access: "restic", objectLock: '{"mode":"governance","days":30}', versioning: "false" },
      "versioning = false: Object Lock requires versioning; remove versioning or objectLock.",
    ],
    [
      { access: "restic", objectLock: '{"mode":"compliance","days":30}', forceDestroy: "true" },
      "forceDestroy = true: in compliance mode nobody can delete locked objects, so a destroy would stop halfway; remove forceDestroy, or set the mode of objectLock to governance.",
    ],
    [
      { objectLock: '{"mode":"governance","days":30}' },
      'access = "mlab": this access profile cannot work with a default retention: it uploads without a checksum, which S3 refuses under a default retention (the guide); remove objectLock, or use another access profile, for example read-write.',
    ],
    [
      {
        access: "restic",
        objectLock: '{"mode":"governance","days":30}',
        consumers: '{"v":{"access":"veeam"}}',
      },
      'consumers.v.access = "veeam": this access profile cannot work with a default retention: Veeam sets the retention of each object itself, and does not support a default retention; set objectLock to {"enabled": true}, or use another access profile, for example read-write.',
    ],
    [
      { consumers: '{"v":{"access":"veeam","prefix":"v"}}' },
      'consumers.v.prefix = "v": the access profile veeam needs the whole bucket: Veeam keeps its folders at the root of the bucket, and documents no policy for a folder; remove the prefix, or use another access profile, for example read-write.',
    ],
    [
      { consumer: "restic", consumers: '{"Restic":{"access":"restic"}}' },
      "consumers.Restic: the stack's own consumer already has this name (the setting consumer is restic); rename one of the two.",
    ],
    ...["policyName", "groupName", "userName"].flatMap((name): [Record<string, string>, string][] =>
      [
        [{ [name]: "backup", consumers: `{"db2":{"${name}":"Backup"}}` }, "Backup"],
        [{ consumers: `{"db1":{"${name}":"backup"},"db2":{"${name}":"backup"}}` }, "backup"],
      ].map(([texts, exact]): [Record<string, string>, string] => [
        texts as Record<string, string>,
        `consumers.db2.${name} = "${exact}": another consumer already has this name (IAM ignores case); choose another name, or remove it.`,
      ]),
    ),
    [
      { consumers: '{"db":{},"DB":{}}' },
      'consumers.DB = "DB": IAM ignores case, so two names must differ in more than that; rename one of the two consumers.',
    ],
    ...[
      ["bucketName", "mine", '"mine"'],
      ["adoptedBucket", "true", "true"],
      ["versioning", "true", "true"],
      ["noncurrentVersionDays", "1", "1"],
      ["abortIncompleteUploadDays", "1", "1"],
      ["encryption", "sse-s3", '"sse-s3"'],
      ["accessLogs", "90", "90"],
      ["existingLogBucket", "our-logs", '"our-logs"'],
      ["protect", "true", "true"],
      ["forceDestroy", "false", "false"],
    ].map(([name = "", text = "", value = ""]): [Record<string, string>, string] => [
      { existingBucket: "theirs", [name]: text },
      `${name} = ${value}: has no effect on the existing bucket theirs, which is not changed; remove ${name} or existingBucket.`,
    ]),
  ];
  for (const [texts, line] of together) {
    it(`refuse ${brief(JSON.stringify(texts))}`, () => {
      expect(refusal(texts)).to.equal(
        `Invalid setting; nothing was created or changed:\n  ${line}\nTo set a value: npx pulumi config set NAME VALUE`,
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
    expect(lines[0]).to.equal("5 invalid settings; nothing was created or changed:");
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
