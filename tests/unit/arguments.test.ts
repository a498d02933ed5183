import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { accessNames } from "../../components/access/profiles";
import { BackupBucket } from "../../components/backupBucket";
import { BackupConsumer } from "../../components/backupConsumer";
import { BackupTarget } from "../../components/backupTarget";
import { type BackupBucketArgs, bucketChecks } from "../../components/bucketArgs";
import type { Check } from "../../components/check";
import { checkArgs } from "../../components/checkArgs";
import { bucketContradictions } from "../../components/conflicts";
import {
  type BackupConsumerArgs,
  type ConsumerAccessArgs,
  consumerAccessChecks,
  consumerChecks,
} from "../../components/consumerArgs";
import { type BackupTargetArgs, targetChecks } from "../../components/targetArgs";
import { inAccount, promised, record, refusals } from "./record";

type Arguments = Readonly<Record<string, unknown>>;
/** Of each argument, a value that can be used and has an effect, and one that cannot be used. */
type Table<Args> = { readonly [Name in keyof Args]-?: readonly [right: unknown, wrong: unknown] };

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";

const ofBucket: Table<BackupBucketArgs> = {
  bucketName: ["my-db-backups", "My_Backups"],
  bucketNamespace: ["global", "regional"],
  adoptedBucket: [true, 1],
  versioning: [true, "maybe"],
  noncurrentVersionDays: [365, 0],
  abortIncompleteUploadDays: [1, 1.5],
  encryption: ["sse-kms", "none"],
  kmsKeyArn: [keyArn, "alias/backups"],
  objectLock: [{ mode: "governance", days: 7 }, { mode: "governance" }],
  // It can't be set together with existingLogBucket.
  accessLogs: [undefined, 0],
  existingLogBucket: ["our-logs", "a/b"],
  objectOwnership: ["BucketOwnerEnforced", "ObjectWriter"],
  protect: [true, 1],
  forceDestroy: [true, 1],
  tags: [
    { team: "databases", "cost center": "4711" },
    { team: "databases", "aws:x": "y" },
  ],
};

const ofAccess: Table<ConsumerAccessArgs> = {
  access: ["restic", "restik"],
  prefix: ["db1", "/db1"],
  furtherPrefixes: [
    ["db2", "db3"],
    ["db2", "/db3"],
  ],
  allowedIpRanges: [
    ["3.5.140.0/22", "2600:1f00::/24"],
    ["3.5.140.0/22", "10.0.0.0/8"],
  ],
  extraActions: [["s3:GetObjectTagging"], ["s3:HeadBucket"]],
  // Beside it, the exact names of the user and the group are none.
  trust: [undefined, { accountId: "*" }],
  permissionsBoundary: ["arn:aws:iam::111122223333:policy/boundary", "boundary"],
  keyGeneration: [2, 0],
  previousKey: ["active", "kept"],
  storeKeyIn: ["parameter-store", "ssm"],
  expectBackupEvery: ["24h", "24"],
  expectBackupSize: ["100MB", "100M"],
  path: ["/backups/", "backups"],
  policyName: ["p", "p/q"],
  groupName: ["g", ""],
  userName: ["u", "u v"],
  // Not without a trust.
  roleName: [undefined, "r s"],
};

const ofConsumer: Table<BackupConsumerArgs> = {
  ...ofAccess,
  bucketArn: ["arn:aws:s3:::b", "b"],
  versioning: [false, "maybe"],
  objectLock: [true, "maybe"],
  requireTls: [true, 1],
  kmsKeyArn: [keyArn, "alias/backups"],
  maxKeyAgeDays: [30, 0],
  tags: [{ team: "databases" }, { team: "a\tb" }],
};

const { objectOwnership: _derived, ...bucketOfTarget } = ofBucket;
const ofTarget: Table<Omit<BackupTargetArgs, "existingBucket" | "consumers">> = {
  ...bucketOfTarget,
  ...ofAccess,
  maxKeyAgeDays: [30, 0],
};

type Build = (name: string, args: Arguments, opts?: pulumi.ComponentResourceOptions) => pulumi.Resource;

