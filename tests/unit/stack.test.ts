import { expect } from "chai";
import { invocation } from "../../commands/cli/command";
import { types } from "../../commands/stack/consumers";
import { Stack, type StackPlace } from "../../commands/stack/stack";

const urn = (type: string, name: string) => `urn:pulumi:prod::shop::${type}::${name}`;

const settings = {
  bucketArn: "arn:aws:s3:::orders-backups",
  access: "restic",
  prefix: "db/",
  extraActions: [],
  allowedIpRanges: [],
  versioned: true,
  keyGeneration: 1,
  previousKey: "none",
  maxKeyAgeDays: 90,
};

/** A stack that Pulumi tells this of, and what it is asked. */
function stackOf(
  consumerSettings: object | undefined,
  config: Readonly<Record<string, string>> = {},
  exported?: string,
): { stack: Stack; asked: string[] } {
  const asked: string[] = [];
  const secret = (plaintext: string) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    ...(asked.at(-1)?.includes("--show-secrets")
      ? { plaintext: JSON.stringify(plaintext) }
      : { ciphertext: "AAAB" }),
  });
  const state = () => ({
    version: 3,
    deployment: {
      resources: [
        { type: types.target, urn: urn(types.target, "orders"), outputs: { bucketArn: settings.bucketArn } },
        {
          type: types.consumer,
          urn: urn(`${types.target}$${types.consumer}`, "orders"),
          parent: urn(types.target, "orders"),
          outputs: {
            accessKeyId: "AKIA1",
            secretAccessKey: secret("wJal"),
            userName: "ordersUser",
            policyArn: "arn:aws:iam::111122223333:policy/p",
            ...(consumerSettings && { settings: consumerSettings }),
          },
        },
      ],
    },
  });
  const place: StackPlace = {
    project: { folder: "/shop", file: "/shop/Pulumi.yaml", name: "shop", runtime: "nodejs" },
    env: {},
    show: false,
    pulumi: async (args) => {
      asked.push(args.slice(0, args.indexOf("--stack")).join(" "));
      const stdout =
        args[0] === "config"
          ? JSON.stringify(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])))
          : (exported ?? JSON.stringify(state()));
      return { code: 0, stdout, stderr: "" };
    },
  };
  return { stack: Stack.open("prod", place), asked };
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

