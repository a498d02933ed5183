import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";

const json = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));

describe("installs", () => {
  const { scripts, allowScripts } = json("package.json");

  it("need no install script: those that packages have are refused, each by its name", () => {
    const packages: Record<string, { hasInstallScript?: boolean }> = json("package-lock.json").packages;
    const withScript = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.split("node_modules/").at(-1) ?? path);
    const refused = [...new Set(withScript)].sort().map((name) => [name, false]);
    expect(allowScripts).to.deep.equal(Object.fromEntries(refused));
  });

  it("run no script of the project", () => {
    const lifecycle = /^(pre|post)?(install|prepare|uninstall|pack|publish|version|dependencies)(Only)?$/;
    expect(Object.keys(scripts).filter((name) => lifecycle.test(name))).to.deep.equal([]);
  });
});
