import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { plannedTargets, selectTarget, stepsWithin } from "../../commands/adopt/planned";
import { changeInCode } from "../../commands/keys/inCode";
import {
  consumersIn,
  describeConsumer,
  optionsFor,
  type Selection,
  selectConsumer,
  stateOf,
  types,
} from "../../commands/stack/consumers";
import { findProject } from "../../commands/stack/project";
import { resourcesIn, type StateResource } from "../../commands/stack/state";

const urn = (type: string, name: string) => `urn:pulumi:prod::shop::${type}::${name}`;
const inside = (...components: string[]) => components.join("$");
const { target, bucket, consumer } = types;

/** As `pulumi stack export` prints a secret, with `--show-secrets` and without. */
const secret = (part: object) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ...part,
});
const secretAccessKey = secret({ ciphertext: "AAAB" });

const settings = {
  bucketArn: "arn:aws:s3:::orders-backups",
  access: "restic",
  prefix: "db/",
  extraActions: [],
  allowedIpRanges: [],
  versioned: true,
  keyGeneration: 2,
  previousKey: "active",
  maxKeyAgeDays: 30,
  configured: false,
};

const component = (type: string, name: string, more: object = {}): StateResource => ({
  urn: urn(type, name),
  type: type.split("$").at(-1) ?? type,
  ...more,
});
const ofConsumer = (name: string, parent: string | undefined): StateResource =>
  component(parent === undefined ? consumer : inside(target, consumer), name, {
    ...(parent !== undefined && { parent: urn(target, parent) }),
    outputs: {
      accessKeyId: `AKIA-${name}`,
      secretAccessKey,
      userName: `${name}User`,
      policyArn: "arn:aws:iam::111122223333:policy/p",
      settings,
    },
  });
const keyOf = (of: StateResource, name: string, more: object): StateResource =>
  component("aws:iam/accessKey:AccessKey", name, { parent: of.urn, ...more });

const orders = ofConsumer("orders", "orders");
const reports = ofConsumer("reports", "orders");
const users = ofConsumer("users", "users");
const alone = ofConsumer("alone", undefined);
const explicit = component("pulumi:providers:aws", "frankfurt", {
  inputs: {
    region: "eu-central-1",
    insecure: "true",
    endpoints: '[{"s3":"https://127.0.0.1:4580"}]',
    secretKey: secret({ ciphertext: "AAAC" }),
  },
});
const state: readonly StateResource[] = [
  component("pulumi:pulumi:Stack", "shop-prod"),
  component("pulumi:providers:aws", "default_7_48_0", { inputs: { region: "us-east-1" } }),
  explicit,
  component(target, "orders", { outputs: { bucketArn: settings.bucketArn } }),
  component(inside(target, bucket), "orders", { parent: urn(target, "orders") }),
  component("aws:s3/bucket:Bucket", "orders-backups", {
    parent: urn(inside(target, bucket), "orders"),
    outputs: { arn: settings.bucketArn, region: "eu-central-1" },
  }),
  component(target, "users"),
  ...[orders, reports, users, alone],
  keyOf(orders, "ordersAccessKey", {
    id: "AKIA1",
    outputs: { status: "Inactive", createDate: "2026-01-02T03:04:05Z" },
    provider: `${urn("pulumi:providers:aws", "default_7_48_0")}::4711`,
  }),
  keyOf(orders, "ordersAccessKeyEven", {
    id: "AKIA2",
    outputs: { createDate: "2026-02-03T04:05:06Z" },
    replacementTrigger: 2,
  }),
  keyOf(orders, "ordersAccessKeyEven", { id: "AKIA0", delete: true, outputs: {} }),
  keyOf(alone, "aloneAccessKey", { id: "AKIA3", outputs: {}, provider: `${explicit.urn}::4712` }),
];