describe("a consumer of a stack", () => {
  const region = { "aws:region": "eu-central-1" };
  const configured = {
    ...region,
    "shop:consumer": "orders",
    "shop:access": "read-only",
    "shop:keyGeneration": "2",
    "shop:previousKey": "active",
  };

  it("has the settings that its component left, where its arguments are in the code", async () => {
    // Whatever the project's configuration is about.
    const { stack } = stackOf({ ...settings, configured: false }, { ...region, "shop:size": "3" });
    expect(await stack.consumer()).to.deep.include({
      ...{ access: "restic", prefix: "db/", keyGeneration: 1, previousKey: "none", configured: false },
      ...{ bucketName: "orders-backups", region: "eu-central-1", accessKeyId: "AKIA1" },
    });
  });

  it("has the keys that the configuration asks for, where its settings are there", async () => {
    const { stack } = stackOf({ ...settings, configured: true }, configured);
    expect(await stack.consumer()).to.deep.include({
      ...{ access: "restic", prefix: "db/", keyGeneration: 2, previousKey: "active", configured: true },
    });
  });

  it("is described by one reading of the configuration, and another one after a change", async () => {
    const { stack, asked } = stackOf({ ...settings, configured: true }, configured);
    const readings = () => asked.filter((args) => args === "config --json --show-secrets").length;
    await stack.consumer();
    await stack.config();
    await stack.configEntries();
    expect(readings()).to.equal(1);
    await stack.set({ keyGeneration: 3 });
    await stack.consumer();
    expect(readings()).to.equal(2);
  });

  it("is expected to make the backups that the configuration says now, or else those that its component left", async () => {
    const left = { expectBackupEvery: "7d", expectBackupSize: "1MB" };
    const inCode = stackOf({ ...settings, ...left, configured: false }, region).stack;
    expect((await inCode.consumers()).consumers).to.have.length(1);
    expect(await inCode.consumer()).to.include(left);
    const now = { ...configured, "shop:expectBackupEvery": "24h" };
    expect(await stackOf({ ...settings, ...left, configured: true }, now).stack.consumer()).to.include({
      ...{ expectBackupEvery: "24h", expectBackupSize: undefined },
    });
  });

  it("has the settings of the configuration, where a version deployed it that left none", async () => {
    const { stack } = stackOf(undefined, configured);
    expect(await stack.consumer()).to.deep.include({
      ...{ access: "read-only", prefix: "", keyGeneration: 2, previousKey: "active", configured: true },
      ...{ bucketName: "orders-backups", versioned: true, maxKeyAgeDays: 90 },
    });
  });

  it("is refused in one line where neither says enough", async () => {
    const other = { ...region, "shop:consumer": "users" };
    expect(await failure(stackOf(undefined, other).stack.consumer())).to.equal(
      "The stack prod was deployed by a version that the command line can't read. Deploy it with this version: npx pulumi up --stack prod",
    );
    expect(await failure(stackOf({ ...settings, configured: true }, other).stack.consumer())).to.equal(
      "The settings of the stack prod no longer have the consumer orders. Deploy them first: npx pulumi up --stack prod",
    );
    const size = { ...configured, "shop:size": "3" };
    expect(await failure(stackOf(undefined, size).stack.consumer())).to.match(
      /^The stack prod was deployed by a version that the command line can't read\./,
    );
    expect(await failure(stackOf({ ...settings, configured: true }, size).stack.consumer())).to.match(
      /^The settings of this stack are invalid:\n {2}size: there is no such setting/,
    );
  });

  it("has its secret only where that is asked for", async () => {
    const { stack, asked } = stackOf({ ...settings, configured: false }, region);
    const consumer = await stack.consumer();
    expect(JSON.stringify(consumer)).to.not.contain("wJal");
    expect(asked).to.not.include("stack export --show-secrets");
    expect(await stack.withSecret(consumer)).to.include({ ...consumer, secretAccessKey: "wJal" });
    expect(asked.at(-1)).to.equal("stack export --show-secrets");
  });

  it("has a role instead of a key, where its state says so", async () => {
    const consumer = urn(`${types.target}$${types.consumer}`, "orders");
    const role = {
      ...{ arn: "arn:aws:iam::111122223333:role/b/ordersRole", name: "ordersRole" },
      ...{ assumeRolePolicy: '{"Version":"2012-10-17"}', createDate: "2026-11-27T10:00:00Z" },
    };
    const outputs = {
      ...{ roleArn: role.arn, externalId: "our-id", policyArn: "arn:aws:iam::111122223333:policy/p" },
      settings: { ...settings, configured: false },
    };
    const exported = JSON.stringify({
      version: 3,
      deployment: {
        resources: [
          { type: types.target, urn: urn(types.target, "orders"), outputs: {} },
          { type: types.consumer, urn: consumer, parent: urn(types.target, "orders"), outputs },
          { type: "aws:iam/role:Role", urn: urn("aws:iam/role:Role", "x"), parent: consumer, outputs: role },
        ],
      },
    });
    const { stack } = stackOf(undefined, region, exported);
    const found = await stack.consumer();
    expect(found.role).to.deep.equal({
      ...{ arn: role.arn, name: "ordersRole", externalId: "our-id", trustPolicy: role.assumeRolePolicy },
      createDate: new Date("2026-11-27T10:00:00Z"),
    });
    expect(found).not.to.have.any.keys("accessKeyId", "userName");
    expect(await failure(stack.withSecret(found))).to.equal(
      `orders has no access key: it has the role ${role.arn}, which is assumed and has no secret. For temporary credentials: ${invocation("handoff", "env", "--stack prod", "--duration 1h")}`,
    );
  });

  it("is not looked for in a state that cannot be read, which is not quoted", async () => {
    const message = await failure(stackOf(undefined, region, '{"deployment": "wJal').stack.consumer());
    expect(message).to.equal(
      "The state of the stack prod cannot be read: npx pulumi stack export --stack prod prints something other than a state. See what it prints.",
    );
  });
});
