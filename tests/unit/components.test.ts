import { isDeepStrictEqual } from "node:util";
import * as iam from "@pulumi/aws/iam";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { accessPolicy } from "../../components/access/policy";
import { accessNames } from "../../components/access/profiles";
import { BackupBucket } from "../../components/backupBucket";
import { BackupConsumer, type ConsumerOutputs } from "../../components/backupConsumer";
import { BackupTarget } from "../../components/backupTarget";
import type { BackupBucketArgs } from "../../components/bucketArgs";
import type { BackupConsumerArgs } from "../../components/consumerArgs";
import type { BackupTargetArgs } from "../../components/targetArgs";
import { bucketPolicy, guidePolicy, logBucketPolicy } from "../support/expected";
import { inAccount, promised, type Recorded, record, refusals } from "./record";

/** All that a target registers, to the letter: what changes here changes on someone's account. */
function expectedResources(consumer: string, lower: string): Recorded[] {
  const bucket = `${lower}-backups`;
  const physical = `${bucket}-1a2b3c4`;
  const arn = `arn:aws:s3:::${physical}`;
  const target = `s3-backup-target:index:BackupTarget ${consumer}`;
  const usual = { protect: false, retainOnDelete: false, dependsOn: [] };
  const inBucket = { ...usual, parent: `s3-backup-target:index:BackupBucket ${consumer}` };
  // What is set on the bucket goes with the bucket, and not before it.
  const onBucket = { ...inBucket, retainOnDelete: true };
  const inConsumer = { ...usual, parent: `s3-backup-target:index:BackupConsumer ${consumer}` };
  return [
    {
      type: "s3-backup-target:index:BackupTarget",
      name: consumer,
      inputs: {},
      parent: undefined,
      ...usual,
    },
    {
      type: "s3-backup-target:index:BackupBucket",
      name: consumer,
      inputs: {},
      parent: target,
      ...usual,
    },
    {
      ...inBucket,
      type: "aws:s3/bucket:Bucket",
      name: bucket,
      inputs: { forceDestroy: false },
    },
    {
      ...onBucket,
      type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      name: `${bucket}-ownership`,
      inputs: { bucket: physical, rule: { objectOwnership: "BucketOwnerPreferred" } },
      dependsOn: [bucket],
    },
    {
      ...onBucket,
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      name: `${bucket}-public-access-block`,
      inputs: {
        bucket: physical,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      dependsOn: [`${bucket}-ownership`],
    },
    {
      ...onBucket,
      type: "aws:s3/bucketPolicy:BucketPolicy",
      name: `${bucket}-policy`,
      inputs: { bucket: physical, policy: JSON.stringify(bucketPolicy(arn)) },
      dependsOn: [`${bucket}-public-access-block`],
    },
    {
      ...onBucket,
      type: "aws:s3/bucketVersioning:BucketVersioning",
      name: `${bucket}-versioning`,
      inputs: { bucket: physical, versioningConfiguration: { status: "Enabled" } },
      dependsOn: [`${bucket}-policy`],
    },
    {
      ...onBucket,
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      name: `${bucket}-encryption`,
      inputs: {
        bucket: physical,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
            blockedEncryptionTypes: ["SSE-C"],
          },
        ],
      },
      dependsOn: [`${bucket}-versioning`],
    },
    {
      ...onBucket,
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      name: `${bucket}-lifecycle`,
      inputs: {
        bucket: physical,
        rules: [
          {
            id: "abort-incomplete-uploads",
            status: "Enabled",
            filter: {},
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
          {
            id: "expire-noncurrent-versions",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: 30 },
            expiration: { expiredObjectDeleteMarker: true },
          },
        ],
      },
      dependsOn: [`${bucket}-encryption`],
    },
    {
      type: "s3-backup-target:index:BackupConsumer",
      name: consumer,
      inputs: {},
      parent: target,
      ...usual,
    },
    {
      ...inConsumer,
      type: "aws:iam/policy:Policy",
      name: `${consumer}S3BackupsPolicy`,
      inputs: { policy: JSON.stringify(guidePolicy(arn)) },
    },
    { ...inConsumer, type: "aws:iam/group:Group", name: `${consumer}Group`, inputs: {} },
    {
      ...inConsumer,
      type: "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
      name: `${consumer}GroupPolicyAttachment`,
      inputs: { group: `${consumer}Group-1a2b3c4`, policyArn: `arn:of:${consumer}S3BackupsPolicy` },
    },
    { ...inConsumer, type: "aws:iam/user:User", name: `${consumer}User`, inputs: { forceDestroy: true } },
    {
      ...inConsumer,
      type: "aws:iam/userGroupMembership:UserGroupMembership",
      name: `${consumer}UserGroupMembership`,
      inputs: { user: `${consumer}User-1a2b3c4`, groups: [`${consumer}Group-1a2b3c4`] },
    },
    {
      ...inConsumer,
      type: "aws:iam/accessKey:AccessKey",
      name: `${consumer}AccessKey`,
      inputs: { user: `${consumer}User-1a2b3c4` },
    },
  ];
}

