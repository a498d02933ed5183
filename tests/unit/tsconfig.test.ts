import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { localFolder, root } from "../../common/paths";

describe("the types", () => {
  it("are checked by the compiler, and so by editors, and not at each run of Pulumi", function () {
    this.timeout(30_000);
    const folder = join(localFolder, "ill-typed");
    const compile = (config: string) => {
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ extends: `../../${config}`, compilerOptions: { types: [] }, include: ["."] }),
      );
      const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
      return spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" }).stdout;
    };
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(join(folder, "index.ts"), 'export const days: number = "a month";\n');
      expect(compile("tsconfig.json")).to.contain(
        "error TS2322: Type 'string' is not assignable to type 'number'",
      );
      expect(compile("tsconfig.pulumi.json")).to.equal("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