/** The components, and a consumer among others: what it takes, and how it is made of that. */
const makers: readonly {
  readonly of: string;
  readonly table: Table<Arguments>;
  readonly checks: Readonly<Record<string, Check>>;
  readonly required?: Arguments;
  readonly build: Build;
}[] = [
  {
    of: "BackupBucket",
    table: ofBucket,
    checks: bucketChecks,
    build: (name, args, opts) => new BackupBucket(name, args, opts),
  },
  {
    of: "BackupConsumer",
    table: ofConsumer,
    checks: consumerChecks,
    required: { bucketArn: "arn:aws:s3:::b" },
    build: (name, args, opts) => new BackupConsumer(name, args as unknown as BackupConsumerArgs, opts),
  },
  {
    of: "BackupTarget",
    table: ofTarget,
    checks: targetChecks,
    build: (name, args, opts) => new BackupTarget(name, args, opts),
  },
  {
    of: "BackupTarget's consumers",
    table: ofAccess,
    checks: consumerAccessChecks,
    build: (name, args, opts) =>
      new BackupTarget(
        name,
        {
          access: "restic",
          prefix: "first",
          consumers: { [`${name}2`]: { access: "restic", prefix: "second", ...args } },
        },
        opts,
      ),
  },
];

const mapEntries = (value: Arguments, convert: (entry: unknown, key: string) => unknown) =>
  Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, convert(entry, key)]));

/** Each entry of a list or a map; what is neither, itself. */
const inside = (convert: (entry: unknown) => unknown) => (value: unknown) =>
  Array.isArray(value)
    ? value.map(convert)
    : typeof value === "object" && value !== null
      ? mapEntries(value as Arguments, convert)
      : convert(value);

const soon = (value: unknown) => new Promise((resolve) => setTimeout(() => resolve(value), 5));

const forms: readonly (readonly [form: string, convert: (value: unknown) => unknown])[] = [
  ["an Output", (value) => pulumi.output(value)],
  ["a Promise", soon],
  ["an Output of a Promise", (value) => pulumi.output(soon(value))],
  ["Outputs inside", inside((entry) => pulumi.output(entry))],
  ["Promises inside", inside(soon)],
  ["an Output with Outputs inside", (value) => pulumi.output(inside((entry) => pulumi.output(entry))(value))],
];

const mustBeKnown =
  "must be known when the program runs, because it decides what is created; an Output or a Promise is known only later; pass a plain value, for example from the stack's configuration.";

/** The message of what is thrown before there is any child. */
async function refusal(build: (opts: pulumi.ComponentResourceOptions) => unknown): Promise<string> {
  const made: string[] = [];
  const transformation = ({ type }: pulumi.ResourceTransformationArgs) => {
    made.push(type);
    return undefined;
  };
  try {
    await record((opts) => build({ transformations: [...(opts.transformations ?? []), transformation] }));
  } catch (error) {
    expect(pulumi.ResourceError.isInstance(error), String(error)).to.equal(true);
    expect(made, "only the component itself").to.have.length(1);
    return (error as Error).message;
  }
  return "nothing was thrown";
}