/** What differs from a target with the defaults, by resource and input. */
async function differences(args: BackupTargetArgs): Promise<Record<string, unknown>> {
  const { resources } = await record((opts) => new BackupTarget("mLab", args, opts));
  const expected = expectedResources("mLab", "mlab");
  expect(resources.map(({ type, name }) => `${type} ${name}`)).to.have.members(
    expected.map(({ type, name }) => `${type} ${name}`),
  );
  const found: Record<string, unknown> = {};
  for (const usual of expected) {
    const resource = resources.find(({ type, name }) => type === usual.type && name === usual.name);
    for (const key of new Set([...Object.keys(resource?.inputs ?? {}), ...Object.keys(usual.inputs)])) {
      const value = resource?.inputs[key];
      if (!isDeepStrictEqual(value, usual.inputs[key])) {
        found[`${usual.name}.${key}`] = value;
      }
    }
    for (const option of ["protect", "retainOnDelete"] as const) {
      if (resource?.[option] !== usual[option]) {
        found[`${usual.name} ${option}`] = resource?.[option];
      }
    }
  }
  return found;
}

/** The message of what a constructor throws. */
async function refusal(build: (opts: pulumi.ComponentResourceOptions) => unknown): Promise<string> {
  const count = { resources: 0 };
  try {
    await record((opts) =>
      build({
        transformations: [
          ...(opts.transformations ?? []),
          () => {
            count.resources++;
            return undefined;
          },
        ],
      }),
    );
  } catch (error) {
    expect(pulumi.ResourceError.isInstance(error), String(error)).to.equal(true);
    expect(count.resources, "only the component itself").to.equal(1);
    return (error as Error).message;
  }
  return "nothing was thrown";
}

