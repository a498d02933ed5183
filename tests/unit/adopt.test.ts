import { expect } from "chai";
import { refuseUnusable, settingsFor } from "../../commands/adopt/adoption";
import { announce } from "../../commands/adopt/changes";
import { changesOf, type Step } from "../../commands/adopt/difference";
import { fillIn, type ImportFile, lacking } from "../../commands/adopt/importFile";
import type { Found } from "../../commands/adopt/inspect";
import { whyNot } from "../../commands/adopt/preconditions";
import { compareStatements } from "../../commands/adopt/statements";
import type { KeyInUse } from "../../commands/keys/keyUse";
import { guidePolicy } from "../support/expected";

const key: KeyInUse = { accessKeyId: "AKIA1", status: "Active", created: undefined, lastUsed: undefined };

const found: Found = {
  bucket: "b",
  user: "u",
  group: "g",
  policy: "p",
  bucketHas: {
    ownership: true,
    publicAccessBlock: true,
    policy: false,
    versioning: false,
    encryption: true,
    lifecycle: false,
    logging: true,
  },
  policyArn: "arn:aws:iam::111122223333:policy/p",
  attached: true,
  isMember: false,
  keys: [key],
  beside: [],
};

const target = "s3-backup-target:index:BackupTarget";
const bucketComponent = "s3-backup-target:index:BackupBucket";
const logsComponent = "s3-backup-target:index:AccessLogBucket";
const consumerComponent = "s3-backup-target:index:BackupConsumer";
const bucketType = "aws:s3/bucket:Bucket";
const userType = "aws:iam/user:User";

/** As Pulumi writes it for a stack with a further consumer, in short. */
const planned: ImportFile = {
  resources: [
    { type: target, name: "mLab", component: true },
    { type: bucketComponent, name: "mLabBackupBucket", parent: "mLab", component: true, logicalName: "mLab" },
    { type: consumerComponent, name: "mLabConsumer", parent: "mLab", component: true, logicalName: "mLab" },
    { type: consumerComponent, name: "db2", parent: "mLab", component: true },
    { type: bucketType, name: "mlab-backups", id: "<PLACEHOLDER>", parent: "mLabBackupBucket" },
    {
      type: "aws:s3/bucketVersioning:BucketVersioning",
      name: "mlab-backups-versioning",
      id: "<PLACEHOLDER>",
      parent: "mLabBackupBucket",
    },
    {
      type: "aws:s3/bucketLogging:BucketLogging",
      name: "mlab-backups-logging",
      id: "<PLACEHOLDER>",
      parent: "mLabBackupBucket",
    },
    {
      type: logsComponent,
      name: "mLabLogs",
      parent: "mLabBackupBucket",
      component: true,
      logicalName: "mLab",
    },
    { type: bucketType, name: "mlab-logs", id: "<PLACEHOLDER>", parent: "mLabLogs" },
    {
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      name: "mlab-logs-lifecycle",
      id: "<PLACEHOLDER>",
      parent: "mLabLogs",
    },
    { type: "aws:kms/key:Key", name: "mlab-backups-key", id: "<PLACEHOLDER>", parent: "mLabBackupBucket" },
    { type: userType, name: "mLabUser", id: "<PLACEHOLDER>", parent: "mLabConsumer" },
    { type: userType, name: "db2User", id: "<PLACEHOLDER>", parent: "db2" },
    {
      type: "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
      name: "mLabGroupPolicyAttachment",
      id: "<PLACEHOLDER>",
      parent: "mLabConsumer",
    },
    {
      type: "aws:iam/userGroupMembership:UserGroupMembership",
      name: "mLabUserGroupMembership",
      id: "<PLACEHOLDER>",
      parent: "mLabConsumer",
    },
  ],
};

const ids = ({ resources }: ImportFile) => resources.flatMap(({ name, id }) => (id ? [[name, id]] : []));
const inState = (type: string, name: string, id?: string) => ({
  urn: `urn:pulumi:prod::s3-backup-target::${target}$${type}::${name}`,
  type,
  ...(id !== undefined && { id }),
});

