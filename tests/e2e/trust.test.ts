import { expect } from "chai";
import { Stack } from "../support/environment";

describe("scratchtrust", function () {
  this.timeout(1_800_000);
  it("shows", async () => {
    const stack = await new Stack("trust").create({ access: "restic", prefix: "db1" });
    await stack.up();
    const trust = { accountId: "111122223333" };
    await stack.set({ access: "restic", prefix: "db1", trust });
    console.log(await stack.run("preview", "--stack", "trust", "--diff"));
    await stack.set({ access: "restic", prefix: "db1", trust, previousKey: "active" });
    console.log(await stack.run("preview", "--stack", "trust"));
    await stack.up();
    console.log(await stack.outputs());
    console.log(await stack.plan());
    await stack.set({ access: "restic", prefix: "db1", trust });
    console.log(await stack.run("preview", "--stack", "trust"));
    await stack.up();
    console.log(await stack.outputs());
    console.log(await stack.plan());
    await stack.set({ access: "restic", prefix: "db1", trust: {accountId: "111122223333", externalId: ""} });
    console.log((await stack.try("preview", "--stack", "trust")));
    await stack.set({ access: "restic", prefix: "db1", trust: {accountId: "000000000000", externalId: ""} });
    console.log((await stack.try("preview", "--stack", "trust", "--diff")));
    expect(1).to.equal(1);
  });
});
