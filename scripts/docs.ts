// `npm run docs`: writes the tables and notes from the code into the pages of docs/.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../common/paths";
import { profileNotes, profileTable } from "../components/access/summary";
import { type Setting, settings } from "../components/settings";

const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** Every setting with its type, default and description. */
export const settingTable = (): string =>
  [
    row("Setting", "Type", "Default", "Meaning"),
    row("---", "---", "---", "---"),
    ...Object.entries<Setting>(settings).map(([name, setting]) =>
      row(`\`${name}\``, setting.type, setting.default, setting.description),
    ),
  ].join("\n");

/** The generated parts, by the name in their comments, `<!-- NAME: written by npm run docs -->`. */
export const tables = { settings: settingTable, profiles: profileTable, notes: profileNotes };

/** The page with up-to-date generated tables. */
export const filled = (page: string): string =>
  Object.entries(tables).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- ${name}: written by npm run docs -->\n).*?(<!-- end of ${name} -->)`, "s"),
        (_, head: string, end: string) => `${head}\n${table()}\n\n${end}`,
      ),
    page,
  );

if (require.main === module) {
  const docs = join(root, "docs");
  for (const name of readdirSync(docs).filter((file) => file.endsWith(".md"))) {
    const file = join(docs, name);
    const text = readFileSync(file, "utf8");
    if (filled(text) !== text) {
      writeFileSync(file, filled(text));
      console.log(`docs/${name}`);
    }
  }
}
