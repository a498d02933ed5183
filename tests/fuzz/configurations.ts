import fc from "fast-check";
import { type AccessProfile, profiles } from "../../components/access/profiles";
import { settings } from "../../components/settings";
import { expected } from "../simulation/expected";
import { bucketNames } from "../support/bucketNames";
import { isSeen } from "./aws";

// Random settings of a stack, as text by name. Nothing here says which of them are right: that is for the oracle.

/** The values of one setting: mostly right ones, and those that a typing error makes of them. */
interface Row {
  readonly right: fc.Arbitrary<unknown>;
  readonly near: fc.Arbitrary<unknown>;
  /** Not often there, because it rules out much else. */
  readonly seldom?: true;
}

const matching = (pattern: RegExp) => fc.stringMatching(pattern);
const anyOf = (...values: unknown[]) => fc.constantFrom(...values);
const texts = (...more: string[]) => fc.constantFrom(...more);

const consumerName = fc.oneof(
  texts(
    "mLab",
    "restic",
    "Velero2",
    "a",
    "pg-backrest",
    "x".repeat(47),
    "constructor",
    "toString",
    "valueOf",
  ),
  matching(/^[A-Za-z0-9][A-Za-z0-9-]{0,14}$/),
);
const nearConsumerName = fc.oneof(
  texts(
    "",
    "my_db",
    "-a",
    "a.b",
    "x".repeat(48),
    "xn--a",
    "sthree-a",
    "amzn-s3-demo-a",
    "é",
    "mlab",
    "__proto__",
  ),
  matching(/^[A-Za-z0-9_.-]{1,50}$/),
);
const digits = matching(/^\d{12}$/);
const partition = texts("aws", "aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso-b");
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(""));
const uuid = fc.uuid();
const octet = fc.nat(255).map(String);
const anyV4Range = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`);
const anyV6Range = fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })).map(([ip, bits]) => `${ip}/${bits}`);
const anyRange = fc.oneof(anyV4Range, anyV6Range, joined(octet, texts(".0.0.0/8", ".0.0.0/16")));
const ipV6Range = anyV6Range.filter(isSeen);
const range = anyRange.filter(isSeen);
/** As it is copied from elsewhere, or typed on another keyboard. */
const copied = (value: fc.Arbitrary<string>) =>
  fc
    .tuple(
      value,
      texts("", " ", "\t", "\n", "\u00a0", "\u200b", "\ufeff"),
      texts("", '"', "'", "`", "\u201d"),
      fc.nat(9),
    )
    .map(([text, space, quote, wide]) => {
      const typed =
        wide > 0 ? text : text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
      return `${space}${quote}${typed}${quote}${space}`;
    });
