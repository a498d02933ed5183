import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Stack } from "../support/environment";

/**
 * The resources that `pulumi stack export` wrote of a stack that the first version of this project had deployed, with other
 * secrets. They are in no AWS: a preview without a refresh asks AWS nothing.
 */
const resources: object[] = JSON.parse(
  readFileSync(join(__dirname, "fixtures", "first-release.json"), "utf8"),
);

describe("an upgrade of the project", () => {
  it("changes nothing of what its first version has deployed", async function () {
    this.timeout(1_800_000);
    const settings = { consumer: "Velero2", tags: { team: "databases" }, noncurrentVersionDays: "90" };
    const stack = await new Stack("upgraded").create(settings);
    // Where nothing answers, as the state has it.
    stack.configure(settings, "https://127.0.0.1:1");
    const { deployment, ...rest } = JSON.parse(await stack.run("stack", "export", "--stack", "upgraded"));
    await stack.importState(JSON.stringify({ ...rest, deployment: { ...deployment, resources } }));
    const preview = await stack.run("preview", "--expect-no-changes", "--json", "--stack", "upgraded");
    const { changeSummary } = JSON.parse(preview);
    expect(changeSummary).to.deep.equal({ same: resources.length - 1 });
  });
});
