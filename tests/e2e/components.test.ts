import { expect } from "chai";
import type { Declared } from "./programs/declared";
import { Stack } from "./world";

/** A stack of components, as its file declares them. */
class DeclaredStack extends Stack {
  constructor(name: string) {
    super(name, { main: "declared.ts" });
  }

  async declare(...components: Declared[]): Promise<void> {
    await this.set({ "declared:components": components });
  }

  /** What is protected in the state that a preview would end with, by type and name. */
  async protectedOnes(): Promise<string[]> {
    const { steps } = JSON.parse(await this.run("preview", "--json", "--stack", this.name)) as {
      steps: { urn: string; newState?: { protect?: boolean } }[];
    };
    return steps
      .filter(({ newState }) => newState?.protect === true)
      .map(({ urn }) => urn.split("::").slice(2).join(" ").split("$").at(-1) ?? urn);
  }
}

describe("components in a program, on a real engine", function () {
  this.timeout(240_000);

  describe("the option protect", () => {
    const stack = new DeclaredStack("protection");
    before("a stack", () => stack.create());

    const bucketAndKey = ["aws:kms/key:Key mlab-backups-key", "aws:s3/bucket:Bucket mlab-backups"];
    const protection = async (argument: boolean | undefined, option: boolean | undefined) => {
      await stack.declare({
        component: "BackupTarget",
        name: "mLab",
        args: { encryption: "sse-kms", ...(argument !== undefined && { protect: argument }) },
        ...(option !== undefined && { opts: { protect: option } }),
      });
      return stack.protectedOnes();
    };

    it("protects bucket and key with all the rest", async () => {
      const all = await protection(undefined, true);
      expect(all).to.include.members([...bucketAndKey, "aws:iam/user:User mLabUser"]);
      expect(all).to.have.length(18);
    });

    // That the argument false takes precedence over the option is for the unit test to prove: the Node language host that is
    // built from Go modules drops the difference between false and nothing.
    it("is left out where the argument alone protects them, or nothing does", async () => {
      expect(await protection(true, undefined)).to.have.members(bucketAndKey);
      expect(await protection(undefined, undefined)).to.deep.equal([]);
    });
  });
});
