import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { Clone, complaints, type Ended } from "../e2e/clone";

/** What of a manifest, or of an entry of a lock file, is asked here. */
interface Packages {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<Record<string, Packages>>;
}

const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), "utf8"));
const manifest = read<Packages>(__dirname, "package.json");
const { packages: current } = read<Lock>(__dirname, "package-lock.json");
const sdk = "node_modules/@pulumi/pulumi";
const isNode = (path: string) =>
  path.startsWith("node_modules/node-") && current[path]?.version === nodeVersion;
const nodePackage = `node-${process.platform}-${process.arch}`;
const nodeVersion = current[`node_modules/${nodePackage}`]?.version;

/**
 * The project's packages as its own lock file pins them, but for Pulumi's SDK and Node. What that SDK needs goes below it, so that
 * nothing else changes.
 */
function putInPlace(folder: string): void {
  const project = read<Packages>(folder, "package.json");
  const lock = read<Lock>(folder, "package-lock.json");
  const changed = {
    dependencies: { ...project.dependencies, ...manifest.dependencies },
    optionalDependencies: { ...manifest.optionalDependencies },
  };
  const ofOthers = Object.entries(lock.packages).filter(
    ([path]) => path !== sdk && !path.startsWith(`${sdk}/`),
  );
  const own = Object.entries(current)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => [path === sdk || isNode(path) ? path : `${sdk}/${path}`, entry]);
  const packages = { ...Object.fromEntries(ofOthers), ...Object.fromEntries(own) };
  const write = (file: string, content: object) =>
    writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  write("package.json", { ...project, ...changed });
  write("package-lock.json", {
    ...lock,
    packages: { ...packages, "": { ...lock.packages[""], ...changed } },
  });
}

describe(`Node ${nodeVersion} with @pulumi/pulumi ${manifest.dependencies?.["@pulumi/pulumi"]}`, function () {
  this.timeout(600_000);
  let clone: Clone;
  let env: Record<string, string>;

  const expectWell = ({ code, printed }: Ended) => {
    expect(code, printed).to.equal(0);
    expect(complaints(printed), printed).to.deep.equal([]);
  };

  before("which are installed", async () => {
    clone = await Clone.make("clone-current-node", { packages: false });
    putInPlace(clone.folder);
    const installed = await clone.run("npm ci --no-audit --no-fund --loglevel=error");
    expect(installed.code, installed.printed).to.equal(0);
    const node = join(clone.folder, "node_modules", nodePackage, "bin", "node");
    env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  });

  it("is what the commands run on", async () => {
    const { printed } = await clone.run("npm exec --offline -- node --version", { env });
    expect(printed.trim()).to.equal(`v${nodeVersion}`);
    expect(read<Packages>(clone.folder, sdk, "package.json").version).to.equal(
      manifest.dependencies?.["@pulumi/pulumi"],
    );
  });

  it("passes the unit tests", async () => {
    const units = await clone.run("npm run test:unit", { env });
    expectWell(units);
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