const oidcProvider = joined(
  texts("arn:"),
  partition,
  texts(":iam::"),
  digits,
  texts(
    ":oidc-provider/token.actions.githubusercontent.com",
    ":oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/1A",
  ),
);
const oidcSubject = texts(
  ...["repo:octo-org/octo-repo:ref:refs/heads/main", "repo:octo-org/octo-repo:*", "repo:octo-org/*"],
  ...["system:serviceaccount:backups:restic", "system:serviceaccount:backups:*", "abc"],
);
const action = texts(
  ...["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:GetObjectVersion", "s3:ListBucketVersions"],
  ...["s3:ListBucketMultipartUploads", "s3:GetBucketVersioning", "s3:DeleteObjectVersion", "s3:GetObject"],
  ...["s3:GetLifecycleConfiguration", "s3:UpdateBucketMetadataAnnotationTableConfiguration"],
);
const iamName = (maximum: number): Row => ({
  right: fc.oneof(
    matching(/^[A-Za-z0-9+=,.@_-]{1,20}$/),
    // The same one for several consumers, with or without regard to case.
    texts("backup", "Backup", "constructor", "__proto__"),
    anyOf("u".repeat(maximum)),
  ),
  near: fc.oneof(
    texts("", "a b", "a/b", "é", "a\n", "u".repeat(maximum + 1), "a*", "$" + "{aws:username}"),
    fc.string(),
  ),
});
const days = (maximum: number): Row => ({
  right: fc.oneof(fc.integer({ min: 1, max: 365 }), anyOf(1, maximum)),
  near: fc.oneof(
    anyOf(0, -1, maximum + 1, 1.5, "30 days", "1e3", "", " 7", "٣", 2 ** 53, "0x10"),
    anyOf(
      "30d",
      "1 Day",
      "+7",
      "07",
      "7.0",
      "7.50",
      "７",
      "'7'",
      "7 weeks",
      "--7",
      "7 dd",
      "d",
      "\u22127",
      "7days",
    ),
    fc.double(),
  ),
});
const anyBoolean: Row = {
  right: fc.boolean(),
  near: anyOf(
    "True",
    "yes",
    "OFF",
    "no",
    "1",
    "",
    "false ",
    '"true"',
    "ｔｒｕｅ",
    "tr ue",
    "\u0130",
    null,
    0,
  ),
};
const tagText = matching(/^[A-Za-z0-9 _.:/=+@-]{1,12}$/);
const tagKey = fc.oneof(tagText, texts("Straße", "日本", "k".repeat(128), "team", "constructor", "toString"));
const nearTags = fc.oneof(
  fc.dictionary(
    fc.oneof(
      tagText,
      texts("aws:x", "AWS:x", "Team", "team", "TEAM", "", "a#b", "k".repeat(129), "__proto__", "😀"),
    ),
    fc.oneof(
      tagText,
      texts("aws:x", "Aws:", "v".repeat(257), "a#b", "\n", "😀"),
      anyOf(1, null, true, {}, []),
    ),
    { maxKeys: 5 },
  ),
  fc.dictionary(tagText, tagText, { minKeys: 48, maxKeys: 53, size: "max" }),
  anyOf([], ["team"], null, "team", "team=a", 7),
);