describe("arguments that are known later", function () {
  this.timeout(60_000);

  for (const { of, table, checks, required, build } of makers) {
    const isLater = (name: string) => checks[name]?.atOnce !== true;
    const right = mapEntries(table, (values) => (values as readonly unknown[])[0]);

    it(`${of}: registers the same with them as with plain values`, async () => {
      const { resources } = await record((opts) => build("mLab", right, opts), inAccount);
      expect(resources.length).to.be.above(6);
      for (const [form, convert] of forms) {
        const args = mapEntries(right, (value, name) => (isLater(name) ? convert(value) : value));
        const later = await record((opts) => build("mLab", args, opts), inAccount);
        expect(later.resources, form).to.deep.equal(resources);
      }
    });

    it(`${of}: refuses a wrong one of them in the words for a plain value`, async () => {
      const expected: string[] = [];
      for (const [name, [, wrong]] of Object.entries(table).filter(([name]) => isLater(name))) {
        expected.push(await refusal((opts) => build(`wrong-${name}`, { ...required, [name]: wrong }, opts)));
        expect(expected.at(-1)).to.match(new RegExp(`^invalid argument:\n.*\\b${name}\\b`));
      }
      for (const [form, convert] of forms.slice(-2)) {
        const built: pulumi.Resource[] = [];
        const refused = await refusals(() => {
          for (const [name, [, wrong]] of Object.entries(table).filter(([name]) => isLater(name))) {
            built.push(build(`wrong-${name}`, { ...required, [name]: convert(wrong) }));
          }
        }, expected.length);
        expect(
          built.map((component) => refused.get(component)),
          form,
        ).to.deep.equal(expected);
        expect(refused.size, form).to.equal(expected.length);
      }
    });

    it(`${of}: refuses them at once for what the program must know when it runs`, async () => {
      for (const name of Object.keys(table).filter((name) => !isLater(name))) {
        for (const [form, convert] of forms) {
          const message = await refusal((opts) =>
            build("mLab", { ...required, [name]: convert(right[name]) }, opts),
          );
          const path = of === "BackupTarget's consumers" ? `consumers.mLab2.${name}` : name;
          expect(message, form).to.equal(`invalid argument:\n  ${path}: ${mustBeKnown}`);
        }
      }
    });
  }

  it("refuses them for the names of further consumers, and of a bucket that is there already", async () => {
    const wrong = {
      existingBucket: pulumi.output("theirs"),
      consumers: { db2: pulumi.output({ access: "restic" }), db3: { access: "restik" } },
    };
    expect(
      await refusal((opts) => new BackupTarget("mLab", wrong as unknown as BackupTargetArgs, opts)),
    ).to.equal(
      [
        "3 invalid arguments:",
        `  existingBucket: ${mustBeKnown}`,
        `  consumers.db2: ${mustBeKnown}`,
        `  consumers.db3.access = "restik": must be one of the ${accessNames.length} access profiles in docs/access-profiles.md, for example "restic" or "rustic".`,
      ].join("\n"),
    );
    const consumers = Promise.resolve({ db2: {} });
    expect(
      await refusal((opts) => new BackupTarget("mLab", { consumers } as unknown as BackupTargetArgs, opts)),
    ).to.equal(`invalid argument:\n  consumers: ${mustBeKnown}`);
  });

  it("are held against each other, and against those that are known at once", async () => {
    const ranges = Array.from({ length: 120 }, (_, index) => `3.${index}.0.0/16`);
    const later = (value: unknown) => pulumi.output(value);
    const cases: readonly (readonly [Build, (form: (value: unknown) => unknown) => Arguments])[] = [
      ...(
        [
          (form) => ({ access: "mlab", prefix: form("db1") }),
          (form) => ({ access: "append-only", versioning: form(false) }),
          (form) => ({ kmsKeyArn: form(keyArn) }),
          (form) => ({
            access: "restic",
            objectLock: { mode: "governance", days: 7 },
            versioning: form(false),
          }),
          (form) => ({
            access: "restic",
            objectLock: { mode: "compliance", days: 7 },
            forceDestroy: form(true),
          }),
          (form) => ({ access: "restic", existingBucket: "theirs", bucketName: form("my-db-backups") }),
          (form) => ({ access: "restic", consumers: { db2: { access: "mlab", prefix: form("db2") } } }),
          (form) => ({ userName: form("one"), consumers: { db2: { userName: form("ONE") } } }),
          (form) => ({ access: "restic", prefix: form("db1"), allowedIpRanges: ranges.map(form) }),
        ] as ((form: (value: unknown) => unknown) => Arguments)[]
      ).map((args): [Build, typeof args] => [
        (name, given, opts) => new BackupTarget(name, given, opts),
        args,
      ]),
      [
        (name, args, opts) => new BackupBucket(name, args, opts),
        (form) => ({ objectLock: { mode: "compliance", days: 7 }, forceDestroy: form(true) }),
      ],
      [
        (name, args, opts) => new BackupConsumer(name, args as unknown as BackupConsumerArgs, opts),
        (form) => ({ bucketArn: form("arn:aws-cn:s3:::b"), kmsKeyArn: form(keyArn) }),
      ],
    ];
    const expected: string[] = [];
    for (const [build, args] of cases) {
      expected.push(
        await refusal((opts) =>
          build(
            "mLab",
            args((value) => value),
            opts,
          ),
        ),
      );
      expect(expected.at(-1), String(args)).to.match(/^invalid argument:/);
    }
    const built: pulumi.Resource[] = [];
    const refused = await refusals(() => {
      for (const [index, [build, args]] of cases.entries()) {
        built.push(build(`against${index}`, args(later)));
      }
    }, cases.length);
    expect(built.map((component) => refused.get(component))).to.deep.equal(expected);
    expect(refused.size).to.equal(cases.length);
  });

  it("are reported in one error, before any resource gets to see one of them", async () => {
    const { built } = await record((opts) => new BackupBucket("mLab", {}, opts));
    const args: BackupBucketArgs = {
      bucketName: pulumi.output(soon("My_Backups") as Promise<string>),
      versioning: pulumi.output(true),
      noncurrentVersionDays: Promise.resolve(0),
      forceDestroy: true,
    };
    const checked = checkArgs(args, bucketChecks, bucketContradictions, built);
    expect(checked.forceDestroy).to.equal(true);
    for (const later of [checked.bucketName, checked.versioning, checked.noncurrentVersionDays]) {
      const error: unknown = await promised(pulumi.output<unknown>(later)).catch((thrown: unknown) => thrown);
      expect(pulumi.ResourceError.isInstance(error) && error.message).to.equal(
        [
          "2 invalid arguments:",
          '  bucketName = "My_Backups": must contain only lowercase letters, digits and hyphens; for example "my-backups".',
          "  noncurrentVersionDays = 0: must be a whole number of days from 1 to 2147483647, for example 30.",
        ].join("\n"),
      );
    }
  });

  it("keep to themselves what is secret about them, and what a preview cannot know", async () => {
    const { built } = await record((opts) => new BackupBucket("mLab", {}, opts));
    const { unknown }: { unknown: string } = require("@pulumi/pulumi/output");
    const args: BackupBucketArgs = {
      bucketName: pulumi.output(unknown),
      noncurrentVersionDays: pulumi.output(30),
      tags: { team: pulumi.secret("databases") },
    };
    const checked = checkArgs(args, bucketChecks, bucketContradictions, built);
    const { bucketName, noncurrentVersionDays, tags } = checked;
    expect(await promised(pulumi.output(noncurrentVersionDays))).to.equal(30);
    expect(await promised(pulumi.output(tags))).to.deep.equal({ team: "databases" });
    const known = ({ isKnown }: { isKnown?: Promise<boolean> }) => isKnown;
    expect(await known(pulumi.output(bucketName) as object)).to.equal(false);
    expect(await known(pulumi.output(noncurrentVersionDays) as object)).to.equal(true);
    expect(await pulumi.isSecret(pulumi.output(noncurrentVersionDays))).to.equal(false);
    expect(await pulumi.isSecret(pulumi.output(tags))).to.equal(true);
  });
});