describe("the import file of an adoption", () => {
  it("has what there is, by its ID, and nothing of a further consumer or of the bucket for access logs", () => {
    const file = fillIn(planned, "mLab", found);
    expect(ids(file)).to.deep.equal([
      ["mlab-backups", "b"],
      ["mlab-backups-logging", "b"],
      ["mLabUser", "u"],
      ["mLabGroupPolicyAttachment", "g/arn:aws:iam::111122223333:policy/p"],
    ]);
    expect(file.resources.filter(({ component }) => component)).to.deep.equal(
      planned.resources.filter(({ component }) => component),
    );
  });

  it("has what the state lacks after an interruption, and the components that it names", () => {
    const state = [inState(bucketComponent, "mLab"), inState(bucketType, "mlab-backups", "b")];
    const file = lacking(fillIn(planned, "mLab", found), state);
    expect(ids(file).map(([name]) => name)).to.deep.equal([
      "mlab-backups-logging",
      "mLabUser",
      "mLabGroupPolicyAttachment",
    ]);
    expect(file.resources.filter(({ component }) => component)).to.have.length(5);
  });
});

describe("what keeps a stack from adopting", () => {
  const root = {
    urn: "urn:pulumi:prod::s3-backup-target::pulumi:pulumi:Stack::x",
    type: "pulumi:pulumi:Stack",
  };

  it("is nothing where the state is empty, or holds a part of the import", () => {
    expect(whyNot("prod", found, [])).to.equal(undefined);
    expect(whyNot("prod", { ...found, keys: [] }, [])).to.equal(undefined);
    const part = [
      root,
      inState(target, "mLab"),
      inState("pulumi:providers:aws", "default_7_48_0", "4711"),
      inState(bucketType, "mlab-backups", "b"),
      inState("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "mLabGroupPolicyAttachment", "its own"),
    ];
    expect(whyNot("prod", found, part)).to.equal(undefined);
  });

  it("is what it has deployed", () => {
    expect(
      whyNot("prod", found, [root, { ...inState(target, "mLab"), outputs: { bucketName: "other" } }]),
    ).to.equal(
      "The stack prod already has something deployed (its bucket is other).\nUse a new stack: npx pulumi stack init NAME",
    );
    const others = [inState(bucketType, "mlab-backups", "other"), inState("aws:kms/key:Key", "k", "k1")];
    expect(whyNot("prod", found, others)).to.equal(
      "The stack prod already has something deployed:\n  aws:s3/bucket:Bucket other\n  aws:kms/key:Key k1\nUse a new stack: npx pulumi stack init NAME",
    );
  });

  it("is a second key, whatever its status", () => {
    const lastUsed = { at: new Date("2026-11-01T10:00:00Z"), service: "s3", region: "us-east-1" };
    const keys = [
      { ...key, lastUsed },
      { ...key, accessKeyId: "AKIA2", status: "Inactive" },
    ];
    expect(whyNot("prod", { ...found, keys }, [])).to.equal(
      [
        "The user u has 2 access keys, but a rotation needs room for a second one:",
        "  AKIA1, active, was last used at 2026-11-01T10:00:00Z, for s3 in us-east-1",
        "  AKIA2, inactive, has never been used, as far as IAM knows (with up to an hour's delay)",
        "Delete the one that isn't in use: aws iam delete-access-key --user-name u --access-key-id ID",
      ].join("\n"),
    );
  });

  it("is an only key that is switched off", () => {
    expect(whyNot("prod", { ...found, keys: [{ ...key, status: "Inactive" }] }, [])).to.match(
      /^The user's only access key is inactive, and an update would activate it:\n {2}AKIA1, inactive, /,
    );
  });

  it("is a setting that does not go with the names", () => {
    expect(() => refuseUnusable({})).to.not.throw();
    expect(() => refuseUnusable({ consumer: "restic", keyGeneration: "1" })).to.not.throw();
    expect(() => refuseUnusable({ bucketName: "My_Backups", existingBucket: "x" })).to.throw(
      /^These names conflict with the stack's settings:\n {2}bucketName = "My_Backups": /,
    );
    expect(() => refuseUnusable({ bucketName: "b-b", existingBucket: "x-x" })).to.throw(
      /bucketName = "b-b": has no effect on the existing bucket x-x/,
    );
    // A user and its key cannot be brought under a stack that is to have a role.
    expect(() => refuseUnusable({ userName: "u", trust: '{"service":"ec2.amazonaws.com"}' })).to.throw(
      'userName = "u": has no effect with trust: there is a role, and no key',
    );
    expect(() => refuseUnusable({ keyGeneration: "2" })).to.throw(
      "The setting keyGeneration is 2, but the existing key is the first. Remove the setting: npx pulumi config rm keyGeneration",
    );
  });
});

describe("the settings of an adopted stack", () => {
  const names = { bucket: "b-b", user: "u", group: "g", policy: "p" };

  it("are the four names", () => {
    expect(settingsFor(names)).to.deep.equal({
      bucketName: "b-b",
      userName: "u",
      groupName: "g",
      policyName: "p",
    });
  });

  for (const bucket of ["my.backups", "My_Old_Bucket", "b-111122223333-eu-west-1-an", "B".repeat(255)]) {
    it(`say that the bucket is older, where S3 would not give its name today: ${bucket.slice(0, 40)}`, () => {
      const settings = settingsFor({ ...names, bucket });
      expect(settings).to.include({ bucketName: bucket, adoptedBucket: "true" });
      expect(() => refuseUnusable(settings)).to.not.throw();
    });
  }

  it("do not make a bucket of what is none", () => {
    expect(() => refuseUnusable(settingsFor({ ...names, bucket: "b--x-s3" }))).to.throw(
      'bucketName = "b--x-s3": must not end with -s3alias or --ol-s3 or .mrap or --x-s3 or --table-s3: that is an access point, or another kind of bucket with other actions; use the name of a general purpose bucket.',
    );
  });

  it("do not go with a KMS key of another region", () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
    const settings = { ...settingsFor(names), encryption: "sse-kms", kmsKeyArn };
    expect(() => refuseUnusable(settings, "eu-west-1")).to.not.throw();
    expect(() => refuseUnusable(settings, "us-east-1")).to.throw(
      "the KMS key is in eu-west-1, and the bucket in us-east-1",
    );
  });
});

