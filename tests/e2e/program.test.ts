import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { Stack } from "../support/environment";

describe("the program", () => {
  it("shows the line that threw, at once, whatever its types", async function () {
    this.timeout(1_800_000);
    const stack = await new Stack("throws", { main: "../../../index.ts" }).create();
    appendFileSync(
      join(dirname(stack.file), "index.ts"),
      "target.urn.apply((name: number) => { throw new Error('no ' + name); });\n",
    );
    const { code, stdout } = await stack.try("preview", "--stack", "throws");
    expect(code).to.not.equal(0);
    // With no line of the SDK below it: Node takes half a minute to color those.
    expect(stdout).to.match(/Error: no urn:\S+::mLab\n +at .*index\.ts:\d+:\d+.*(\n(?! +at )|$)/);
  });
});
