import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { withoutWaits } from "../../components/providerWaits";
import { awsConfig, stackFile } from "../support/awsConfig";
import { backgroundTask } from "../support/background";
import { Clone, complaints, type Ended } from "../support/clone";
import { environment } from "../support/environment";

/** In the order in which one person could read them: what a page sets up, those after it use. */
const pages = [
  "README.md",
  "docs/local.md",
  "docs/settings.md",
  "docs/limit-the-key.md",
  "docs/keys.md",
  "docs/ci.md",
  "docs/troubleshooting.md",
];

/** A block of commands that a page marks as runnable, `<!-- run: PLACE -->` or `<!-- run: PLACE, stops with ERROR -->`. */
interface Block {
  readonly page: string;
  readonly commands: string;
  readonly stopsWith: string | undefined;
}

const blocksFor = (place: "local" | "aws"): Block[] =>
  pages.flatMap((page) =>
    [
      ...readFileSync(join(root, page), "utf8").matchAll(
        /^ *<!-- run: (\w+)(?:, stops with (\w+))? -->\n *```sh\n(.*?)^ *```$/gms,
      ),
    ]
      .filter(([, where]) => where === place)
      .map(([, , stopsWith, commands = ""]) => ({ page, commands, stopsWith })),
  );

/**
 * What a person types in a terminal where Pulumi asks, and where the packages are installed already. `pulumi login --local`
 * goes to the home folder of the user whatever HOME says: here it goes to that of the test, and never to the stacks of the user who
 * runs it.
 */
const script = (commands: string): string =>
  `set -e\n${commands}`
    .replace(/^ *npm ci$/gm, "")
    .replace("npx pulumi login --local", 'npx pulumi login "file://$HOME"')
    .replace(/(npx pulumi (?:up|destroy)\b)/g, "$1 --yes");

/** The documentation, typed in from the first page to the last. */
const typed = backgroundTask(async () => {
  const { engine } = await environment();
  const clone = await Clone.make("clone-docs");
  const home = join(clone.folder, "home");
  mkdirSync(join(home, ".config", "rclone"), { recursive: true });
  const ran: [Block, Ended][] = [];
  const type = async (block: Block, env: Record<string, string>) => {
    ran.push([block, await clone.run(script(block.commands), { env })]);
  };

  const local = blocksFor("local");
  for (const block of local.filter(({ commands }) => !commands.includes("npm stop"))) {
    await type(block, {});
  }
  // Of an AWS that is not local, these two files would not say where it is.
  for (const stack of ["prod", "staging"]) {
    writeFileSync(join(clone.folder, `Pulumi.${stack}.yaml`), stackFile(awsConfig(clone.aws.endpoint)));
  }
  const env = {
    ...engine.env,
    npm_config_update_notifier: "false",
    ...withoutWaits,
    HOME: home,
    PULUMI_CREDENTIALS_PATH: home, // or `pulumi login` would be for every test
    PULUMI_CONFIG_PASSPHRASE: "documented",
  };
  for (const block of blocksFor("aws")) {
    await type(block, env);
  }
  const rclone = readFileSync(join(home, ".config", "rclone", "rclone.conf"), "utf8");
  const staging = await clone.run("npx pulumi destroy --yes --stack staging", { env });
  const left = await clone.run("npx pulumi stack ls --json", { env });
  for (const block of local.filter(({ commands }) => commands.includes("npm stop"))) {
    await type(block, {});
  }
  return { ran, rclone, staging, left };
});

describe("the commands of the documentation", function () {
  this.timeout(1_800_000);

  it("work as they are, from the first page to the last", async () => {
    const { ran } = await typed();
    expect(ran).to.have.length.above(15);
    for (const [{ page, commands, stopsWith }, { code, printed }] of ran) {
      const what = `${page}: ${commands}\n${printed}`;
      if (stopsWith === undefined) {
        expect(code, what).to.equal(0);
        expect(complaints(printed), what).to.deep.equal([]);
      } else {
        expect(code, what).to.not.equal(0);
        expect(printed).to.contain(stopsWith);
      }
    }
  });

  it("do what the pages say", async () => {
    const { ran, rclone, staging, left } = await typed();
    const printedBy = (command: string) =>
      ran.flatMap(([{ commands }, { printed }]) => (commands.includes(command) ? [printed] : []));
    for (const printed of printedBy("npm run verify")) {
      expect(printed).to.match(/The key \w+ can do what the access profile \w+ needs, and nothing else/);
    }
    const [form = ""] = printedBy("handoff -- form");
    expect(form)
      .to.match(/AKIA\w+/)
      .and.contain("mlab-backups-");
    expect(printedBy("pulumi login").join("")).to.contain("clone-docs/home");
    expect(rclone).to.contain("access_key_id = AKIA").and.contain("no_check_bucket = true");
    expect(printedBy("stack output consumers").join(""))
      .to.match(/"?db2"?/)
      .and.contain("secretAccessKey");
    expect(staging.code, staging.printed).to.equal(0);
    const stacks: { name: string; resourceCount?: number }[] = JSON.parse(left.stdout);
    expect(stacks.map(({ name, resourceCount }) => [name, resourceCount ?? 0])).to.deep.equal([
      ["prod", 0],
      ["staging", 0],
    ]);
  });
});