describe("two policy documents", () => {
  const statement = { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "r" };
  const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

  it("are compared whatever their order and grouping", () => {
    const split = document(
      { ...statement, Action: "s3:PutObject", Resource: ["r"] },
      { ...statement, Action: "s3:GetObject" },
    );
    expect(compareStatements(document(statement), split)).to.deep.equal([]);
  });

  it("differ in what goes and what comes", () => {
    const later = guidePolicy("arn:aws:s3:::b");
    const [list, objects] = later.Statement;
    const edition = document(list ?? {}, {
      ...objects,
      Action: [...(objects?.Action.slice(0, 5) ?? []), "s3:GetObjectVersion"],
    });
    expect(compareStatements(edition, JSON.stringify(later))).to.deep.equal([
      "no longer: Allow s3:GetObjectVersion on arn:aws:s3:::b/*",
      "newly: Allow s3:DeleteObjectAcl on arn:aws:s3:::b/*",
    ]);
  });

  it("are shown with all that limits a statement", () => {
    const condition = { Bool: { "aws:SecureTransport": "false" } };
    const narrow = {
      Effect: "Deny",
      Principal: "*",
      NotAction: "s3:Get*",
      NotResource: "r",
      Condition: condition,
    };
    expect(compareStatements(document(narrow), undefined)).to.deep.equal([
      'no longer: Deny all but s3:Get* on all but r to "*" if {"Bool":{"aws:SecureTransport":"false"}}',
    ]);
    expect(
      compareStatements(document({ ...narrow, Principal: undefined, NotPrincipal: { AWS: "a" } }), "{}"),
    ).to.deep.equal([
      'no longer: Deny all but s3:Get* on all but r to all but {"AWS":"a"} if {"Bool":{"aws:SecureTransport":"false"}}',
    ]);
  });
});