describe("arguments that there are not", () => {
  it("are refused, with the nearest name and without their value", async () => {
    const cases: [Build, Arguments, string[]][] = [
      [
        (name, args, opts) => new BackupTarget(name, args, opts),
        { prefx: "hush", consumers: { db2: { acess: "hush" } }, objectOwnership: "hush" },
        [
          "prefx: there is no such argument; did you mean prefix?",
          "objectOwnership: there is no such argument; remove it.",
          "consumers.db2.acess: a consumer has no such setting; did you mean access?",
        ],
      ],
      [
        (name, args, opts) => new BackupTarget(name, args, opts),
        { prefx: pulumi.output("hush"), consumers: { db2: { acess: pulumi.output("hush") } } },
        [
          "prefx: there is no such argument; did you mean prefix?",
          "consumers.db2.acess: a consumer has no such setting; did you mean access?",
        ],
      ],
      [
        (name, args, opts) => new BackupBucket(name, args, opts),
        { bucket: "hush", forceDestory: true, constructor: "hush" },
        [
          "bucket: there is no such argument; remove it.",
          "forceDestory: there is no such argument; did you mean forceDestroy?",
          "constructor: there is no such argument; remove it.",
        ],
      ],
      [
        (name, args, opts) => new BackupConsumer(name, args as unknown as BackupConsumerArgs, opts),
        { bucketArn: "arn:aws:s3:::b", kmsKeyARN: "hush" },
        ["kmsKeyARN: there is no such argument; did you mean kmsKeyArn?"],
      ],
    ];
    for (const [build, args, lines] of cases) {
      const message = await refusal((opts) => build("mLab", args, opts));
      expect(message.split("\n").slice(1)).to.have.members(lines.map((line) => `  ${line}`));
      expect(message).not.to.contain("hush");
    }
    const { resources } = await record(
      (opts) => new BackupTarget("mLab", { prefx: undefined } as object, opts),
    );
    expect(resources.length).to.be.above(10);
  });
});
