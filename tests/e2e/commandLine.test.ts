import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { rootCredentials } from "../../local/aws";
import { backgroundTask } from "../support/background";
import { followTheGuide, freshNames, guide } from "../support/byHand";
import { callCommandLine } from "../support/commandLine";
import { startConnectProxy } from "../support/connectProxy";
import { createDeployer } from "../support/deployer";
import { deployerPolicy } from "../support/deployerPolicy";
import { atTheEnd, clients, environment, passphrase, Stack, state } from "../support/environment";
import { type Argument, keysOfUser, type OwnProgram, useAdopt, useCommands } from "../support/ownProgram";

/** Where the commands find the tests' stacks, and the engine. */
async function variables(): Promise<Record<string, string>> {
  const { engine } = await environment();
  return { ...engine.env, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: passphrase };
}

/** A stack of a program in TypeScript that has its arguments in the code, and its project's own name. */
async function shop(name: string): Promise<{ stack: Stack; program: OwnProgram }> {
  const stack = await new Stack(name, { main: "shop.ts", project: "shop" }).create();
  const project = dirname(stack.file);
  const file = join(project, "index.ts");
  const change = (args: readonly Argument[]) => {
    const start = 'new BackupTarget("orders", {\n';
    const text = readFileSync(file, "utf8");
    const own = args.map(([argument, value]) => `  ${argument}: ${JSON.stringify(value)},\n`);
    const others = args.reduce(
      (rest, [argument]) => rest.replace(new RegExp(`^  ${argument}: .*\n`, "m"), ""),
      text,
    );
    writeFileSync(file, others.replace(start, start + own.join("")));
  };
  const env = await variables();
  return { stack, program: { folder: project, stack: name, env, change, up: () => stack.up() } };
}