describe("what an update would change", () => {
  const urn = (type: string, name: string) => `urn:pulumi:prod::s3-backup-target::${target}$${type}::${name}`;
  const stays: Step = {
    op: "same",
    urn: urn(bucketType, "mlab-backups"),
    oldState: { custom: true, id: "b" },
    newState: { custom: true },
  };
  const versioning: Step = {
    op: "create",
    urn: urn("aws:s3/bucketVersioning:BucketVersioning", "mlab-backups-versioning"),
    newState: { custom: true, inputs: { versioningConfiguration: { status: "Enabled" } } },
  };
  const user: Step = {
    op: "update",
    urn: urn(userType, "mLabUser"),
    oldState: {
      custom: true,
      id: "u",
      inputs: { tags: { a: "1" } },
      outputs: { permissionsBoundary: "arn" },
    },
    newState: { custom: true, inputs: { forceDestroy: true } },
    diffReasons: ["forceDestroy", "permissionsBoundary", "tags", "tagsAll"],
  };
  const component: Step = { op: "same", urn: urn(consumerComponent, "mLab"), newState: { custom: false } };

  it("is announced, one line for each resource", () => {
    const changes = changesOf([component, user, versioning, stays]);
    expect(changes.map(({ name, will, properties }) => [name, will, properties])).to.deep.equal([
      ["mlab-backups", "stay", []],
      ["mlab-backups-versioning", "be created", []],
      ["mLabUser", "be changed", ["forceDestroy", "permissionsBoundary", "tags", "tagsAll"]],
    ]);
    expect(
      announce({
        stack: "prod",
        settings: { userName: "u" },
        found: { ...found, beside: ["Something: x"] },
        changes,
      }),
    ).to.equal(`The stack prod will manage the bucket b, the policy p, the group g and the user u.
Its access key AKIA1 has never been used, as far as IAM knows (with up to an hour's delay). It stays in use. AWS shows a secret only once, so the stack has none until the first rotation (npm run rotate -- --stack prod).

New settings of the stack:
  userName = u

What the next npx pulumi up will do:
  bucket               unchanged
  bucket's versioning  will be created
      Versioning is on: an overwritten or deleted object is kept as an old version, and costs as before. You can suspend versioning later, but never turn it off.
  user                 will be changed
      permissionsBoundary from "arn" to none
      tags.a from "1" to none
      npx pulumi destroy will delete it even if it has a console password, MFA devices or other access keys (forceDestroy).
      To keep what exists, first: npx pulumi config set permissionsBoundary arn
      To keep what exists, first: npx pulumi config set --path tags.NAME VALUE, for each tag

Unchanged, but you should know:
  Something: x
`);
  });

  it("has nothing to say of a new bucket for access logs that is true of the adopted one", () => {
    const inLogs = `${bucketComponent}$s3-backup-target:index:AccessLogBucket`;
    const block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
    const created = (name: string, type: string): Step => ({
      op: "create",
      urn: urn(type, name),
      newState: { custom: true, inputs: {} },
    });
    const changes = changesOf([
      created("mlab-backups-public-access-block", `${bucketComponent}$${block}`),
      created("mlab-logs-public-access-block", `${inLogs}$${block}`),
    ]);
    expect(changes.map(({ noun, meaning }) => [noun, meaning?.slice(0, 16)])).to.deep.equal([
      ["bucket's public access block", "!! PUBLIC ACCESS"],
      ["log bucket's public access block", undefined],
    ]);
  });

  /** The announced lines of an update. */
  const lines = (
    type: string,
    { from, outputs, to, ...more }: Partial<Step> & { from?: object; outputs?: object; to: object },
  ) => {
    const changes = changesOf([
      {
        op: "update",
        urn: urn(type, "it"),
        oldState: { custom: true, id: "it", inputs: { ...from }, outputs: { ...outputs } },
        newState: { custom: true, inputs: { ...to } },
        ...more,
      },
    ]);
    const said = announce({ stack: "prod", settings: {}, found, changes });
    return said
      .slice(said.indexOf("will do:\n") + "will do:\n".length)
      .split("\n")
      .slice(0, -1);
  };

  it("leaves out what the provider computes, or has as a default", () => {
    const versioned = (status: string) => ({ versioningConfiguration: { status } });
    expect(
      lines("aws:s3/bucketVersioning:BucketVersioning", {
        from: { versioningConfiguration: { __defaults: [], mfaDelete: "Disabled", status: "Suspended" } },
        to: versioned("Enabled"),
        diffReasons: ["versioningConfiguration"],
        detailedDiff: { "versioningConfiguration.status": { kind: "update" } },
      }),
    ).to.deep.equal([
      '  bucket\'s versioning  will be changed: versioningConfiguration.status from "Suspended" to "Enabled"',
      "      Versioning is on: an overwritten or deleted object is kept as an old version, and costs as before. You can suspend versioning later, but never turn it off.",
    ]);
    // As `rules` is a set, the provider shows no more of it than that it differs.
    const type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    const rule = { applyServerSideEncryptionByDefault: { kmsMasterKeyId: "", sseAlgorithm: "AES256" } };
    const more = { bucketKeyEnabled: false, blockedEncryptionTypes: [], filter: {}, other: null };
    expect(
      lines(type, {
        outputs: { rules: [{ ...rule, ...more }] },
        to: {
          rules: [
            {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
              blockedEncryptionTypes: ["SSE-C"],
            },
          ],
        },
        diffReasons: ["rules"],
        detailedDiff: { rules: { kind: "update" } },
      }),
    ).to.deep.equal([
      '  bucket\'s encryption  will be changed: rules[0].blockedEncryptionTypes from none to "SSE-C"',
      "      Applies to new uploads, and blocks uploads with a client's own key (SSE-C). Existing objects are unchanged and readable.",
    ]);
  });

  it("shows what goes, though the provider does not say where, and what is switched on", () => {
    const type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
    const [first, ...more] = lines(type, {
      from: { blockPublicAcls: false, skipDestroy: true },
      to: { blockPublicAcls: true },
      diffReasons: ["blockPublicAcls", "skipDestroy"],
      detailedDiff: null,
    });
    expect([first, ...more.slice(0, 2)]).to.deep.equal([
      "  bucket's public access block  will be changed",
      "      blockPublicAcls from false to true",
      "      skipDestroy from true to none",
    ]);
  });

  it("shows by its name what only the stack knows, and that nothing changes in AWS", () => {
    const diffReasons = ["forceDestroy"];
    expect(
      lines(userType, { from: { forceDestroy: null }, to: { forceDestroy: true }, diffReasons }),
    ).to.deep.equal([
      "  user  unchanged in AWS",
      "      npx pulumi destroy will delete it even if it has a console password, MFA devices or other access keys (forceDestroy).",
    ]);
    expect(lines(bucketType, { to: { forceDestroy: true }, diffReasons })).to.deep.equal([
      "  bucket  unchanged in AWS",
      "      !! npx pulumi destroy WILL DELETE IT WITH ALL ITS BACKUPS (forceDestroy).",
    ]);
    expect(lines(bucketType, { to: { tags: { a: "1" } }, diffReasons: ["tags"] })).to.deep.equal([
      '  bucket  will be changed: tags.a from none to "1"',
    ]);
  });

  it("shows tags by their names, and those of the provider where nothing else says so", () => {
    const to = { tags: { "a.b": "2", c: "3" }, tagsAll: { "a.b": "2", c: "3", org: "x" } };
    const outputs = { tags: { "a.b": "1", c: "3" }, tagsAll: { "a.b": "1", c: "3" } };
    const detailedDiff = { 'tags["a.b"]': {}, 'tagsAll["a.b"]': {} };
    const [both] = lines(bucketType, { outputs, to, diffReasons: ["tags", "tagsAll"], detailedDiff });
    expect(both).to.equal('  bucket  will be changed: tags["a.b"] from "1" to "2"');
    const all = { outputs, to, diffReasons: ["tagsAll"], detailedDiff: { "tagsAll.org": {} } };
    expect(lines(bucketType, all)).to.deep.equal(['  bucket  will be changed: tagsAll.org from none to "x"']);
  });

  it("compares the rules of a lifecycle by what they say, whatever their order", () => {
    const type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
    const old = { id: "old", status: "Enabled", filter: { prefix: "logs/" }, expiration: { days: 400 } };
    const archive = {
      ...{ id: "archive", status: "Disabled", filter: {} },
      transitions: [{ days: 30, storageClass: "GLACIER" }],
    };
    const kept = { id: "kept", status: "Enabled", expiration: { days: 1 }, filter: null };
    const said = (from: object[], to: object[]) =>
      lines(type, { from: { rules: from }, to: { rules: to }, diffReasons: ["rules"] }).slice(0, -1);
    expect(
      said(
        [old, archive, kept],
        [
          { ...kept, filter: {} },
          { ...old, expiration: { days: 30 } },
        ],
      ),
    ).to.deep.equal([
      "  bucket's lifecycle  will be changed",
      '      no longer: the rule old (filter.prefix "logs/", expiration.days 400)',
      '      no longer: the rule archive (transitions[0].days 30, transitions[0].storageClass "GLACIER", status "Disabled")',
      '      newly: the rule old (filter.prefix "logs/", expiration.days 30)',
    ]);
    expect(said([old, kept], [kept, old])).to.deep.equal([
      "  bucket's lifecycle  will be changed: the same rules in another form",
    ]);
  });

  it("is refused where it would replace anything", () => {
    const replaced: Step = {
      ...user,
      op: "replace",
      oldState: { custom: true, id: "u", inputs: { path: "/backups/" } },
      newState: { custom: true, inputs: {} },
      diffReasons: ["path"],
    };
    expect(() => changesOf([stays, replaced])).to.throw(
      'With this stack\'s settings the next update would replace or delete existing resources, so nothing was adopted:\n  user u: replace; path from "/backups/" to none; npx pulumi config set path /backups/',
    );
    expect(() =>
      changesOf([{ op: "delete", urn: urn(userType, "mLabUser"), oldState: { custom: true, id: "u" } }]),
    ).to.throw("user u: delete");
  });
});
