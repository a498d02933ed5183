// Part of `npm run lint`: words that the documentation avoids, and their replacements.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../common/paths";

/** Banned → better. */
const words: readonly (readonly [banned: RegExp, better: string])[] = [
  [/\b(tells?|told|telling)\b/i, "show, say, report"],
  [/\bmend(s|ed|ing)?\b/i, "fix"],
  [/\bbrings? (it |them |\w+ )?back\b|\bcomes? back\b/i, "restore"],
  [/\bat AWS\b/, "in AWS"],
  [/\blook(s|ed|ing)? after\b/i, "manage"],
  [/\bgo(es)? on\b/i, "resume, continue"],
  [/\b(stays?|left) as (it|they) (is|was|are|were)\b/i, "unchanged"],
  [/\bmakes? (a |an |the )?(new )?(bucket|key|user|group|policy|stack)\b(?! (public|or an))/i, "create"],
  [/\ba text\b|\btexts\b/i, "string"],
  [/\bwhoever\b/i, "anyone who, the user who"],
  [/\bof (its|their|your) own making\b|\bin whatever case\b/i, "plainer words"],
  [/\bjudges?\b|\bstory\b|\blife of a stack\b/i, "plainer words"],
  [/\blower-case\b|\bupper case\b/i, "lowercase, uppercase"],
  [/\bsomebody\b/i, "someone"],
  [/\bthaw(s|ed|ing)?\b/i, "restore from the archive"],
  [/\bputs? (it |them |\w+ )?back\b|\bback to what\b/i, "restore"],
  [/\bends with (\d|exit)/i, "exits with"],
  [/\b(the|a) (one|last|version) of (\d{4}-|then\b)/i, "from, old version"],
  [/\b(?<!point )in time\b/i, "on time"],
];

/** The banned words in a page, as FILE:LINE: WORD. Code is not prose. */
export function bannedWords(name: string, page: string): string[] {
  const prose = page
    .replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, ""))
    .replace(/`[^`\n]*`|\]\([^)]*\)/g, "");
  return prose.split("\n").flatMap((line, index) =>
    words.flatMap(([banned, better]) => {
      const [word] = banned.exec(line) ?? [];
      return word === undefined ? [] : [`${name}:${index + 1}: "${word}": write ${better}`];
    }),
  );
}

if (require.main === module) {
  const docs = readdirSync(join(root, "docs")).map((name) => join("docs", name));
  const pages = ["README.md", "CONTRIBUTING.md", ...docs].filter((name) => name.endsWith(".md"));
  const found = pages.flatMap((name) => bannedWords(name, readFileSync(join(root, name), "utf8")));
  for (const line of found) {
    console.error(line);
  }
  process.exitCode = found.length > 0 ? 1 : 0;
}