describe("the command line, on a program with its arguments in the code and two targets", function () {
  this.timeout(1_800_000);

  const used = backgroundTask(async () => {
    const { stack, program } = await shop("shop");
    await stack.up();
    const nothingExported = await stack.outputs();
    const came = await useCommands(program);
    const unchanged = await stack.plan();
    // By the credentials of the provider in the program, with a configuration that has none.
    const config = readFileSync(stack.file, "utf8");
    await stack.run("config", "rm", "aws:accessKey", "--stack", "shop");
    const ofOwnProvider = await callCommandLine(
      ["revoke", "--yes", "--stack", "shop", "--target", "users", "--consumer", "reports"],
      { cwd: program.folder, env: program.env },
    );
    const keysOfReports = await keysOfUser(came.reports.accessKeyId);
    writeFileSync(stack.file, config);
    await stack.destroy();
    const destroyed = await callCommandLine(["verify", "--stack", "shop"], {
      cwd: program.folder,
      env: program.env,
    });
    return { ...came, nothingExported, unchanged, ofOwnProvider, keysOfReports, destroyed };
  });

  it("finds the targets by their types, and asks which one is meant", async () => {
    const { nothingExported, several, policy } = await used();
    expect(nothingExported).to.deep.equal({});
    expect(several.code).to.equal(2);
    expect(several.stderr).to.contain(
      "The stack shop has several targets. Choose one with --target: orders, users.\n",
    );
    expect(policy.code, policy.stderr).to.equal(0);
  });

  it("tries a key by what its access profile says, and hands keys over", async () => {
    const { verified, exported, first, reports } = await used();
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
    expect(verified.stdout).to.contain("can do what the access profile restic needs, and nothing else");
    expect(exported).to.deep.include({ stack: "shop", consumer: "orders", ok: true });
    expect(first).to.include({ name: "orders", prefix: "db/", region: "us-east-1" });
    expect(reports).to.include({ name: "reports", prefix: "reports/" });
    expect(reports.bucketName).to.match(/^users-backups-/);
    expect(verified.stdout + verified.stderr).to.not.contain(first.secretAccessKey);
  });

  it("rotates a key in three steps, each of which it says and the program's author makes", async () => {
    const { rotations, seen, first, second, dryRun, written, unchanged } = await used();
    expect(rotations.map(({ called: { code } }) => code)).to.deep.equal([3, 3, 3]);
    expect(rotations.map(({ args }) => Object.fromEntries(args))).to.deep.equal([
      { keyGeneration: 2, previousKey: "active" },
      { keyGeneration: 2, previousKey: "inactive" },
      { keyGeneration: 2, previousKey: "none" },
    ]);
    const [one, two] = [first.accessKeyId, second.accessKeyId];
    expect(seen).to.deep.equal([
      { [one]: "Active", [two]: "Active" },
      { [one]: "Inactive", [two]: "Active" },
      { [two]: "Active" },
    ]);
    expect(rotations[0]?.called.stdout).to.equal(
      `Next: create a new key for orders, alongside ${one}, which stays in use.
Its arguments are in the program's code. Change them there, in the BackupTarget orders:
  keyGeneration: 2
  previousKey: "active"
Deploy that, then continue:
  npx pulumi up --stack shop
  npx s3-backup-target rotate --stack shop --target orders
`,
    );
    expect(rotations[1]?.called.stderr).to.contain(`Trying the key ${two}…`);
    expect(rotations[1]?.called.stdout).to.match(
      new RegExp(`^Next: deactivate the old key ${one} of orders\\. It was`),
    );
    expect(written).to.equal("allowed");
    expect(dryRun.code).to.equal(0);
    expect(dryRun.stdout).to.equal(
      `Next: create a new key for orders, alongside ${two}, which stays in use.\nNothing was done (--dry-run).\n`,
    );
    expect(unchanged).to.deep.equal({});
  });

  it("revokes a key at once, and says what makes the next one", async () => {
    const { notAgreed, revoked, second, afterRevoke, afterUpdate, verifiedAgain } = await used();
    expect(notAgreed.code).to.equal(3);
    expect(notAgreed.stderr).to.contain("To skip the confirmation: --yes");
    expect(revoked.code, revoked.stderr).to.equal(0);
    expect(afterRevoke).to.deep.equal({ [second.accessKeyId]: "Inactive" });
    expect(revoked.stdout)
      .to.contain("in the BackupTarget orders:\n  keyGeneration: 3\n")
      .and.to.contain("npx s3-backup-target handoff form --stack shop --target orders");
    expect(Object.values(afterUpdate)).to.deep.equal(["Active"]);
    expect(afterUpdate).to.not.have.property(second.accessKeyId);
    expect(verifiedAgain.code, verifiedAgain.stdout).to.equal(0);
  });

  it("uses the program's provider if a consumer has its own", async () => {
    const { ofOwnProvider, keysOfReports, reports } = await used();
    expect(ofOwnProvider.code, ofOwnProvider.stderr).to.equal(0);
    expect(keysOfReports).to.deep.equal({ [reports.accessKeyId]: "Inactive" });
    expect(ofOwnProvider.stdout).to.contain(
      "Change them there, in consumers.reports of the BackupTarget users:\n",
    );
    expect(ofOwnProvider.stdout).to.contain("--stack shop --target users --consumer reports");
  });

  it("says that a stack is destroyed", async () => {
    const { destroyed } = await used();
    expect(destroyed.code).to.equal(1);
    expect(destroyed.stderr).to.match(/^The stack shop has been destroyed, and its keys with it\./);
  });

  const adoption = backgroundTask(async () => {
    const { stack, program } = await shop("shop-adopted");
    const names = freshNames();
    const key = await followTheGuide(await clients(), names, guide(names));
    // What the guide's key needs.
    program.change([["access", "mlab"]]);
    const file = join(program.folder, "index.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace('  prefix: "db",\n', ""));
    const came = await useAdopt(program, names);
    const config = readFileSync(stack.file, "utf8");
    const unchanged = await stack.plan();
    return { ...came, names, key, config, unchanged };
  });

  it("adopts what was created by hand, once the code has its names", async () => {
    const { several, toldFirst, dryRun, adopted, names, key, config, unchanged, handoff } = await adoption();
    expect(several.code, several.stderr).to.equal(2);
    expect(several.stderr).to.contain("has several targets. Choose one with --target: orders, users.");
    expect(toldFirst.code, toldFirst.stderr).to.equal(3);
    expect(toldFirst.stderr).to.contain(
      `in the BackupTarget orders:
  bucketName: "${names.bucket}"
  userName: "${names.user}"
  groupName: "${names.group}"
  policyName: "${names.policy}"
`,
    );
    expect(dryRun.code, dryRun.stderr).to.equal(0);
    expect(JSON.parse(dryRun.stdout)).to.deep.include({ adopted: false, settings: {} });
    expect(adopted.code, adopted.stderr).to.equal(0);
    expect(adopted.stdout)
      .to.contain(`Its access key ${key.accessKeyId}`)
      .and.to.not.contain("Settings that the stack");
    expect(config).to.not.contain(names.bucket);
    expect(unchanged).to.deep.equal({});
    expect(handoff.code).to.equal(1);
    expect(handoff.stderr).to.contain(`The secret of the access key ${key.accessKeyId} is not known`);
  });

  it("says in one line that a stack holds none of the components", async () => {
    const stack = await new Stack("no-targets", { main: "noTargets.ts", project: "shop" }).create();
    await stack.up();
    const { code, stderr } = await callCommandLine(["verify", "--stack", "no-targets"], {
      cwd: dirname(stack.file),
      env: await variables(),
    });
    await stack.destroy();
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      "The stack no-targets contains no BackupTarget and no BackupConsumer. If its program has one now, deploy it: npx pulumi up --stack no-targets. To list other stacks: npx pulumi stack ls\n",
    );
  });
});

