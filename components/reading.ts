// What people type and copy, and what is meant. A value is corrected only if it is invalid as written, so that existing stacks
// don't change.

const invisible = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/g;
/** Full-width forms of East Asian keyboards, and the ligatures of documents in PDF. */
const otherForms = /[\uFF01-\uFF5E\uFB00-\uFB06]/g;
/** These always mean a hyphen. An en dash or an em dash may have been two. */
const hyphens = /[\u2010\u2011\u2212]/g;
const quotes = [`""`, "''", "``", "“”", "„“", "””", "‘’", "‚‘", "’’", "«»"];

/** A string with the intended characters, without white space around it. */
const plain = (text: string) =>
  text
    .replace(invisible, "")
    .replace(otherForms, (form) => form.normalize("NFKC"))
    .replace(hyphens, "-")
    .trim();

/** A string without what copying may add: white space around it, a pair of quotes, invisible characters. */
export function tidy(text: string): string {
  const bare = plain(text);
  const quoted = bare.length > 1 && quotes.includes(bare.slice(0, 1) + bare.slice(-1));
  return quoted ? bare.slice(1, -1).trim() : bare;
}

/** A string; also a number or boolean that Pulumi's configuration parsed without loss. */
export function readString(value: unknown): unknown {
  if (typeof value === "string") {
    return tidy(value);
  }
  return typeof value === "boolean" || Number.isSafeInteger(value) ? String(value) : value;
}

/** One of the words, in any case. */
export function readWord(value: unknown, words: readonly string[]): unknown {
  const read = readString(value);
  return typeof read === "string"
    ? (words.find((word) => word.toLowerCase() === read.toLowerCase()) ?? read)
    : read;
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** A boolean, including YAML's other words for one. */
export function readBoolean(value: unknown): unknown {
  const word = typeof value === "string" ? tidy(value).toLowerCase() : "";
  return Object.hasOwn(booleans, word) ? booleans[word] : value;
}

/** A whole number, also with its unit, which is redundant. */
export function readNumber(value: unknown, unit?: RegExp): unknown {
  if (typeof value !== "string") {
    return value;
  }
  const text = unit === undefined ? tidy(value) : tidy(value).replace(unit, "");
  return /^[+-]?\d+(\.0+)?$/.test(text) ? Number(text) : value;
}

/** A list; also one written as a string, or a single entry. */
export function readList(value: unknown, readEntry: (entry: unknown) => unknown): unknown {
  if (typeof value === "object" && !Array.isArray(value)) {
    return value;
  }
  return [value].flat().flatMap((entry) => {
    if (typeof entry !== "string") {
      return [readEntry(readString(entry))];
    }
    return plain(entry)
      .replace(/\s*\/\s*/g, "/")
      .split(/[\s,;]+/)
      .map((part) => part.replace(/^[["'`\u2018-\u201E]+|[\]"'`\u2018-\u201E]+$/g, ""))
      .filter((part) => part !== "")
      .map(readEntry);
  });
}

/** A list of folders, whose names can have spaces and commas; also a single folder. */
export const readFolders = (value: unknown): unknown =>
  typeof value === "object" && !Array.isArray(value) ? value : [value].flat().map(readString);

/** Names of characters that look like another one, or are invisible. */
const characterNames: Readonly<Record<string, string>> = {
  "\t": "a tab",
  "\n": "a line break",
  "\r": "a line break",
  "\u00A0": "a no-break space",
  "\u2013": "an en dash",
  "\u2014": "an em dash",
  "\u2018": "a typographic quotation mark",
  "\u2019": "a typographic apostrophe",
  "\u201C": "a typographic quotation mark",
  "\u201D": "a typographic quotation mark",
  "\u2026": "an ellipsis",
  "\u3000": "an ideographic space",
};

/** Names the first few characters: a reader can't always see which they are. */
export function nameCharacters(characters: readonly string[]): string {
  return [...new Set(characters)]
    .slice(0, 3)
    .map((character) => {
      const code = `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
      const name = Object.hasOwn(characterNames, character) ? `, ${characterNames[character]}` : "";
      return JSON.stringify(character) + (/[!-~]/.test(character) ? "" : ` (${code}${name})`);
    })
    .join(" and ");
}