/** What one of several consumers can be given, too. */
const ofConsumer = {
  expectBackupEvery: {
    right: matching(/^[1-9]\d{0,2}[hd]$/),
    near: fc.oneof(
      texts(
        "24",
        "0h",
        "90m",
        "1.5h",
        "3650d",
        "3651d",
        "87600h",
        "24 hours",
        "1 DAY",
        "+07d",
        "1 hrs",
        "d",
        "h24",
        "-1h",
        "",
      ),
      anyOf(24, null, true),
      copied(texts("24h", "7 days")),
    ),
  },
  expectBackupSize: {
    seldom: true,
    right: matching(/^[1-9]\d{0,2}(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/),
    near: fc.oneof(
      texts(
        "100",
        "0B",
        "100M",
        "1.5GB",
        "1024TiB",
        "1025TiB",
        "100 mb",
        "1gib",
        "+01KB",
        "MB",
        "1 PB",
        "1 MBs",
        "",
      ),
      anyOf(100, null, true),
      copied(texts("100MB", "1 GiB")),
    ),
  },
  access: {
    right: texts(...Object.keys(expected)),
    near: fc.oneof(
      texts("rstic", "Restic", "mlab ", "read_write", "CNPG", "constructor", "__proto__", ""),
      texts(...Object.values<AccessProfile>(profiles).flatMap(({ alsoCalled = [] }) => alsoCalled)),
    ),
  },
  prefix: {
    right: fc.oneof(
      matching(/^[A-Za-z0-9!_'()-][A-Za-z0-9!_.'()=+ @:,&#%~-]{0,8}(\/[a-z]{1,5}){0,2}\/?$/).filter(
        (prefix) => !/^'.*'$|\s\/?$/.test(prefix),
      ),
      texts("p".repeat(512), "é", "a b", "$x", "..."),
    ),
    near: fc.oneof(
      texts("", "/", "/a", "a//b", "a*", "a?", "č", " a", "p".repeat(513), "a\n", "a\u00a0b", "\u00ad"),
      texts(
        "..",
        ".",
        "a/..",
        "a/./b",
        "../a",
        "$" + "{x}",
        "'a'",
        '"a"',
        "a/.../b",
        "a /",
        "\u201ca\u201d",
        "a\u2010b",
      ),
      anyOf(7, true, 1.5, -0, 2 ** 53, null, [], {}),
      fc.string(),
      copied(texts("db1", "a/..", "'a'", "a b")),
    ),
  },
  furtherPrefixes: {
    right: fc.uniqueArray(matching(/^[a-z]{1,6}(\/[a-z, ]{0,3}[a-z])?\/?$/), { minLength: 1, maxLength: 4 }),
    near: fc.oneof(
      fc.array(fc.oneof(texts("db1", "db1/", "db1/x", "/a", "", "a, b", "'a'", " a "), anyOf(7, null, [])), {
        maxLength: 3,
      }),
      anyOf(7, true, null, {}),
      texts("db2", "db2,db3", ""),
    ),
  },
  allowedIpRanges: {
    right: fc.oneof(
      { weight: 9, arbitrary: fc.array(range, { minLength: 1, maxLength: 5 }) },
      { weight: 1, arbitrary: fc.array(ipV6Range, { minLength: 50, maxLength: 200, size: "max" }) },
    ),
    near: fc
      .array(
        fc.oneof(
          range,
          anyRange,
          copied(range),
          texts(
            "3.5.140.7,2600::1",
            "3.5.140.7 / 32",
            "[3.5.140.7/32, 3.5.144.0/23]",
            "3.0.0.0/255.0.0.0",
            "3.0.0.0/255.0.255.0",
          ),
          texts("3.5.140.7; 10.0.0.1", "2600::/012", "::ffff:3.5.140.7", "3.5.140.7,", ",", "٣.5.140.7"),
          texts(
            "10.0.0.1",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "::/0",
            "0.0.0.0/0",
            "10.0.0/8",
            "::1/129",
            "a/8",
            "",
          ),
          texts(
            "fe80::1%eth0/64",
            "1.2.3.4/8/8",
            "::ffff:1.2.3.4/96",
            "01.2.3.4/8",
            "10.0.0.0/-1",
            "10.0.0.0/ 8",
          ),
          anyOf(7, null, [], {}, ["10.0.0.0/8"]),
        ),
        { maxLength: 3 },
      )
      .chain((list) => fc.oneof(fc.constant<unknown>(list), fc.constant<unknown>(list.join(",")))),
  },
  extraActions: {
    right: fc.array(action, { minLength: 1, maxLength: 4 }),
    near: fc.array(
      fc.oneof(
        action,
        texts("s3:*", "s3:Get*", "GetObject", "s3:getobject", "s3:DeleteObjectAcl", "kms:Decrypt", "", "*"),
        texts(
          "s3:HeadBucket",
          "ListObjectsV2",
          "s3:ListAllMyBuckets",
          "S3:PUTOBJECT,s3:GetObject",
          "s3:CreateSession",
        ),
        copied(action),
        anyOf(7, null, ["s3:GetObject"], { toString: 1 }, { toString: null, valueOf: null }),
      ),
      { maxLength: 3 },
    ),
  },
  permissionsBoundary: {
    right: fc.oneof(
      joined(
        texts("arn:"),
        partition,
        texts(":iam::"),
        digits,
        texts(":policy/", ":policy/a/b/"),
        matching(/^\w{1,9}$/),
      ),
      texts("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/Billing"),
    ),
    near: texts(
      ...[
        "boundary",
        "arn:aws:iam::aws:policy/",
        "arn:aws:iam::1:policy/b",
        "arn:aws:iam::111122223333:role/r",
      ],
      ...[
        "arn:x:iam::111122223333:policy/b",
        "arn:aws:iam::111122223333:policy/a*",
        "arn:aws:iam::aws:policy//b",
      ],
      `arn:aws:iam::111122223333:policy/${"b".repeat(129)}`,
      `arn:aws:iam::111122223333:policy/${"b".repeat(3000)}`,
    ),
  },
  keyGeneration: {
    right: fc.oneof(fc.integer({ min: 1, max: 9 }), anyOf(Number.MAX_SAFE_INTEGER)),
    near: anyOf(
      0,
      -1,
      1.5,
      "two",
      "",
      "0x2",
      1e20,
      2 ** 53,
      "9007199254740993",
      "99999999999999999999",
      null,
    ),
  },
  previousKey: {
    right: texts("none", "active", "inactive"),
    near: texts("old", "Active", "", "constructor", "true"),
  },
  storeKeyIn: {
    seldom: true,
    right: texts("parameter-store", "secrets-manager"),
    near: texts("ssm", "Parameter Store", "secretsmanager", "", "constructor", "true"),
  },
  path: {
    right: fc.oneof(matching(/^(\/[A-Za-z0-9.,+@=_-]{1,8}){0,3}\/$/), texts("/", `/${"p".repeat(510)}/`)),
    near: texts(
      "",
      "backups",
      "/a",
      "a/",
      "//",
      "/a//b/",
      "/a b/",
      "/a*b/",
      "/é/",
      `/${"p".repeat(511)}/`,
      "/~!/",
      "/\n/",
    ),
  },
  policyName: iamName(128),
  groupName: iamName(128),
  userName: iamName(64),
  roleName: { ...iamName(64), seldom: true },
  trust: {
    seldom: true,
    right: fc.oneof(
      fc.record({ accountId: digits }),
      fc.record({ accountId: digits, externalId: matching(/^[A-Za-z0-9_+=,.@:/-]{2,36}$/) }),
      fc.record({ oidc: fc.record({ provider: oidcProvider, subject: oidcSubject }) }),
      fc.record({
        oidc: fc.record({ provider: oidcProvider, subject: oidcSubject, audience: texts("sts") }),
      }),
      fc.record({ service: texts("ec2.amazonaws.com", "pods.eks.amazonaws.com", "ec2.amazonaws.com.cn") }),
    ),
    near: fc.oneof(
      fc.record(
        {
          accountId: fc.oneof(
            copied(digits),
            texts(
              "*",
              "1111-2222-3333",
              "arn:aws:iam::111122223333:root",
              "arn:aws:iam::111122223333:user/u",
            ),
            anyOf(111122223333, 12, null),
          ),
          externalId: texts("x", "a b", "our-id", "*", "e".repeat(1225)),
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          oidc: fc.oneof(
            fc.record(
              {
                provider: fc.oneof(oidcProvider, texts("token.actions.githubusercontent.com", "*")),
                subject: fc.oneof(
                  oidcSubject,
                  texts(
                    "*",
                    "repo:*",
                    "repo:octo*",
                    "repo:octo/*",
                    "system:serviceaccount:*:a",
                    "$" + "{x}",
                    "a",
                  ),
                ),
                audience: texts("sts.amazonaws.com", "*", "", " sts"),
                issuer: texts("x"),
              },
              { requiredKeys: [] },
            ),
            anyOf(null, [], "github"),
          ),
          service: texts("*", "ec2", "ec2.amazonaws.com", " ec2.amazonaws.com", "EC2.amazonaws.com"),
          principal: texts("*"),
          externalId: texts("our-id"),
        },
        { requiredKeys: [] },
      ),
      anyOf([], "*", null, {}),
    ),
  },
} satisfies Record<string, Row>;

const unknownName = fc.oneof(
  texts("bucketname", "secretAccessKey", "forceDestory", "acces", "tag", "bucket", "password"),
  texts("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"),
  fc.string({ maxLength: 8 }),
);

/** Stands for a secret that someone wrote where there is no setting: it must not come back in any message. */
export const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const wildTexts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  texts(
    "",
    " ",
    "null",
    "undefined",
    "NaN",
    "{",
    "[",
    "]",
    '"',
    "{}",
    "[]",
    "[[]]",
    "\u0000",
    "\ud800",
    "__proto__",
  ),
  texts('{"__proto__":{"access":"restic"}}', '{"__proto__":"x"}', '["__proto__"]', '{"constructor":{}}'),
  texts(`AKIAIOSFODNN7EXAMPLE`, "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "-----BEGIN PRIVATE KEY-----"),
);
const huge = texts(
  "x".repeat(20_000),
  `[${"[".repeat(500)}${"]".repeat(500)}]`,
  `["${"s3:Get".repeat(3000)}"]`,
);
/** Of whatever type, for any setting. */
const wild: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 40, arbitrary: wildTexts },
  { weight: 30, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  {
    weight: 30,
    arbitrary: anyOf(null, true, 0, -0, 1e300, {}, [], [[]], [null], { toString: 1 }, { length: 1 }),
  },
  { weight: 1, arbitrary: huge },
);

/** One value of a setting, right in so many of a hundred cases. */
const valueFrom = ({ right, near }: Row, rightOfHundred: number): fc.Arbitrary<unknown> =>
  rightOfHundred >= 100
    ? right
    : fc.oneof(
        { weight: rightOfHundred * 3, arbitrary: right },
        { weight: (100 - rightOfHundred) * 2, arbitrary: near },
        { weight: 100 - rightOfHundred, arbitrary: wild },
      );

const absent = Symbol("absent");

/** Some of the settings, each with a value. */
function someOf(
  rows: Readonly<Record<string, Row | fc.Arbitrary<unknown>>>,
  rightOfHundred: number,
): fc.Arbitrary<[name: string, value: unknown][]> {
  const each = Object.entries(rows).map(([name, row]) => {
    const value = "right" in row ? valueFrom(row, rightOfHundred) : row;
    const weight = "right" in row && row.seldom ? 12 : 2;
    return fc
      .oneof({ weight, arbitrary: fc.constant(absent) }, { weight: 1, arbitrary: value })
      .map((given): [string, unknown] => [name, given]);
  });
  return fc.tuple(...each).map((all) => all.filter(([, given]) => given !== absent));
}

/** As JSON has them: `__proto__` is a name like any other. */
const toObject = (entries: [string, unknown][]): object => Object.fromEntries(entries);

const noSuchSetting = fc.tuple(
  unknownName,
  wildTexts.map((text) => `${text}${secret}`),
);

function consumersOf(rightOfHundred: number): Row {
  const given = fc
    .tuple(someOf(ofConsumer, rightOfHundred), fc.array(noSuchSetting, { maxLength: 1 }), fc.nat(99))
    .map(([known, unknown, chance]) => toObject(chance < rightOfHundred ? known : [...known, ...unknown]));
  const named = (name: fc.Arbitrary<string>, access: fc.Arbitrary<unknown>) =>
    fc.array(fc.tuple(name, access), { maxLength: 3 }).map(toObject);
  return {
    right: named(consumerName, given),
    near: named(fc.oneof(consumerName, nearConsumerName), fc.oneof(given, anyOf(null, "restic", [], 7))),
  };
}

/** By the one table of settings: the compiler asks for a row for each. */
const rowsFor = (rightOfHundred: number) =>
  ({
    consumer: { right: consumerName, near: nearConsumerName },
    ...ofConsumer,
    consumers: consumersOf(rightOfHundred),
    maxKeyAgeDays: days(2 ** 31 - 1),
    bucketName: {
      right: fc.oneof(matching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/), texts("b".repeat(63))),
      near: fc.oneof(
        bucketNames,
        copied(texts("my-backups", "my.backups", "My_Backups")),
        anyOf(12345, 42, true),
      ),
    },
    // The other one changes what a name may be, and needs an account: tests/unit/naming.test.ts has it.
    bucketNamespace: { right: texts("global"), near: texts("regional", "account", "GLOBAL ", "") },
    adoptedBucket: { ...anyBoolean, seldom: true },
    versioning: anyBoolean,
    noncurrentVersionDays: days(2 ** 31 - 1),
    abortIncompleteUploadDays: days(2 ** 31 - 1),
    encryption: {
      right: texts("sse-s3", "sse-kms", "sse-kms"),
      near: texts("kms", "SSE-KMS", "aws:kms", ""),
    },
    kmsKeyArn: {
      right: joined(
        texts(
          ...["arn:aws:kms:eu-central-1", "arn:aws:kms:us-east-1", "arn:aws-cn:kms:cn-north-1"],
          ...["arn:aws-us-gov:kms:us-gov-west-1", "arn:aws-eusc:kms:eusc-de-east-1"],
          ...["arn:aws-iso-b:kms:us-isob-east-1", "arn:aws:kms:xx-new-1", "arn:aws-new:kms:xx-new-1"],
        ),
        texts(":"),
        digits,
        texts(":key/"),
        uuid,
      ),
      near: texts(
        ...["alias/backups", "arn:aws:kms:eu-central-1:111122223333:alias/b", "arn:x:kms:r:1:key/k", ""],
        ...["arn:aws-cn:kms:eu-central-1:111122223333:key/k", "arn:aws:kms:cn-north-1:111122223333:key/k"],
        ...[
          "arn:aws:kms:us-gov-west-1:111122223333:key/k",
          "arn:aws-iso:kms:us-isob-east-1:111122223333:key/k",
        ],
        ...["arn:aws:kms:eu-central-1:111122223333:key/", "arn:x:kms:eu-central-1:111122223333:key/k"],
        `arn:aws:kms:eu-central-1:111122223333:key/${"k".repeat(2000)}`,
        "arn:aws:kms:nowhere:111122223333:key/1234abcd",
      ),
      seldom: true,
    },
    objectLock: {
      right: fc.oneof(
        fc.record({
          mode: texts("governance", "compliance"),
          days: fc.integer({ min: 1, max: 36_500 }),
        }),
        fc.constant({ enabled: true }),
      ),
      near: anyOf(
        ...[
          { mode: "strict", days: 1 },
          { mode: "governance" },
          { enabled: false },
          { enabled: "true" },
          { enabled: true, days: 1 },
          { days: 1 },
          { mode: "governance", days: "1" },
          { mode: "GOVERNANCE", days: "30 days" },
          { mode: " compliance", days: 1.5 },
        ],
        ...[
          { mode: "governance", days: 36_501 },
          { mode: "governance", days: 1, years: 1 },
          [],
          null,
          "governance",
        ],
      ),
      seldom: true,
    },
    accessLogs: {
      right: fc.integer({ min: 1, max: 2_147_483_647 }),
      near: anyOf(0, -1, 1.5, "90 days", "90d", "true", "off", "", 2_147_483_648),
      seldom: true,
    },
    existingLogBucket: {
      right: fc.oneof(matching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/), texts("Old_Logs.2009")),
      near: fc.oneof(bucketNames, texts("B".repeat(256), "b--x-s3"), copied(texts("logs", "a/b"))),
      seldom: true,
    },
    existingBucket: {
      right: fc.oneof(
        matching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/),
        texts("Old_Bucket.2009", "b-111122223333-eu-west-1-an", "B".repeat(255)),
      ),
      near: fc.oneof(
        bucketNames,
        texts("B".repeat(256), "b--x-s3", "b.mrap"),
        copied(texts("theirs", "a/b")),
      ),
      seldom: true,
    },
    protect: anyBoolean,
    forceDestroy: anyBoolean,
    tags: { right: fc.dictionary(tagKey, tagText, { maxKeys: 4 }), near: nearTags },
  }) satisfies Record<keyof typeof settings, Row>;

const toText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function configurationOf(rightOfHundred: number): fc.Arbitrary<Record<string, string>> {
  const more = rightOfHundred >= 100 ? fc.constant([]) : fc.array(noSuchSetting, { maxLength: 2 });
  return fc
    .tuple(someOf(rowsFor(rightOfHundred), rightOfHundred), more, fc.boolean())
    .map(([known, unknown, misspelt]) =>
      Object.fromEntries(
        [...(misspelt ? unknown : []), ...known].map(([name, value]) => [name, toText(value)]),
      ),
    );
}

/** A fifth of them right value by value, two fifths nearly so, and two fifths wild. */
export const configurations: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 1, arbitrary: configurationOf(100) },
  { weight: 2, arbitrary: configurationOf(95) },
  { weight: 2, arbitrary: configurationOf(50) },
);

export const settingNames = Object.keys(settings) as (keyof typeof settings)[];