describe("the consumers of a stack", () => {
  const all = consumersIn(state);
  const select = (selection: Selection, among = all) => selectConsumer(among, selection, "prod");

  it("are found by type, in a target and alone, but for one that is replaced", () => {
    const replaced = { ...users, delete: true };
    expect(consumersIn([...state, replaced]).map(({ name }) => name)).to.deep.equal([
      "orders",
      "reports",
      "users",
      "alone",
    ]);
    expect(all.map((found) => found.target?.urn)).to.deep.equal([
      urn(target, "orders"),
      urn(target, "orders"),
      urn(target, "users"),
      undefined,
    ]);
  });

  it("are selected by target and name, and by less where that says it", () => {
    const cases: [Selection, string, string][] = [
      [{ target: "orders" }, "orders", "--stack prod --target orders"],
      [{ target: urn(target, "users") }, "users", "--stack prod --target users"],
      [
        { target: "orders", consumer: "reports" },
        "reports",
        "--stack prod --target orders --consumer reports",
      ],
      [{ consumer: "reports" }, "reports", "--stack prod --target orders --consumer reports"],
      [{ consumer: "alone" }, "alone", "--stack prod --target alone"],
    ];
    for (const [selection, name, options] of cases) {
      const found = select(selection);
      expect(found.name, JSON.stringify(selection)).to.equal(name);
      expect(optionsFor(found, all, "prod")).to.equal(options);
    }
    const one = all.slice(0, 2);
    expect(select({}, one).name).to.equal("orders");
    expect(optionsFor(select({}, one), one, "prod")).to.equal("--stack prod");
    expect(optionsFor(select({ consumer: "reports" }, one), one, "prod")).to.equal(
      "--stack prod --consumer reports",
    );
  });

  it("are listed where a selection says too little, or what is not there", () => {
    const cases: [Selection, string][] = [
      [{}, "The stack prod has several targets. Choose one with --target: orders, users, alone."],
      [
        { target: "order" },
        "The stack prod has no target order; it has orders, users, alone. Choose one with --target.",
      ],
      [
        { consumer: "nobody" },
        "The stack prod has no consumer nobody deployed; it has orders, reports, users, alone.",
      ],
      [
        { target: "orders", consumer: "users" },
        "The target orders of the stack prod has no consumer users deployed; it has orders, reports.",
      ],
    ];
    for (const [selection, message] of cases) {
      expect(() => select(selection), JSON.stringify(selection)).to.throw(message);
    }
  });

  it("are listed by their URNs where two targets have one name", () => {
    const place = inside("my:index:Wrapper", target);
    const twin = component(place, "orders");
    const twins = consumersIn([
      ...state,
      twin,
      component(inside(place, consumer), "orders", { parent: twin.urn, outputs: {} }),
    ]);
    expect(() => select({ target: "orders" }, twins)).to.throw(
      `--target: ${urn(target, "orders")}, ${twin.urn}.`,
    );
    expect(select({ target: twin.urn }, twins).target).to.equal(twin);
  });

  const describeOne = (selection: Selection, resources = state, config = {}) => {
    const found = selectConsumer(consumersIn(resources), selection, "prod");
    const known = stateOf(found);
    if (known === undefined) {
      throw new Error("no settings");
    }
    const options = "--stack prod";
    return describeConsumer(found, {
      ...{ settings: known, resources, config, stack: "prod", options, plainHttpEndpoint: undefined },
    });
  };

  it("are described by what their components have left in the state", () => {
    const { bucketArn: _, ...own } = settings;
    const described = describeOne({ target: "orders" }, state, { "aws:region": "us-east-1" });
    expect(described).to.deep.include({
      ...own,
      ...{ name: "orders", further: undefined, declaredIn: "the BackupTarget orders" },
      ...{ bucketName: "orders-backups", region: "eu-central-1", ownBucket: true },
      ...{ endpoint: undefined, insecure: false, provider: undefined },
      keys: [
        {
          accessKeyId: "AKIA1",
          status: "Inactive",
          createDate: new Date("2026-01-02T03:04:05Z"),
          generation: 1,
        },
        {
          accessKeyId: "AKIA2",
          status: "Active",
          createDate: new Date("2026-02-03T04:05:06Z"),
          generation: 2,
        },
      ],
    });
    expect(JSON.stringify(described)).to.not.contain("secret");
    expect(describeOne({ consumer: "reports" })).to.include({
      further: "reports",
      declaredIn: "consumers.reports of the BackupTarget orders",
    });
  });

  it("are where their own AWS provider is, which may not be the default one", () => {
    const elsewhere = state.filter(({ type }) => type !== "aws:s3/bucket:Bucket");
    expect(describeOne({ consumer: "alone" }, elsewhere, { "aws:region": "us-east-1" })).to.include({
      ...{ provider: explicit.urn, region: "eu-central-1" },
      ...{ endpoint: "https://127.0.0.1:4580", insecure: true },
      ...{ ownBucket: false, declaredIn: "the BackupConsumer alone" },
    });
  });

  it("are refused where they are half deployed, or newer than the command line", () => {
    const changed = (outputs: object) =>
      state.map((resource) =>
        resource === users ? { ...resource, outputs: { ...resource.outputs, ...outputs } } : resource,
      );
    expect(() => describeOne({ target: "users" }, changed({ accessKeyId: undefined }))).to.throw(
      "The consumer users of the stack prod is not deployed, or only in part. Deploy it: npx pulumi up --stack prod",
    );
    expect(() =>
      describeOne({ target: "users" }, changed({ settings: { ...settings, access: "kopia9" } })),
    ).to.throw(
      'access = "kopia9": the program of the stack prod knows this access profile, but this version of the command line does not.',
    );
  });
});

describe("an exported state", () => {
  const exported = (resources: readonly object[]) =>
    JSON.stringify({ version: 3, deployment: { resources } });

  it("is read with its secrets where they are in plain, at any depth", () => {
    const plain = {
      ...users,
      outputs: { secretAccessKey: secret({ plaintext: '"wJal"' }), a: [secret({ plaintext: "1" })] },
    };
    const [first, second] = resourcesIn(exported([plain, users]));
    expect(first?.outputs).to.deep.equal({ secretAccessKey: "wJal", a: [1] });
    expect(second?.outputs?.secretAccessKey).to.deep.equal(secretAccessKey);
    expect(resourcesIn('{"version":3,"deployment":{}}')).to.deep.equal([]);
  });
});

