import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { UserError } from "../../common/errors";
import { root } from "../../common/paths";
import { versions } from "../../engine/layout";

const docs = join(root, "docs");

const placeOf = (part: string) =>
  new RegExp(`(<!-- ${part}: [^\\n]* -->\\n).*?(<!-- end of ${part} -->)`, "s");

/** The page of the docs that has a place for what a part measures. Throws where none has: ask first, because measuring takes long. */
export function pageOf(part: string): string {
  const page = readdirSync(docs)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(docs, name))
    .find((file) => placeOf(part).test(readFileSync(file, "utf8")));
  if (page === undefined) {
    throw new UserError(
      `No page in docs/ has a place for what ${part} measures: two comments, as the others have them.`,
    );
  }
  return page;
}

/** Puts what a part has measured in the place of what it measured before. */
export function writeSection(part: string, text: string): void {
  const file = pageOf(part);
  const before = readFileSync(file, "utf8");
  writeFileSync(
    file,
    before.replace(placeOf(part), (_, head: string, end: string) => `${head}\n${text}\n\n${end}`),
  );
}

/** Writes a chart next to the page that shows it. */
export function writePlot(name: string, svg: string): void {
  writeFileSync(join(docs, name), svg);
}

/** When and on what it was measured. */
export function circumstances(more: readonly string[] = []): string {
  const [cpu] = cpus();
  const { version: sdk } = JSON.parse(readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8"));
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}`,
    `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${system()}`,
    `Node ${process.versions.node}, @pulumi/pulumi ${sdk}, @pulumi/aws ${versions.aws}`,
    ...more,
  ].join("; ");
}

function system(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? type();
  } catch {
    return `${type()} ${release()}`;
  }
}
