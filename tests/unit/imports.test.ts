import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { root } from "../../common/paths";

/** What each folder at the top may import, besides itself. `index.ts` is the program. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["components"],
  components: [],
  common: [],
  package: ["common"],
  provider: ["components"],
  commands: ["components", "common"],
  engine: ["common"],
  local: ["commands", "engine", "components", "common"],
  scripts: ["commands", "components", "provider", "common"],
};
/** These measure and test all of it, and nothing of it imports them. Only the tests of the bench import the bench. */
const outside = ["tests", "bench"];
const testsOfBench = ["tests/unit/bench.test.ts"];

const topOf = (file: string): string => file.split(sep)[0] ?? "";
const folders = [...Object.keys(mayImport), ...outside].filter((name) => existsSync(join(root, name)));
const files = folders.flatMap((name) =>
  statSync(join(root, name)).isDirectory()
    ? readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((file) => join(name, file))
    : [name],
);
const sources = files.filter((file) => /\.(ts|mjs|cjs)$/.test(file));

/** The files of this repository that a file imports, types included. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => {
      const path = join(dirname(file), fileName);
      const found = [path, `${path}.ts`, join(path, "index.ts")].find((name) => sources.includes(name));
      return found ?? path;
    });
}

const imports = new Map(sources.map((file) => [file, importsOf(file)]));

/** The files from `file` back to itself, if there is such a way. */
function circleFrom(file: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const walk = (way: readonly string[]): readonly string[] | undefined => {
    for (const next of imports.get(way.at(-1) ?? "") ?? []) {
      if (next === file) {
        return [...way, next];
      }
      if (!seen.has(next)) {
        seen.add(next);
        const circle = walk([...way, next]);
        if (circle) {
          return circle;
        }
      }
    }
    return undefined;
  };
  return walk([file]);
}

describe("imports", () => {
  it("go one way between the folders", () => {
    const wrong = [...imports].flatMap(([file, imported]) => {
      const from = topOf(file);
      const allowed = [
        from,
        ...(outside.includes(from) ? Object.keys(mayImport) : (mayImport[from] ?? [])),
        ...(from === "bench" ? ["tests"] : []),
        ...(testsOfBench.includes(file) ? ["bench"] : []),
      ];
      return imported
        .filter(
          (other) => !other.startsWith("..") && other !== "package.json" && !allowed.includes(topOf(other)),
        )
        .map((other) => `${file} → ${other}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it("have no circles", () => {
    const circles = sources.flatMap((file) => circleFrom(file)?.join(" → ") ?? []);
    expect(circles).to.deep.equal([]);
  });
});
