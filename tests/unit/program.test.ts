import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { thisProgram } from "../../bench/programs";
import { run } from "../../bench/share";
import { startStubEngine } from "../../bench/share/stubEngine";
import { localFolder } from "../../common/paths";

describe("the program", () => {
  it("is not held up by its types, and tells the line that threw, and not half a minute later", async function () {
    this.timeout(120_000); // on a busy machine
    const path = join(localFolder, "throwing-program");
    const temp = mkdtempSync(join(tmpdir(), "throwing-program-"));
    const stub = await startStubEngine();
    try {
      thisProgram.make(path);
      appendFileSync(
        join(path, "index.ts"),
        "target.bucketName.apply((name: number) => { throw new Error('no ' + name); });\n",
      );
      const told = await run(path, stub, { temp, watched: false }).then(() => "no error", String);
      // With no line of the SDK below it: coloring those is what takes Node half a minute.
      expect(told).to.match(/Error: no mlab-backups\n +at .*index\.ts:\d+:\d+.*(\n(?! +at )|$)/);
    } finally {
      stub.stop();
      for (const folder of [path, temp]) {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  });
});
