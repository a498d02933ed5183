import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { manifest } from "../../package/pack";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const readJson = (file: string) => JSON.parse(read(file));

/** As numbers, the parts of a version or of a caret range. */
const partsOf = (version: string) => (version.match(/\d+/g) ?? []).map(Number);

describe("the npm package", () => {
  const { dependencies } = manifest();
  const pulumiPackages = Object.keys(dependencies).filter((name) => name.startsWith("@pulumi/"));

  it("depends on what the repository depends on, in ranges that admit its versions", () => {
    const { dependencies: own, devDependencies } = readJson("package.json");
    const versions: Record<string, string> = { ...devDependencies, ...own };
    expect(dependencies).to.include.all.keys(Object.keys(own));
    for (const [name, range] of Object.entries(dependencies)) {
      expect(range, name).to.match(/^[\^~][1-9]\d*\.\d+\.\d+$/);
      const [lowest = [], used = []] = [range, versions[name] ?? ""].map(partsOf);
      const fixed = range.startsWith("~") ? 2 : 1; // so many parts of the version cannot differ
      expect(used.slice(0, fixed), name).to.deep.equal(lowest.slice(0, fixed));
      expect(used[fixed], name).to.be.at.least(lowest[fixed] ?? 0);
    }
  });

  it("is tested with the lowest versions of Pulumi's packages that it takes", () => {
    const lowest = pulumiPackages.map((name) => [name, dependencies[name]?.replace("^", "")]);
    expect(readJson("tests/lowest/package.json").dependencies).to.deep.equal(Object.fromEntries(lowest));
  });

  it("is what the template depends on, with the same ranges", () => {
    const { version } = readJson("package.json");
    const own: Record<string, string> = readJson("template/package.json").dependencies;
    const ranges = pulumiPackages.map((name) => [name, dependencies[name]]);
    const [major, minor] = partsOf(version);
    expect(own).to.deep.equal({ ...Object.fromEntries(ranges), "s3-backup-target": `^${major}.${minor}.0` });
  });

  it("is what the plugin from a Git address depends on, in the same version", () => {
    const { version } = readJson("package.json");
    expect(readJson("plugin/package.json").dependencies).to.deep.equal({ "s3-backup-target": version });
  });

  it("names its repository where it is published from one", () => {
    expect(manifest("acme/s3-backup-target")).to.deep.include({
      repository: { type: "git", url: "git+https://github.com/acme/s3-backup-target.git" },
    });
    expect(manifest("")).to.not.have.property("repository");
  });

  it("has the versions that docs/package.md says", () => {
    const rows = Object.fromEntries(
      [...read("docs/package.md").matchAll(/^\| `(.*)` \| `(.*)` \| (.*) \|$/gm)].map(([, ...row]) => [
        row[0],
        row.slice(1),
      ]),
    );
    const own = readJson("package.json").dependencies;
    const newest = readJson("tests/currentNode/package.json").dependencies;
    const expected = pulumiPackages.map((name) => {
      const range = dependencies[name] ?? "";
      const tested = [range.replace("^", ""), own[name], newest[name]].filter(
        (version) => version !== undefined,
      );
      return [name, [range, tested.join(", ")]];
    });
    expect(rows).to.deep.equal(Object.fromEntries(expected));
  });
});