describe("BackupTarget", () => {
  it("registers exactly the guide's resources, each with its inputs, its parent and what it waits for", async () => {
    const { resources } = await record((opts) => new BackupTarget("mLab", {}, opts));
    expect(resources).to.deep.equal(expectedResources("mLab", "mlab"));
  });

  it("takes an argument that is there but undefined for one that is not there", async () => {
    expect(
      await differences({ versioning: undefined, bucketName: undefined, tags: undefined }),
    ).to.deep.equal({});
  });

  it("works alongside another one in the same program", async () => {
    const { resources } = await record((opts) => [
      new BackupTarget("mLab", {}, opts),
      new BackupTarget("Velero2", {}, opts),
    ]);
    for (const expected of [
      ...expectedResources("mLab", "mlab"),
      ...expectedResources("Velero2", "velero2"),
    ]) {
      expect(resources).to.deep.include(expected);
    }
    expect(resources).to.have.length(2 * expectedResources("a", "a").length);
  });

  it("outputs the key and the names of what it made", async () => {
    const { built } = await record((opts) => new BackupTarget("mLab", {}, opts));
    const outputs = {
      accessKeyId: built.accessKeyId,
      secretAccessKey: built.secretAccessKey,
      bucketName: built.bucketName,
      bucketArn: built.bucketArn,
      region: built.region,
      userName: built.userName,
      userArn: built.userArn,
      groupName: built.groupName,
      policyArn: built.policyArn,
    };
    const values: Record<string, string> = {};
    for (const [name, output] of Object.entries(outputs)) {
      values[name] = await promised(pulumi.output(output ?? ""));
      expect(await pulumi.isSecret(pulumi.output(output)), name).to.equal(name === "secretAccessKey");
    }
    expect(values).to.deep.equal({
      accessKeyId: "mLabAccessKey-id",
      secretAccessKey: "secret of mLabAccessKey",
      bucketName: "mlab-backups-1a2b3c4",
      bucketArn: "arn:aws:s3:::mlab-backups-1a2b3c4",
      region: "eu-central-1",
      userName: "mLabUser-1a2b3c4",
      userArn: "arn:of:mLabUser",
      groupName: "mLabGroup-1a2b3c4",
      policyArn: "arn:of:mLabS3BackupsPolicy",
    });
  });

  it("lets the program attach more to the bucket, the user and the policy themselves", async () => {
    const { built, resources } = await record((opts) => {
      const target = new BackupTarget("mLab", {}, opts);
      const { bucket, consumer } = target;
      new s3.BucketNotification(
        "notified",
        {
          bucket: bucket?.bucket.id ?? "",
          queues: [{ queueArn: "arn:of:queue", events: ["s3:ObjectRemoved:*"] }],
        },
        { ...opts, dependsOn: bucket ? [bucket.bucket] : [] },
      );
      new iam.UserPolicyAttachment(
        "more",
        { user: consumer.user?.name ?? "", policyArn: "arn:aws:iam::aws:policy/IAMUserChangePassword" },
        opts,
      );
      new iam.UserPolicyAttachment("shared", { user: "auditor", policyArn: consumer.policy.arn }, opts);
      return target;
    });
    const attached = resources
      .filter(({ parent }) => parent === undefined)
      .map(({ name, inputs, dependsOn }) => ({ name, inputs, dependsOn }));
    expect(attached.slice(1)).to.deep.equal([
      {
        name: "notified",
        inputs: {
          bucket: "mlab-backups-id",
          queues: [{ queueArn: "arn:of:queue", events: ["s3:ObjectRemoved:*"] }],
        },
        dependsOn: ["mlab-backups"],
      },
      {
        name: "more",
        inputs: { user: "mLabUser-1a2b3c4", policyArn: "arn:aws:iam::aws:policy/IAMUserChangePassword" },
        dependsOn: [],
      },
      { name: "shared", inputs: { user: "auditor", policyArn: "arn:of:mLabS3BackupsPolicy" }, dependsOn: [] },
    ]);
    expect(built.kmsKeyArn).to.equal(undefined);
  });

  it("has a slot for the keys of odd generations and one for those of even ones", async () => {
    const keys = async (args: BackupTargetArgs) => {
      const { built, resources } = await record((opts) => new BackupTarget("mLab", args, opts));
      const made = resources.filter(({ type }) => type === "aws:iam/accessKey:AccessKey");
      expect(made.every(({ inputs }) => inputs.user === "mLabUser-1a2b3c4")).to.equal(true);
      return {
        made: made.map(({ name, inputs }) => `${name} ${inputs.status ?? "Active"}`),
        current: await promised(pulumi.output(built.accessKeyId)),
        secret: await promised(pulumi.output(built.secretAccessKey)),
        previous: built.previousAccessKeyId && (await promised(built.previousAccessKeyId)),
      };
    };
    const odd = { current: "mLabAccessKey-id", secret: "secret of mLabAccessKey" };
    const even = { current: "mLabAccessKeyEven-id", secret: "secret of mLabAccessKeyEven" };
    expect(await keys({ keyGeneration: 2 })).to.deep.equal({
      ...even,
      made: ["mLabAccessKeyEven Active"],
      previous: undefined,
    });
    expect(await keys({ keyGeneration: 2, previousKey: "active" })).to.deep.equal({
      ...even,
      made: ["mLabAccessKeyEven Active", "mLabAccessKey Active"],
      previous: odd.current,
    });
    expect(await keys({ keyGeneration: 3, previousKey: "inactive" })).to.deep.equal({
      ...odd,
      made: ["mLabAccessKey Active", "mLabAccessKeyEven Inactive"],
      previous: even.current,
    });
  });

  describe("changes only what an argument names", () => {
    const arn = "arn:aws:s3:::my-db-backups";
    const inNamedBucket = Object.fromEntries(
      ["ownership", "public-access-block", "policy", "versioning", "encryption", "lifecycle"].map(
        (setting) => [`mlab-backups-${setting}.bucket`, "my-db-backups"],
      ),
    );
    const rule = (abort: number, noncurrent: number) => [
      {
        id: "abort-incomplete-uploads",
        status: "Enabled",
        filter: {},
        abortIncompleteMultipartUpload: { daysAfterInitiation: abort },
      },
      {
        id: "expire-noncurrent-versions",
        status: "Enabled",
        filter: {},
        noncurrentVersionExpiration: { noncurrentDays: noncurrent },
        expiration: { expiredObjectDeleteMarker: true },
      },
    ];
    const tags = { team: "databases", "cost center": "4711" };
    const cases: [args: BackupTargetArgs, changed: object][] = [
      [
        { bucketName: "my-db-backups" },
        {
          "mlab-backups.bucket": "my-db-backups",
          ...inNamedBucket,
          "mlab-backups-policy.policy": JSON.stringify(bucketPolicy(arn)),
          "mLabS3BackupsPolicy.policy": JSON.stringify(guidePolicy(arn)),
        },
      ],
      [{ versioning: false }, { "mlab-backups-versioning.versioningConfiguration": { status: "Suspended" } }],
      [{ versioning: true }, {}],
      [{ noncurrentVersionDays: 365 }, { "mlab-backups-lifecycle.rules": rule(7, 365) }],
      [{ abortIncompleteUploadDays: 1 }, { "mlab-backups-lifecycle.rules": rule(1, 30) }],
      [{ forceDestroy: true }, { "mlab-backups.forceDestroy": true }],
      [{ protect: true }, { "mlab-backups protect": true }],
      [{ policyName: "p" }, { "mLabS3BackupsPolicy.name": "p" }],
      [
        { groupName: "g" },
        {
          "mLabGroup.name": "g",
          "mLabGroupPolicyAttachment.group": "g",
          "mLabUserGroupMembership.groups": ["g"],
        },
      ],
      [
        { userName: "u" },
        { "mLabUser.name": "u", "mLabUserGroupMembership.user": "u", "mLabAccessKey.user": "u" },
      ],
      [{ tags }, { "mlab-backups.tags": tags, "mLabS3BackupsPolicy.tags": tags, "mLabUser.tags": tags }],
    ];
    for (const [args, changed] of cases) {
      it(JSON.stringify(args), async () => {
        expect(await differences(args)).to.deep.equal(changed);
        const asOutputs = Object.fromEntries(
          Object.entries(args).map(([name, value]) => [
            name,
            name === "protect" ? value : pulumi.output(value),
          ]),
        );
        expect(await differences(asOutputs), "as Outputs").to.deep.equal(changed);
      });
    }
  });

  it("hands its option protect on to every child, unless the argument says otherwise of the bucket and its key", async () => {
    const unprotected = async (args: BackupTargetArgs) => {
      const { resources } = await record(
        (opts) => new BackupTarget("mLab", { encryption: "sse-kms", ...args }, { ...opts, protect: true }),
      );
      return resources.filter((resource) => !resource.protect).map(({ name }) => name);
    };
    expect(await unprotected({})).to.deep.equal([]);
    expect(await unprotected({ protect: true })).to.deep.equal([]);
    expect(await unprotected({ protect: false })).to.deep.equal(["mlab-backups-key", "mlab-backups"]);
  });

  it("refuses a name that differs from another one's in case alone, before there is a second bucket", async () => {
    const Wrapper = class extends pulumi.ComponentResource {};
    const inside = (type: string, opts: pulumi.ComponentResourceOptions) => ({
      ...opts,
      parent: new Wrapper(`test:index:${type}`, "w", {}, opts),
    });
    const types: string[] = [];
    const counted = (opts: pulumi.ComponentResourceOptions) => ({
      transformations: [
        ...(opts.transformations ?? []),
        ({ type, name }: pulumi.ResourceTransformationArgs) => {
          types.push(`${type} ${name}`);
          return undefined;
        },
      ],
    });
    for (const Component of [BackupTarget, BackupBucket]) {
      let thrown: unknown;
      await record((opts) => {
        const { parent } = inside("Twins", counted(opts));
        new Component("mLab", {}, { parent });
        types.length = 0;
        try {
          new Component("MLAB", {}, { parent });
        } catch (error) {
          thrown = error;
        }
      });
      expect(pulumi.ResourceError.isInstance(thrown) && thrown.message).to.equal(
        'the name "MLAB" must differ from "mLab" in more than case: the resources of both buckets would be named mlab-backups; use another name.',
      );
      expect(types.filter((type) => !type.startsWith("s3-backup-target:"))).to.deep.equal([]);
    }
    // Inside other components, and next to each other, their buckets have other URNs; so do those for which there is no bucket.
    await record((opts) => {
      const { parent } = inside("Whole", opts);
      new BackupTarget("mLab", {}, { parent });
      new BackupBucket("MLab", {}, { parent });
      new BackupTarget("MLAB", { existingBucket: "theirs", access: "restic" }, { parent });
      new BackupTarget("mlab", {}, inside("Another", { parent }));
    });
  });

  it("refuses a bucket that is there already and that another target serves, unless their URNs differ", async () => {
    const Wrapper = class extends pulumi.ComponentResource {};
    let message = "";
    await record((opts) => {
      const parent = new Wrapper("test:index:Served", "w", {}, opts);
      new BackupTarget("db1", { existingBucket: "theirs", access: "restic" }, { parent });
      new BackupTarget("db2", { existingBucket: "other", access: "restic" }, { parent });
      const inner = new Wrapper("test:index:Inner", "w", {}, { parent });
      new BackupTarget("db3", { existingBucket: "theirs", access: "restic" }, { parent: inner });
      try {
        new BackupTarget("db4", { existingBucket: "theirs", access: "restic" }, { parent });
      } catch (error) {
        message = String(error);
      }
    });
    expect(message).to.contain(
      'invalid argument:\n  existingBucket = "theirs": the target "db1" of this program already uses this bucket, and both would have the same URN; add "db4" to the consumers of "db1".',
    );
  });

  it("names all arguments that cannot be used, before it has any child", async () => {
    expect(
      await refusal(
        (opts) =>
          new BackupTarget("mLab", { bucketName: "My_Backups", userName: "a b", tags: { a: "" } }, opts),
      ),
    ).to.equal(
      [
        "2 invalid arguments:",
        '  bucketName = "My_Backups": must contain only lowercase letters, digits and hyphens; for example "my-backups".',
        '  userName = "a b": must contain only letters, digits and +=,.@_-; for example "a-b".',
      ].join("\n"),
    );
  });
});