describe("the command line, behind a proxy", function () {
  this.timeout(1_800_000);

  const region = "us-east-1";
  const used = backgroundTask(async () => {
    const { aws } = await environment();
    const { iam } = await clients();
    const proxy = await startConnectProxy(aws, region);
    atTheEnd(proxy.stop);
    const { credentials } = await createDeployer(iam, deployerPolicy());
    // The program takes this stack for one on AWS, and would refuse the switch that skips the provider's waits.
    const hideSwitch = "--import=data:text/javascript,delete%20process.env.VCR_MODE";
    const asOnAws = { region, env: { ...proxy.env(credentials), NODE_OPTIONS: hideSwitch } };
    const stack = await new Stack("behind-proxy", { asOnAws }).create({ access: "read-write" });
    await stack.up();
    const { bucketName, accessKeyId } = await stack.outputs();
    const env = { ...(await variables()), ...proxy.env(credentials) };
    const call = async (args: readonly string[], more = {}) => {
      const before = proxy.calls.length;
      const called = await callCommandLine([...args, "--stack", "behind-proxy"], {
        cwd: dirname(stack.file),
        env: { ...env, ...more },
      });
      return { ...called, through: proxy.calls.slice(before).map(({ action }) => action) };
    };
    const verified = await call(["verify"]);
    const without = await call(["verify"], { NO_PROXY: ".amazonaws.com" });
    const untrusted = await call(["verify"], { AWS_CA_BUNDLE: "" });
    // The README's policy is for deploying; revoke also reads when a key was last used.
    const revoked = await call(["revoke", "--yes"], proxy.env(rootCredentials));
    return { proxy, bucketName, accessKeyId, verified, without, untrusted, revoked };
  });

  it("tries a key through it, at the host names of AWS", async () => {
    const { verified, proxy, bucketName } = await used();
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
    expect(verified.through).to.include.members(["PutObject", "GetObject", "ListUsers"]);
    expect([...proxy.hosts]).to.include.members([
      `${bucketName}.s3.us-east-1.amazonaws.com`,
      "iam.amazonaws.com",
    ]);
    expect(proxy.refused).to.deep.equal([]);
  });

  it("goes around it for what NO_PROXY names", async () => {
    const { without } = await used();
    expect(without.through).to.deep.equal([]);
    expect(without.code).to.equal(1);
    expect(without.stdout).to.match(/^No answer from s3\.us-east-1\.amazonaws\.com \(/m);
  });

  it("trusts the certificates of AWS_CA_BUNDLE, and no others of its kind", async () => {
    const { untrusted } = await used();
    expect(untrusted.through).to.deep.equal([]);
    expect(untrusted.stdout).to.match(/isn't S3's \(DEPTH_ZERO_SELF_SIGNED_CERT\).*AWS_CA_BUNDLE=CA\.pem/);
  });

  it("revokes a key through it", async () => {
    const { revoked, accessKeyId } = await used();
    expect(revoked.code, revoked.stderr).to.equal(0);
    expect(revoked.stderr).to.contain(`Deactivated ${accessKeyId}.`);
    expect(revoked.through).to.include("UpdateAccessKey");
  });
});