describe("the project of a folder", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "project-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [file, text, name, runtime] of [
    ["Pulumi.yaml", "name: shop\nruntime:\n  name: nodejs\n  options: {}\n", "shop", "nodejs"],
    ["Pulumi.yaml", 'description: x\nruntime: python\nname: "my.shop-1"\n', "my.shop-1", "python"],
    ["Pulumi.yml", "name: shop # ours\nruntime: yaml\n", "shop", "yaml"],
    ["Pulumi.json", '{\n  "name": "shop",\n  "runtime": { "name": "dotnet" }\n}', "shop", "dotnet"],
  ] as const) {
    it(`is in ${file} there or above: ${JSON.stringify(text)}`, () => {
      writeFileSync(join(folder, file), text);
      const below = join(folder, "a", "b");
      mkdirSync(below, { recursive: true });
      expect(findProject(below)).to.deep.equal({ folder, file: join(folder, file), name, runtime });
    });
  }

  it("is missed in one line", () => {
    expect(() => findProject(folder)).to.throw(
      `${folder} is not in a Pulumi project: there is no Pulumi.yaml here or in a parent folder. Run this in the folder of your Pulumi program.`,
    );
    writeFileSync(join(folder, "Pulumi.yaml"), "runtime:\n  name: nodejs\n");
    expect(() => findProject(folder)).to.throw("Pulumi.yaml has no name.");
  });
});

describe("arguments in a program's code", () => {
  it("are to be changed as its language spells them", () => {
    const change = (runtime: string) =>
      changeInCode(
        { declaredIn: "the BackupTarget orders" },
        { keyGeneration: 2, previousKey: "active" },
        { runtime },
      )
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    expect(change("nodejs")).to.deep.equal(["keyGeneration: 2", 'previousKey: "active"']);
    expect(change("yaml")).to.deep.equal(["keyGeneration: 2", 'previousKey: "active"']);
    expect(change("python")).to.deep.equal(["key_generation: 2", 'previous_key: "active"']);
    expect(change("go")).to.deep.equal(["KeyGeneration: 2", 'PreviousKey: "active"']);
  });
});

describe("the targets of a preview", () => {
  const step = (type: string, name: string, parent?: string, inputs?: object) => ({
    op: "create",
    urn: urn(type, name),
    newState: { ...(parent !== undefined && { parent }), ...(inputs && { inputs: { ...inputs } }) },
  });
  const [one, two] = ["orders", "users"].map((name) => {
    const at = {
      target: urn(target, name),
      bucket: inside(target, bucket),
      consumer: inside(target, consumer),
      logs: inside(target, bucket, "s3-backup-target:index:AccessLogBucket"),
    };
    return [
      step(target, name),
      step(at.bucket, name, at.target),
      step(at.consumer, name, at.target),
      step(at.consumer, `${name}2`, at.target),
      step(at.logs, name, urn(at.bucket, name)),
      step("aws:s3/bucket:Bucket", `${name}-logs`, urn(at.logs, name), { bucket: `${name}-logs` }),
      step("aws:s3/bucket:Bucket", name, urn(at.bucket, name), { bucket: `${name}-backups` }),
      step("aws:iam/user:User", name, urn(at.consumer, name), { name: `${name}User` }),
      step("aws:iam/user:User", `${name}2`, urn(at.consumer, `${name}2`), { name: "another" }),
    ];
  });
  const steps = [...(one ?? []), ...(two ?? []), step("aws:sns/topic:Topic", "other")];

  it("have the names of their own resources, and not those of further consumers or of access logs", () => {
    expect(plannedTargets(steps).map(({ names }) => names)).to.deep.equal([
      { bucketName: "orders-backups", userName: "ordersUser", groupName: undefined, policyName: undefined },
      { bucketName: "users-backups", userName: "usersUser", groupName: undefined, policyName: undefined },
    ]);
    expect(stepsWithin(steps, urn(target, "users"))).to.have.members(two ?? []);
  });

  it("are selected by name where there are several", () => {
    const targets = plannedTargets(steps);
    expect(selectTarget(targets, "users", "prod").urn).to.equal(urn(target, "users"));
    expect(selectTarget(targets.slice(1), undefined, "prod").name).to.equal("users");
    expect(() => selectTarget(targets, undefined, "prod")).to.throw(
      "The program of the stack prod has several targets. Choose one with --target: orders, users.",
    );
    expect(() => selectTarget(targets, "user", "prod")).to.throw(
      "has no target user. Choose one with --target",
    );
    expect(() => selectTarget([], undefined, "prod")).to.throw("creates no BackupTarget");
  });
});