describe("BackupTarget with more settings", () => {
  const madeKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/made-by-us";
  const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
  const inputsOf = (resources: Recorded[], name: string) =>
    resources.find((resource) => resource.name === name)?.inputs;
  const policyOf = (resources: Recorded[], consumer: string) =>
    JSON.parse(String(inputsOf(resources, `${consumer}S3BackupsPolicy`)?.policy));
  const bucketArn = "arn:aws:s3:::mlab-backups-1a2b3c4";

  it("gives the consumer its access profile, and ACLs only where a profile uses them", async function () {
    this.timeout(60_000); // a stack for each

    for (const access of accessNames) {
      const { resources } = await record((opts) => new BackupTarget("mLab", { access }, opts));
      expect(policyOf(resources, "mLab")).to.deep.equal(accessPolicy({ bucketArn, access, versioned: true }));
      expect(inputsOf(resources, "mlab-backups-ownership")?.rule, access).to.deep.equal({
        objectOwnership: ["mlab", "rclone", "msp360", "gitlab", "truenas"].includes(access)
          ? "BucketOwnerPreferred"
          : "BucketOwnerEnforced",
      });
    }
  });

  it("hands every limit to the policy, as plain values and as Outputs", async () => {
    const limits = { prefix: "db1", allowedIpRanges: ["3.5.140.7/32"] };
    for (const args of [
      limits,
      { prefix: pulumi.output("db1/"), allowedIpRanges: pulumi.output(["3.5.140.7/32"]) },
    ]) {
      const { resources } = await record(
        (opts) =>
          new BackupTarget(
            "mLab",
            { access: "rclone", extraActions: ["s3:GetObjectTagging"], versioning: false, ...args },
            opts,
          ),
      );
      expect(policyOf(resources, "mLab")).to.deep.equal(
        accessPolicy({
          bucketArn,
          access: "rclone",
          versioned: false,
          prefix: "db1/",
          allowedIpRanges: limits.allowedIpRanges,
          extraActions: ["s3:GetObjectTagging"],
        }),
      );
    }
  });

  it("puts policy, group and user under a path, and the user behind a boundary", async () => {
    const permissionsBoundary = "arn:aws:iam::111122223333:policy/boundary";
    expect(await differences({ path: "/backups/", permissionsBoundary })).to.deep.equal({
      "mLabS3BackupsPolicy.path": "/backups/",
      "mLabGroup.path": "/backups/",
      "mLabUser.path": "/backups/",
      "mLabUser.permissionsBoundary": permissionsBoundary,
    });
  });

  it("makes a KMS key, rotated and with a name, before the bucket, and grants it", async () => {
    const { built, resources } = await record(
      (opts) => new BackupTarget("mLab", { encryption: "sse-kms" }, opts),
    );
    expect(inputsOf(resources, "mlab-backups-key")).to.deep.equal({
      description: "Encrypts the backups in mlab-backups",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    expect(inputsOf(resources, "mlab-backups-key-alias")).to.deep.equal({
      name: "alias/mlab-backups-1a2b3c4",
      targetKeyId: "id-of-mlab-backups-key",
    });
    expect(resources.find(({ name }) => name === "mlab-backups")?.dependsOn).to.deep.equal([
      "mlab-backups-key",
    ]);
    expect(inputsOf(resources, "mlab-backups-encryption")?.rules).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: "aws:kms",
          kmsMasterKeyId: madeKeyArn,
        },
        bucketKeyEnabled: true,
        blockedEncryptionTypes: ["SSE-C"],
      },
    ]);
    expect(policyOf(resources, "mLab").Statement.at(-1).Resource).to.deep.equal([madeKeyArn]);
    expect(built.kmsKeyArn && (await promised(built.kmsKeyArn))).to.equal(madeKeyArn);
  });

  it("names a KMS key after the bucket without its periods, which KMS takes in no alias", async () => {
    const args = { encryption: "sse-kms", bucketName: "my.db.backups", adoptedBucket: true } as const;
    const { resources } = await record((opts) => new BackupTarget("mLab", args, opts));
    expect(inputsOf(resources, "mlab-backups-key-alias")?.name).to.equal("alias/my_db_backups");
  });

  it("encrypts by a KMS key that is there, and makes none", async () => {
    const { resources } = await record(
      (opts) => new BackupTarget("mLab", { encryption: "sse-kms", kmsKeyArn: keyArn }, opts),
    );
    expect(resources.filter(({ type }) => type.startsWith("aws:kms"))).to.deep.equal([]);
    expect(inputsOf(resources, "mlab-backups-encryption")?.rules).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
        bucketKeyEnabled: true,
        blockedEncryptionTypes: ["SSE-C"],
      },
    ]);
    expect(policyOf(resources, "mLab")).to.deep.equal(
      accessPolicy({ bucketArn, access: "mlab", versioned: true, kmsKeyArn: keyArn }),
    );
  });

  it("locks objects, between encryption and lifecycle", async () => {
    const { resources } = await record(
      (opts) =>
        new BackupTarget("mLab", { access: "restic", objectLock: { mode: "compliance", days: 7 } }, opts),
    );
    expect(resources.find(({ name }) => name === "mlab-backups-object-lock")).to.deep.include({
      inputs: {
        bucket: "mlab-backups-1a2b3c4",
        objectLockEnabled: "Enabled",
        rule: { defaultRetention: { mode: "COMPLIANCE", days: 7 } },
      },
      retainOnDelete: true,
      dependsOn: ["mlab-backups-encryption"],
    });
    expect(resources.find(({ name }) => name === "mlab-backups-lifecycle")?.dependsOn).to.deep.equal([
      "mlab-backups-object-lock",
    ]);
  });

  it("turns Object Lock on without a default retention, for the tools that set one for each object", async () => {
    const { resources } = await record(
      (opts) => new BackupTarget("mLab", { access: "kopia", objectLock: { enabled: true } }, opts),
    );
    expect(resources.find(({ name }) => name === "mlab-backups-object-lock")?.inputs).to.deep.equal({
      bucket: "mlab-backups-1a2b3c4",
      objectLockEnabled: "Enabled",
    });
    expect(policyOf(resources, "mLab")).to.deep.equal(
      accessPolicy({ bucketArn, access: "kopia", versioned: true, locked: true }),
    );
  });

  it("gives what a locked bucket needs where an existing bucket has Object Lock", async () => {
    const { resources } = await record(
      (opts) => new BackupTarget("mLab", { existingBucket: "locked-theirs", access: "duplicati" }, opts),
    );
    expect(policyOf(resources, "mLab").Statement[1]?.Action).to.include("s3:PutObjectRetention");
  });

  it("logs to a separate bucket, which a destroy leaves with its logs", async () => {
    const logged = (args: BackupTargetArgs) =>
      record(
        (opts) => new BackupTarget("mLab", { ...args, accessLogs: 90, tags: { team: "db" } }, opts),
        inAccount,
      );
    const { built, resources } = await logged({});
    const plain = await record((opts) => new BackupTarget("mLab", { tags: { team: "db" } }, opts));
    const titleOf = ({ type, name }: Recorded) => `${type} ${name}`;
    const before = new Set(plain.resources.map(titleOf));
    const [bucket, logs] = ["mlab-backups-1a2b3c4", "mlab-logs-1a2b3c4"];
    const usual = {
      parent: "s3-backup-target:index:AccessLogBucket mLab",
      protect: false,
      retainOnDelete: true,
      dependsOn: [],
    };
    const added = resources.filter((resource) => !before.has(titleOf(resource)));
    expect(added).to.deep.equal([
      {
        ...usual,
        type: "s3-backup-target:index:AccessLogBucket",
        name: "mLab",
        inputs: {},
        parent: "s3-backup-target:index:BackupBucket mLab",
        retainOnDelete: false,
      },
      {
        ...usual,
        type: "aws:s3/bucket:Bucket",
        name: "mlab-logs",
        inputs: { forceDestroy: false, tags: { team: "db" } },
      },
      {
        ...usual,
        type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        name: "mlab-logs-ownership",
        inputs: { bucket: logs, rule: { objectOwnership: "BucketOwnerEnforced" } },
        dependsOn: ["mlab-logs"],
      },
      {
        ...usual,
        type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        name: "mlab-logs-public-access-block",
        inputs: {
          bucket: logs,
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        dependsOn: ["mlab-logs-ownership"],
      },
      {
        ...usual,
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        name: "mlab-logs-encryption",
        inputs: {
          bucket: logs,
          rules: [
            {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
              blockedEncryptionTypes: ["SSE-C"],
            },
          ],
        },
        dependsOn: ["mlab-logs-public-access-block"],
      },
      {
        ...usual,
        type: "aws:s3/bucketPolicy:BucketPolicy",
        name: "mlab-logs-policy",
        inputs: {
          bucket: logs,
          policy: JSON.stringify(
            logBucketPolicy(`arn:aws:s3:::${logs}`, `arn:aws:s3:::${bucket}`, "111122223333"),
          ),
        },
        dependsOn: ["mlab-logs-encryption"],
      },
      {
        ...usual,
        type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        name: "mlab-logs-lifecycle",
        inputs: {
          bucket: logs,
          rules: [{ id: "expire-access-logs", status: "Enabled", filter: {}, expiration: { days: 90 } }],
        },
        dependsOn: ["mlab-logs-policy"],
      },
      {
        ...usual,
        type: "aws:s3/bucketLogging:BucketLogging",
        parent: "s3-backup-target:index:BackupBucket mLab",
        name: "mlab-backups-logging",
        inputs: {
          bucket,
          targetBucket: logs,
          targetPrefix: "access-logs/",
          targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
        },
        // Without the setting, logging goes too.
        retainOnDelete: false,
        dependsOn: ["mlab-backups-encryption"],
      },
    ]);
    // And nothing else is changed, but for the order.
    expect(resources.filter((resource) => before.has(titleOf(resource)))).to.deep.equal(
      plain.resources.map((resource) =>
        resource.name === "mlab-backups-lifecycle"
          ? { ...resource, dependsOn: ["mlab-backups-logging"] }
          : resource.name === "mlab-backups"
            ? // It goes before its logs in a destroy.
              { ...resource, dependsOn: ["mlab-logs"] }
            : resource,
      ),
    );
    expect(built.logBucketName && (await promised(built.logBucketName))).to.equal(logs);

    const bucketOf = async (forceDestroy: BackupTargetArgs["forceDestroy"]) =>
      (await logged({ forceDestroy })).resources.find(({ name }) => name === "mlab-logs");
    expect(await bucketOf(true)).to.deep.include({
      inputs: { forceDestroy: true, tags: { team: "db" } },
      retainOnDelete: false,
    });
    // An Output is known too late for that.
    expect(await bucketOf(pulumi.output(true))).to.deep.include({
      inputs: { forceDestroy: false, tags: { team: "db" } },
      retainOnDelete: true,
    });
  });

  it("logs to a bucket that is already there, and touches nothing of it", async () => {
    const { built, resources } = await record(
      (opts) => new BackupTarget("mLab", { existingLogBucket: "our-logs" }, opts),
    );
    const plain = await record((opts) => new BackupTarget("mLab", {}, opts));
    const names = new Set(plain.resources.map(({ name }) => name));
    const added = resources.filter(({ name }) => !names.has(name));
    expect(added.map(({ name, inputs }) => [name, inputs.targetBucket])).to.deep.equal([
      ["mlab-backups-logging", "our-logs"],
    ]);
    expect(built.logBucketName && (await promised(built.logBucketName))).to.equal("our-logs");
  });

  it("serves a bucket that is already there and touches nothing of it", async () => {
    const { built, resources } = await record(
      (opts) => new BackupTarget("mLab", { existingBucket: "theirs", access: "rclone" }, opts),
    );
    expect(
      resources.filter(({ type }) => type.startsWith("aws:s3")).map(({ type, name }) => [type, name]),
    ).to.deep.equal([["aws:s3/bucket:Bucket", "theirs"]]);
    expect(await promised(built.bucketName)).to.equal("theirs");
    expect(built.bucket).to.equal(undefined);
    expect(policyOf(resources, "mLab")).to.deep.equal(
      // The mocks' bucket has no versions; plain HTTP is refused here, because no policy of the bucket does it.
      accessPolicy({
        bucketArn: "arn:aws:s3:::theirs",
        access: "rclone",
        versioned: false,
        requireTls: true,
      }),
    );
  });

  it("gives each further consumer a policy, a group, a user and its own key, and leaves the first unchanged", async () => {
    const { built, resources } = await record(
      (opts) =>
        new BackupTarget(
          "mLab",
          {
            consumers: {
              db2: { access: "restic", prefix: "db2", userName: "second" },
              audit: { access: "read-only" },
            },
          },
          opts,
        ),
    );
    const first = expectedResources("mLab", "mlab");
    for (const expected of first) {
      expect(resources).to.deep.include(expected);
    }
    expect(resources).to.have.length(first.length + 2 * 7);
    expect(policyOf(resources, "db2")).to.deep.equal(
      accessPolicy({ bucketArn, access: "restic", versioned: true, prefix: "db2/" }),
    );
    expect(policyOf(resources, "audit")).to.deep.equal(
      accessPolicy({ bucketArn, access: "read-only", versioned: true }),
    );
    expect(inputsOf(resources, "db2User")?.name).to.equal("second");
    expect(Object.keys(built.consumers)).to.deep.equal(["db2", "audit"]);
    const db2 = built.consumers.db2;
    const secretOf = ({ secretAccessKey }: ConsumerOutputs) => pulumi.output(secretAccessKey);
    expect(db2 && (await promised(secretOf(db2)))).to.equal("secret of db2AccessKey");
    expect(db2 && (await pulumi.isSecret(secretOf(db2)))).to.equal(true);
    expect(await promised(secretOf(built))).to.equal("secret of mLabAccessKey");
  });

  it("refuses what contradicts, in one error with what is wrong elsewhere", async () => {
    const message = await refusal(
      (opts) =>
        new BackupTarget(
          "mLab",
          { prefix: "a", versioning: false, consumers: { b: { access: "append-only" } } },
          opts,
        ),
    );
    expect(message.split("\n").map((line) => line.trim().split(" ")[0])).to.deep.equal([
      "2",
      "prefix",
      "consumers.b.versioning",
    ]);
  });
});

