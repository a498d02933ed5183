import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { partsIn } from "../../engine/layout";
import { Clone, complaints, type Ended } from "../support/clone";
import { environment, Stack, unwaiting } from "../support/environment";

const versionIn = (...path: string[]): string =>
  JSON.parse(readFileSync(join(...path, "package.json"), "utf8")).version;
const { dependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(__dirname, "package.json"), "utf8"),
);
const sdk = join("node_modules", "@pulumi", "pulumi");
const sdkVersion: string = dependencies["@pulumi/pulumi"];
const nodePackage = `node-${process.platform}-${process.arch}`;
const nodeVersion: string | undefined = /[\d.]+$/.exec(optionalDependencies[nodePackage])?.[0];

/**
 * The project's packages as they are installed, but for Pulumi's SDK. What that needs goes below it, so that nothing else
 * changes. Returns where Node is.
 */
async function install(clone: Clone): Promise<string> {
  const current = join(clone.folder, "tests", "currentNode");
  const installed = await clone.run(`cd ${current} && npm ci --no-audit --no-fund --loglevel=error`);
  expect(installed.code, installed.printed).to.equal(0);
  cpSync(join(root, "node_modules"), join(clone.folder, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  rmSync(join(clone.folder, sdk), { recursive: true });
  renameSync(join(current, sdk), join(clone.folder, sdk));
  renameSync(join(current, "node_modules"), join(clone.folder, sdk, "node_modules"));
  return join(clone.folder, sdk, "node_modules", nodePackage, "bin", "node");
}

describe(`Node ${nodeVersion} with @pulumi/pulumi ${sdkVersion}`, function () {
  this.timeout(600_000);
  let clone: Clone;
  let env: Record<string, string>;

  const expectWell = ({ code, printed }: Ended) => {
    expect(code, printed).to.equal(0);
    expect(complaints(printed), printed).to.deep.equal([]);
  };

  before("which are installed", async () => {
    clone = await Clone.make("clone-current-node", { packages: false });
    const node = await install(clone);
    env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  });

  it("is what the commands run on", async () => {
    const { printed } = await clone.run("npm exec --offline -- node --version", { env });
    expect(printed.trim()).to.equal(`v${nodeVersion}`);
    expect(versionIn(clone.folder, sdk)).to.equal(sdkVersion);
  });

  it("passes the unit tests", async () => {
    const units = await clone.run("npm run test:unit", { env });
    expect(units.code, units.printed).to.equal(0);
    expect(units.printed.match(/^\(node:\d+\).*/gm)).to.equal(null);
    expect(units.printed).to.match(/^\d{3,} passed, 0 failed$/m);
  });

  it("runs a program that has the npm package", async () => {
    const { engine, aws } = await environment();
    const folder = join(clone.folder, "program");
    const place = join(folder, "node_modules", "s3-backup-target");
    mkdirSync(place, { recursive: true });
    const packed = await clone.run("npm run --silent package", { env });
    expect(packed.code, packed.printed).to.equal(0);
    await clone.run(`tar -xzf ${packed.stdout.trim()} --strip-components 1 -C ${place}`);
    writeFileSync(join(folder, "Pulumi.yaml"), "name: newest\nruntime: nodejs\n");
    writeFileSync(join(folder, "package.json"), '{ "main": "index.js", "type": "module" }');
    writeFileSync(
      join(folder, "index.js"),
      'import { BackupTarget, outputsOf } from "s3-backup-target";\nexport const target = outputsOf(new BackupTarget("mLab"));\n',
    );
    new Stack("newest", { folder }).configure({}, aws.endpoint);
    const { cli } = partsIn(engine.env.PULUMI_HOME ?? "");
    const run = await clone.run(
      "cd program && pulumi stack init newest && pulumi up --yes --skip-preview && pulumi destroy --yes --skip-preview",
      { env: { ...engine.env, ...unwaiting, PATH: `${dirname(cli)}${delimiter}${env.PATH}` } },
    );
    expectWell(run);
    expect(run.printed.match(/\d+ (created|deleted)/g)).to.deep.equal(["17 created", "17 deleted"]);
    expect(run.printed)
      .to.match(/accessKeyId *: "\w{20}"/)
      .and.match(/secretAccessKey *: \[secret\]/);
  });

  it("passes npm start and npm stop", async () => {
    const start = await clone.run("npm start", { env });
    expectWell(start);
    expect(start.printed)
      .to.match(/^ {2}✓ put an object +allowed +allowed$/m)
      .and.not.contain("✗");
    expectWell(await clone.run("npm stop", { env }));
    expect(await clone.running()).to.deep.equal([]);
  });
});
