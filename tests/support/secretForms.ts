/** Of a text in base64, what does not depend on how many bytes stand before it, nor on those after it. */
function base64Cores(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/** The ways to write a text inside of a longer one. Where encoders differ, each of their ways. */
const encodings: Readonly<Record<string, (text: string) => string[]>> = {
  base64: (text) => base64Cores(text),
  base64url: (text) => base64Cores(text).map((core) => core.replaceAll("+", "-").replaceAll("/", "_")),
  URL: (text) => {
    const encoded = encodeURIComponent(text);
    const lower = encoded.replaceAll(/%../g, (code) => code.toLowerCase());
    return [encoded, lower, encoded.replaceAll("%2F", "/")];
  },
  JSON: (text) => {
    const encoded = JSON.stringify(text).slice(1, -1);
    return [encoded, encoded.replaceAll("/", "\\/"), encoded.replaceAll("+", "\\u002B")];
  },
  hex: (text) => {
    const encoded = Buffer.from(text).toString("hex");
    return [encoded, encoded.toUpperCase()];
  },
};

/** The texts that shows a secret: as it is, encoded, and the same encoded once more; each with the name of its form. */
export type SecretForms = ReadonlyMap<string, string>;

export function secretForms(secret: string): SecretForms {
  const forms = new Map([[secret, "raw"]]);
  for (const _depth of [1, 2]) {
    for (const [text, inner] of [...forms]) {
      for (const [name, encode] of Object.entries(encodings)) {
        for (const form of encode(text)) {
          if (!forms.has(form)) {
            forms.set(form, inner === "raw" ? name : `${name} of ${inner}`);
          }
        }
      }
    }
  }
  return forms;
}

/** A line that shows a secret. */
export interface Hit {
  readonly form: string;
  /** The line, with the secret blotted out. */
  readonly line: string;
}

/** The lines of a text that shows a secret, each of them once. */
export function findSecret(text: string, forms: SecretForms): Hit[] {
  const hits = new Map<number, Hit>();
  for (const [encoded, form] of forms) {
    for (let at = text.indexOf(encoded); at >= 0; at = text.indexOf(encoded, at + encoded.length)) {
      const start = text.lastIndexOf("\n", at) + 1;
      const end = text.indexOf("\n", at);
      const line = text.slice(start, end < 0 ? undefined : end);
      if (!hits.has(start)) {
        hits.set(start, { form, line: line.replaceAll(encoded, "[secret]") });
      }
    }
  }
  return [...hits.values()];
}