describe("BackupBucket", () => {
  it("stands alone", async () => {
    const { resources } = await record((opts) => new BackupBucket("mLab", undefined, opts));
    const expected = expectedResources("mLab", "mlab").slice(1, 9);
    expect(resources.map(({ inputs }) => inputs)).to.deep.equal(expected.map(({ inputs }) => inputs));
  });

  const wrong: [args: { [Name in keyof BackupBucketArgs]: unknown }, line: string][] = [
    [{ bucketName: {} }, "bucketName = {}: must be a string."],
    [{ versioning: "maybe" }, 'versioning = "maybe": must be true or false.'],
    [
      { noncurrentVersionDays: 0 },
      "noncurrentVersionDays = 0: must be a whole number of days from 1 to 2147483647, for example 30.",
    ],
    [
      { abortIncompleteUploadDays: 1.5 },
      "abortIncompleteUploadDays = 1.5: must be a whole number of days from 1 to 2147483647, for example 30.",
    ],
    [{ forceDestroy: 1 }, "forceDestroy = 1: must be true or false."],
    [{ protect: "nope" }, 'protect = "nope": must be true or false.'],
    [{ tags: "team" }, 'tags = "team": must map tag keys to tag values, for example {"team": "databases"}.'],
  ];
  for (const [args, line] of wrong) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      const message = await refusal((opts) => new BackupBucket("mLab", args as BackupBucketArgs, opts));
      expect(message).to.equal(`invalid argument:\n  ${line}`);
    });
  }

  it("refuses a name that Pulumi could make no bucket's name of, unless the bucket has one", async () => {
    expect(await refusal((opts) => new BackupBucket("my.db", {}, opts))).to.equal(
      'invalid argument:\n  name = "my.db": must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it; for example "mydb".',
    );
    const { resources } = await record(
      (opts) => new BackupBucket("my.db", { bucketName: "my.db-backups", adoptedBucket: true }, opts),
    );
    expect(resources[1]?.inputs).to.deep.equal({ bucket: "my.db-backups", forceDestroy: false });
  });

  it("completes a name in the account-regional namespace", async () => {
    const inputsOf = async (args: BackupBucketArgs) =>
      (await record((opts) => new BackupBucket("mLab", args, opts), inAccount)).resources[1]?.inputs;
    const bucketNamespace = "account-regional";
    const suffix = "-111122223333-eu-central-1-an";
    const more = { bucketNamespace, forceDestroy: false };
    expect(await inputsOf({ bucketNamespace })).to.deep.equal({ ...more, bucket: `mlab-backups${suffix}` });
    expect(await inputsOf({ bucketNamespace, bucketName: "b2b" })).to.deep.equal({
      ...more,
      bucket: `b2b${suffix}`,
    });
    // The other namespace is what S3 does anyway, and without it nothing is asked.
    expect(await inputsOf({ bucketNamespace: "global" })).to.deep.equal({ forceDestroy: false });

    const refused = await refusals(() => {
      record(
        (opts) => new BackupBucket("long", { bucketNamespace, bucketName: "b".repeat(37) }, opts),
        inAccount,
      );
    }, 1);
    expect([...refused.values()]).to.deep.equal([
      `invalid argument:\n  bucketName = "${"b".repeat(37)}": with ${suffix} it has 66 characters, and S3 allows 63; use at most 34 characters.`,
    ]);
  });

  it("refuses a KMS key of another region or partition, before anything is encrypted by it", async () => {
    const key = (partition: string, region: string) =>
      `arn:${partition}:kms:${region}:111122223333:key/1234abcd`;
    const refused = await refusals(() => {
      // Pulumi's mocks know no region but this one, and their bucket's ARN is of the partition aws.
      new BackupBucket("elsewhere", { encryption: "sse-kms", kmsKeyArn: key("aws", "eu-west-1") });
      new BackupTarget("elsewhere2", { existingBucket: "theirs2", kmsKeyArn: key("aws", "us-east-1") });
      new BackupConsumer("elsewhere3", {
        bucketArn: pulumi.output("arn:aws:s3:::b"),
        kmsKeyArn: pulumi.output(key("aws-cn", "cn-north-1")),
      });
    }, 3);
    for (const places of [
      "eu-west-1, and the bucket in eu-central-1",
      "us-east-1, and the bucket in eu-central-1",
      "the partition aws-cn, and the bucket in aws",
    ]) {
      expect([...refused.values()].join("\n")).to.contain(
        `the KMS key is in ${places}; both must be in the same region`,
      );
    }
  });
});

