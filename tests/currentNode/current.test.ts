import { cpSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { Clone, complaints, type Ended } from "../support/clone";

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