describe("BackupConsumer", () => {
  it("refuses a profile that needs old versions for a bucket that turns out to keep none", async () => {
    const refused = await refusals(() => {
      new BackupTarget("unversioned", { existingBucket: "theirs3", access: "append-only" });
    }, 1);
    expect([...refused.values()].join("\n")).to.contain(
      "only an old version can restore them; turn on the bucket's versioning, or use another access profile, for example read-write.",
    );
  });

  it("serves a bucket that is already there, in whatever partition", async () => {
    for (const arn of ["arn:aws:s3:::old-bucket", "arn:aws-cn:s3:::old-bucket"]) {
      const { resources } = await record((opts) => new BackupConsumer("mLab", { bucketArn: arn }, opts));
      expect(resources.map(({ type }) => type)).to.deep.equal([
        "s3-backup-target:index:BackupConsumer",
        "aws:iam/policy:Policy",
        "aws:iam/group:Group",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/user:User",
        "aws:iam/userGroupMembership:UserGroupMembership",
        "aws:iam/accessKey:AccessKey",
      ]);
      expect(resources[1]?.inputs.policy).to.equal(JSON.stringify(guidePolicy(arn)));
    }
  });

  const wrong: [args: { [Name in keyof BackupConsumerArgs]: unknown }, line: string][] = [
    [
      { bucketArn: "old-bucket" },
      'bucketArn = "old-bucket": must be a bucket\'s ARN; pass the bucket\'s `arn` output, for example "arn:aws:s3:::my-db-backups".',
    ],
    [
      {
        bucketArn: "arn:aws:s3:::b",
        kmsKeyArn: "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd",
      },
      'kmsKeyArn = "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd": the KMS key is in the partition aws-cn, and the bucket in aws; both must be in the same region; use a key in the region of the bucket.',
    ],
    [
      { bucketArn: "arn:aws:s3:::b", policyName: "p/q" },
      'policyName = "p/q": must contain only letters, digits and +=,.@_-; for example "p-q".',
    ],
    [
      { bucketArn: "arn:aws:s3:::b", groupName: "" },
      'groupName = "": must have 1 to 128 characters, for example "backup-group".',
    ],
    [
      { bucketArn: "arn:aws:s3:::b", tags: { "AWS:x": "y" } },
      'tags = {"AWS:x":"y"}: the key "AWS:x" must not start with aws:, which AWS reserves; rename the key.',
    ],
  ];
  for (const [args, line] of wrong) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      const message = await refusal((opts) => new BackupConsumer("mLab", args as BackupConsumerArgs, opts));
      expect(message).to.equal(`invalid argument:\n  ${line}`);
    });
  }
});
