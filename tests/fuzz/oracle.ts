import { type AccessProfile, profiles } from "../../components/access/profiles";
import { type Setting, settings } from "../../components/settings";
import { expected } from "../simulation/expected";
import * as aws from "./aws";

// Which settings of a configuration cannot be used: decided a second time, by AWS's rules and by what the documentation says of
// each setting.

type Name = keyof typeof settings;
type Values = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isBoolean = (value: unknown) => value === true || value === false;
const isOneOf =
  (...words: string[]) =>
  (value: unknown) =>
    words.some((word) => word === value);
const isListOf = (takes: aws.Takes) => (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every(takes);

// What is meant by what cannot be used as it stands.

const unseen = new Set([
  ...["\u00ad", "\ufeff", ...between(0x200b, 0x200f), ...between(0x202a, 0x202e)],
  ...[...between(0x2060, 0x2064), ...between(0x2066, 0x2069)],
]);
const pairs = ['""', "''", "``", "“”", "„“", "””", "‘’", "‚‘", "’’", "«»"];
const ligatures = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"];

function between(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index));
}

function onCommonKeyboard(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (unseen.has(character)) {
        return "";
      }
      if (code >= 0xff01 && code <= 0xff5e) {
        return String.fromCharCode(code - 0xfee0);
      }
      if (code >= 0xfb00 && code <= 0xfb06) {
        return ligatures[code - 0xfb00] ?? "";
      }
      return ["\u2010", "\u2011", "\u2212"].includes(character) ? "-" : character;
    })
    .join("")
    .trim();
}

function meantText(value: unknown): unknown {
  if (value === true || value === false) {
    return `${value}`;
  }
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? `${value}` : value;
  }
  if (typeof value !== "string") {
    return value;
  }
  const text = onCommonKeyboard(value);
  return text.length >= 2 &&
    pairs.some(([open, close]) => text.startsWith(open ?? "") && text.endsWith(close ?? ""))
    ? text.slice(1, -1).trim()
    : text;
}

const meantWord =
  (...words: string[]) =>
  (value: unknown) => {
    const text = meantText(value);
    return typeof text === "string" ? (words.find((word) => word === text.toLowerCase()) ?? text) : text;
  };

/** Also by a name that one profile alone is called by, with blanks and underscores for hyphens. */
function meantAccess(value: unknown): unknown {
  const text = meantText(value);
  const name = typeof text === "string" ? text.toLowerCase().replace(/[\s_]+/g, "-") : "";
  if (Object.hasOwn(expected, name)) {
    return name;
  }
  const called = Object.entries<AccessProfile>(profiles).filter(([, { alsoCalled }]) =>
    alsoCalled?.includes(name),
  );
  return called.length === 1 ? called[0]?.[0] : text;
}

function meantBoolean(value: unknown): unknown {
  const word = typeof value === "string" ? String(meantText(value)).toLowerCase() : undefined;
  return word === "true" || word === "yes" || word === "on"
    ? true
    : word === "false" || word === "no" || word === "off"
      ? false
      : value;
}

/** Digits, with a sign before them and a point with zeros behind; of days, with their unit. */
const meantNumber =
  (unit: readonly string[] = []) =>
  (value: unknown): unknown => {
    if (typeof value !== "string") {
      return value;
    }
    let text = String(meantText(value));
    const written = unit.find((word) => text.toLowerCase().endsWith(word));
    if (written !== undefined) {
      text = text.slice(0, -written.length);
      while (text.endsWith(" ")) {
        text = text.slice(0, -1);
      }
    }
    const [whole = "", fraction = "0", ...more] = text.split(".");
    const digits = ["+", "-"].includes(whole.charAt(0)) ? whole.slice(1) : whole;
    const isDigits = (part: string) =>
      part !== "" && [...part].every((digit) => "0123456789".includes(digit));
    return isDigits(digits) && isDigits(fraction) && Number(fraction) === 0 && more.length === 0
      ? Number(text)
      : value;
  };

const meantDays = meantNumber(["days", "day", "d"]);

const meantList =
  (meantEntry: (entry: string) => string) =>
  (value: unknown): unknown => {
    if (typeof value === "object" && !Array.isArray(value)) {
      return value;
    }
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    const around = "[]\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e";
    return entries.flatMap((entry) => {
      const text = typeof entry === "string" ? onCommonKeyboard(entry) : meantText(entry);
      if (typeof text !== "string") {
        return [text];
      }
      if (typeof entry !== "string") {
        return [meantEntry(text)];
      }
      let parts = [""];
      for (const character of text
        .split("/")
        .map((part, index, all) =>
          (index > 0 ? part.trimStart() : part).replace(/\s+$/, index < all.length - 1 ? "" : "$&"),
        )
        .join("/")) {
        if (",;".includes(character) || character.trim() === "") {
          parts = [...parts, ""];
        } else {
          parts = [...parts.slice(0, -1), `${parts.at(-1)}${character}`];
        }
      }
      return parts
        .map((part) => {
          let bare = part;
          while (bare !== "" && around.replace("]", "").includes(bare.charAt(0))) {
            bare = bare.slice(1);
          }
          while (bare !== "" && around.replace("[", "").includes(bare.charAt(bare.length - 1))) {
            bare = bare.slice(0, -1);
          }
          return bare;
        })
        .filter((part) => part !== "")
        .map(meantEntry);
    });
  };

function meantRange(entry: string): string {
  const [address = "", bits, ...more] = entry.split("/");
  if (more.length > 0) {
    return entry;
  }
  if (bits === undefined) {
    const alone = `${address}/${address.includes(":") ? 128 : 32}`;
    return aws.takesCidr(alone) ? alone : entry;
  }
  if (!aws.takesCidr(`${address}/1`)) {
    return entry;
  }
  const mask =
    address.includes(":") || !aws.takesCidr(`${bits}/32`)
      ? undefined
      : bits
          .split(".")
          .map((part) => Number(part).toString(2).padStart(8, "0"))
          .join("");
  if (mask !== undefined) {
    const ones = mask.indexOf("0") < 0 ? 32 : mask.indexOf("0");
    return ones > 0 && !mask.slice(ones).includes("1") ? `${address}/${ones}` : entry;
  }
  let shorter = bits;
  while (/^0[0-9]/.test(shorter)) {
    shorter = shorter.slice(1);
  }
  return `${address}/${shorter}`;
}

/** What Pulumi ends a name by, so that its exact characters do not matter. */
const suffix = "-0000000";

const takesConsumer: aws.Takes = (value) =>
  typeof value === "string" &&
  aws.takesStem(value) &&
  aws.takesBucketName(`${value.toLowerCase()}-backups${suffix}`) &&
  aws.takesUserName(`${value}User${suffix}`) &&
  aws.takesGroupName(`${value}Group${suffix}`) &&
  aws.takesPolicyName(`${value}S3BackupsPolicy${suffix}`);

/** A folder of the bucket, without what means something else in a policy, what IAM takes in none, and what a URL loses. */
const takesPrefix: aws.Takes = (value) => {
  if (typeof value !== "string" || value.length < 1 || value.length > 512) {
    return false;
  }
  const codes = [...value].map((character) => character.codePointAt(0) ?? 0);
  const parts = (value.endsWith("/") ? value.slice(0, -1) : value).split("/");
  const inQuotes = value.length >= 2 && ['""', "``", "«»"].includes(`${value.at(0)}${value.at(-1)}`);
  return (
    codes.every((code) => (code >= 32 && code <= 126) || (code >= 161 && code <= 255 && code !== 173)) &&
    !["*", "?", "$" + "{"].some((special) => value.includes(special)) &&
    parts.every((part) => !["", ".", ".."].includes(part)) &&
    !value.startsWith(" ") &&
    !value.endsWith(" ") &&
    !value.endsWith(" /") &&
    !inQuotes
  );
};

const takesRetention: aws.Takes = (value) =>
  isMap(value) &&
  (value.enabled === undefined || value.enabled === true) &&
  (Object.keys(value).sort().join() === "enabled" ||
    (["days,mode", "days,enabled,mode"].includes(Object.keys(value).sort().join()) &&
      isOneOf("governance", "compliance")(value.mode) &&
      aws.takesRetentionDays(value.days)));

/** The whole internet is no limit. */
const takesRange: aws.Takes = (value) =>
  aws.takesCidr(value) && !String(value).endsWith("/0") && aws.isSeen(String(value));

/** A number without a zero before it, and its unit. */
function isMultiple(units: Readonly<Record<string, number>>, most: number): aws.Takes {
  return (value) => {
    const text = typeof value === "string" ? value : "";
    const [, amount = "0", unit = ""] = /^([1-9][0-9]*)([^0-9]+)$/.exec(text) ?? [];
    const one = Object.hasOwn(units, unit) ? units[unit] : undefined;
    return one !== undefined && BigInt(amount) * BigInt(one) <= BigInt(most);
  };
}

const sizes = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A multiple with its unit in another case, as a word, or after spaces. */
function meantMultiple(words: Readonly<Record<string, string>>): (value: unknown) => unknown {
  return (value) => {
    const text = meantText(value);
    const [, amount = "", word = ""] =
      typeof text === "string" ? (/^[+]?0*(\d+) *(\D+)$/.exec(text) ?? []) : [];
    const unit = Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined;
    return unit === undefined ? text : `${amount}${unit}`;
  };
}

const timeWords = {
  ...{ h: "h", hr: "h", hrs: "h", hour: "h", hours: "h" },
  ...{ d: "d", day: "d", days: "d" },
};
const sizeWords = Object.fromEntries(Object.keys(sizes).map((unit) => [unit.toLowerCase(), unit]));

const isText = (least: number, most: number, characters: string) => (value: unknown) =>
  typeof value === "string" &&
  value.length >= least &&
  value.length <= most &&
  [...value].every((character) => characters.includes(character));

const numerals = "0123456789";
const lowercase = "abcdefghijklmnopqrstuvwxyz";
const alphanumerics = `${lowercase}${lowercase.toUpperCase()}${numerals}`;
const inTokens = `${alphanumerics}!#$%&()*+,-./:;<=>?@[\\]^_{|}~`;

/** A token's subject: with a wildcard, it must be clear whose it is, by its first two parts, or three of a service account. */
const takesSubject: aws.Takes = (value) => {
  if (!isText(3, 512, inTokens)(value) || String(value).includes("$" + "{")) {
    return false;
  }
  const parts = String(value).split("/").join(":").split(":");
  const isService = parts[0] === "system" && parts[1] === "serviceaccount" && parts.length > 2;
  return parts
    .slice(0, isService && String(value).startsWith("system:serviceaccount:") ? 3 : 2)
    .every((part) => !part.includes("*") && !part.includes("?"));
};

/** STS API, AssumeRole; IAM User Guide, "AWS JSON policy elements: Principal". */
const partsOfTrust: Readonly<Record<string, aws.Takes>> = {
  accountId: isText(12, 12, numerals),
  externalId: (value) => value === "" || isText(2, 1224, `${alphanumerics}_+=,.@:/-`)(value),
  service: (value) => {
    const name = typeof value === "string" ? value : "";
    const end = [".amazonaws.com", ".amazonaws.com.cn"].find((one) => name.endsWith(one));
    return (
      end !== undefined &&
      name
        .slice(0, -end.length)
        .split(".")
        .every((part) => isText(1, 200, `${lowercase}${numerals}-`)(part))
    );
  },
};
const partsOfOidc: Readonly<Record<string, aws.Takes>> = {
  provider: (value) => {
    const [arn, partition = "", iam, region, account, resource = "", ...more] = String(value).split(":");
    const host = [resource, ...more].join(":");
    return (
      typeof value === "string" &&
      [arn, iam, region].join() === "arn,iam," &&
      partition.startsWith("aws") &&
      isText(0, 20, `${lowercase}-`)(partition.slice(3)) &&
      isText(12, 12, numerals)(account) &&
      host.startsWith("oidc-provider/") &&
      isText(1, 255, `${alphanumerics}./_:-`)(host.slice("oidc-provider/".length))
    );
  },
  subject: takesSubject,
  audience: (value) =>
    isText(1, 255, inTokens)(value) && !["*", "?"].some((one) => String(value).includes(one)),
};

function meantAccount(value: unknown): unknown {
  const text = meantText(value);
  const [arn, partition = "", ...rest] = typeof text === "string" ? text.split(":") : [];
  if (arn === "arn" && partition.startsWith("aws") && isText(0, 20, `${lowercase}-`)(partition.slice(3))) {
    const [iam, region, account, root, ...more] = rest;
    const isRoot = [iam, region, root, ...more].join() === "iam,,root";
    return isRoot && partsOfTrust.accountId?.(account) ? account : text;
  }
  const digits = typeof text === "string" ? text.split("-") : [];
  return digits.length === 3 && digits.every(isText(4, 4, numerals)) ? digits.join("") : text;
}

/** What is wrong with a trust, by where it is, and what it is meant to be. */
function decideTrust(value: unknown, at: string): { wrong: string[]; meant: unknown } {
  if (!isMap(value)) {
    return { wrong: [at], meant: undefined };
  }
  const wrong: string[] = [];
  const decide = (
    given: Values,
    parts: Readonly<Record<string, aws.Takes>>,
    place: string,
  ): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(given).map(([name, part]): [string, unknown] => {
        const takes = Object.hasOwn(parts, name) ? parts[name] : undefined;
        const meant = name === "accountId" ? meantAccount(part) : meantText(part);
        const used = takes?.(part) ? part : meant;
        if (!takes?.(used)) {
          wrong.push(`${place}.${name}`);
        }
        return [name, used];
      }),
    );
  const { oidc, ...others } = value;
  const meant = decide(others, partsOfTrust, at);
  if (Object.hasOwn(value, "oidc")) {
    if (isMap(oidc)) {
      meant.oidc = decide(oidc, partsOfOidc, `${at}.oidc`);
      if (!wrong.some((name) => name.startsWith(`${at}.oidc.`))) {
        const missing = ["provider", "subject"].filter((name) => !Object.hasOwn(oidc, name));
        wrong.push(...missing.map((name) => `${at}.oidc.${name}`));
      }
    } else {
      wrong.push(`${at}.oidc`);
    }
  }
  if (wrong.length === 0) {
    if (["accountId", "oidc", "service"].filter((kind) => Object.hasOwn(value, kind)).length !== 1) {
      wrong.push(at);
    } else if (Object.hasOwn(value, "externalId") && !Object.hasOwn(value, "accountId")) {
      wrong.push(`${at}.externalId`);
    }
  }
  return { wrong, meant };
}

/** For one value, regardless of the others. `consumers` and `trust` are decided by their parts. */
function valueRules(
  knownActions: ReadonlySet<string>,
): Record<Exclude<Name, "consumers" | "trust">, aws.Takes> {
  return {
    consumer: takesConsumer,
    access: isOneOf(...Object.keys(expected)),
    prefix: takesPrefix,
    furtherPrefixes: isListOf(takesPrefix),
    allowedIpRanges: isListOf(takesRange),
    extraActions: isListOf((action) => typeof action === "string" && knownActions.has(action)),
    permissionsBoundary: aws.takesPolicyArn,
    keyGeneration: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    previousKey: isOneOf("none", "active", "inactive"),
    storeKeyIn: isOneOf("parameter-store", "secrets-manager"),
    expectBackupEvery: isMultiple({ h: 1, d: 24 }, 3650 * 24),
    expectBackupSize: isMultiple(sizes, 2 ** 50),
    path: aws.takesPath,
    maxKeyAgeDays: aws.takesDays,
    bucketName: aws.takesBucketName, // or aws.hasBucketName, with adoptedBucket
    bucketNamespace: isOneOf("global", "account-regional"),
    adoptedBucket: isBoolean,
    policyName: aws.takesPolicyName,
    groupName: aws.takesGroupName,
    userName: aws.takesUserName,
    roleName: aws.takesRoleName,
    versioning: isBoolean,
    noncurrentVersionDays: aws.takesDays,
    abortIncompleteUploadDays: aws.takesDays,
    encryption: isOneOf("sse-s3", "sse-kms"),
    kmsKeyArn: aws.takesKeyArn,
    objectLock: takesRetention,
    accessLogs: aws.takesDays,
    existingLogBucket: aws.hasBucketName,
    existingBucket: aws.hasBucketName,
    protect: isBoolean,
    forceDestroy: isBoolean,
    // Nor does Pulumi's SDK send every key that AWS takes.
    tags: (value) =>
      aws.takesTags(value) &&
      !Object.keys(value as object).some((key) => ["__proto__", "toString"].includes(key)),
  };
}

const exactNames = ["policyName", "groupName", "userName", "roleName"] as const;

/** What a further consumer can be given. */
const ofConsumer: readonly string[] = [
  ...["access", "prefix", "furtherPrefixes", "allowedIpRanges", "extraActions", "permissionsBoundary"],
  ...["keyGeneration", "previousKey", "expectBackupEvery", "expectBackupSize", "path", "trust"],
  "storeKeyIn",
  ...exactNames,
];

const unreadable = Symbol("unreadable");

/** From the text that a stack's settings hold to what a program would pass. */
function read(type: Setting["type"], text: string): unknown {
  if (type !== "list" && type !== "map") {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    return type === "list" ? text : unreadable;
  }
}

/** What is meant by a value, for each setting. */
function meanings(
  knownActions: ReadonlySet<string>,
): Record<Exclude<Name, "consumers" | "trust">, (value: unknown) => unknown> {
  const mapOf =
    (meant: (value: unknown, name: string) => unknown) =>
    (value: unknown): unknown =>
      isMap(value)
        ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, meant(part, name)]))
        : value;
  const byName = new Map(
    [...knownActions].flatMap((known): [string, string][] => [
      [known.toLowerCase(), known],
      [known.toLowerCase().slice(3), known],
    ]),
  );
  const action = (entry: string) => byName.get(entry.toLowerCase()) ?? entry;
  return {
    consumer: meantText,
    access: meantAccess,
    prefix: meantText,
    furtherPrefixes: (value) =>
      typeof value === "object" && !Array.isArray(value) ? value : [value].flat().map(meantText),
    allowedIpRanges: meantList(meantRange),
    extraActions: meantList(action),
    permissionsBoundary: meantText,
    keyGeneration: meantNumber(),
    previousKey: meantWord("none", "active", "inactive"),
    storeKeyIn: meantWord("parameter-store", "secrets-manager"),
    expectBackupEvery: meantMultiple(timeWords),
    expectBackupSize: meantMultiple(sizeWords),
    path: meantText,
    maxKeyAgeDays: meantDays,
    bucketName: meantText,
    bucketNamespace: meantWord("global", "account-regional"),
    adoptedBucket: meantBoolean,
    policyName: meantText,
    groupName: meantText,
    userName: meantText,
    roleName: meantText,
    versioning: meantBoolean,
    noncurrentVersionDays: meantDays,
    abortIncompleteUploadDays: meantDays,
    encryption: meantWord("sse-s3", "sse-kms"),
    kmsKeyArn: meantText,
    objectLock: mapOf((part, name) =>
      name === "mode"
        ? meantWord("governance", "compliance")(part)
        : name === "days"
          ? meantDays(part)
          : name === "enabled"
            ? meantBoolean(part)
            : part,
    ),
    accessLogs: meantDays,
    existingLogBucket: meantText,
    existingBucket: meantText,
    protect: meantBoolean,
    forceDestroy: meantBoolean,
    tags: mapOf((tag) =>
      typeof tag === "string" && aws.takesTags({ key: tag.replace(/^aws:/i, "") }) ? tag : meantText(tag),
    ),
  };
}

/** What the oracle says of a configuration. */
export interface Verdict {
  /** The names that an error has to show, sorted; none where the configuration can be used. */
  readonly names: readonly string[];
  /** Whether it is about values that are each valid, and contradict each other. */
  readonly contradictory: boolean;
  /** What a program would pass, of what can be read. */
  readonly values: Values;
  /** The same as it is meant. */
  readonly meant: Values;
}

export type Oracle = (texts: Readonly<Record<string, string>>) => Verdict;

/** Makes the oracle, once the actions are known. */
export async function makeOracle(): Promise<Oracle> {
  const known = await aws.knownActions();
  const ruleOf = valueRules(known);
  const meaningOf = meanings(known);

  /** As it stands where it can be used, else as it is meant; undefined: neither can be used. */
  function resolve(name: string, value: unknown, isAdopted = false): { value: unknown } | undefined {
    const takes =
      name === "bucketName" && isAdopted ? aws.hasBucketName : ruleOf[name as keyof typeof ruleOf];
    if (takes(value)) {
      return { value };
    }
    const meant = meaningOf[name as keyof typeof meaningOf](value);
    return takes(meant) ? { value: meant } : undefined;
  }

  function decideConsumers(consumers: unknown): { wrong: string[]; meant: Values } {
    if (!isMap(consumers)) {
      return { wrong: ["consumers"], meant: {} };
    }
    const seen = new Set<string>();
    const wrong: string[] = [];
    const meant = Object.entries(consumers).map(([name, given]): [string, unknown] => {
      const twin = seen.has(name.toLowerCase());
      seen.add(name.toLowerCase());
      const at = `consumers.${name}`;
      if (!takesConsumer(name) || twin || !isMap(given)) {
        wrong.push(at);
      }
      const parts = Object.entries(isMap(given) ? given : {}).map(([part, value]): [string, unknown] => {
        if (part === "trust") {
          const decided = decideTrust(value, `${at}.trust`);
          wrong.push(...decided.wrong);
          return [part, decided.meant];
        }
        const resolved = ofConsumer.includes(part) ? resolve(part, value) : undefined;
        if (resolved === undefined) {
          wrong.push(`${at}.${part}`);
        }
        return [part, resolved?.value];
      });
      return [name, Object.fromEntries(parts)];
    });
    return { wrong, meant: Object.fromEntries(meant) };
  }

  return (texts) => {
    const wrong: string[] = [];
    const values: Record<string, unknown> = {};
    const meant: Record<string, unknown> = {};
    const isAdopted = Object.hasOwn(texts, "adoptedBucket") && meantBoolean(texts.adoptedBucket) === true;
    for (const [name, text] of Object.entries(texts)) {
      const setting = Object.keys(settings).find((one): one is Name => one === name);
      const value = setting && read(settings[setting].type, text);
      if (setting === undefined || value === unreadable) {
        wrong.push(name);
        continue;
      }
      values[setting] = value;
      if (setting === "consumers") {
        const decided = decideConsumers(value);
        wrong.push(...decided.wrong);
        meant[setting] = decided.meant;
        continue;
      }
      if (setting === "trust") {
        const decided = decideTrust(value, setting);
        wrong.push(...decided.wrong);
        meant[setting] = decided.meant;
        continue;
      }
      const resolved = resolve(setting, value, isAdopted);
      if (resolved === undefined) {
        wrong.push(name);
      }
      meant[setting] = resolved?.value;
    }
    const names = wrong.length > 0 ? wrong : contradictions(meant);
    return { names: [...new Set(names)].sort(), contradictory: wrong.length === 0, values, meant };
  };
}

/** What docs/bucket.md says that a bucket which is not ours leaves nothing to say of. */
const ofOurBucket = [
  ...[
    "bucketName",
    "bucketNamespace",
    "adoptedBucket",
    "versioning",
    "noncurrentVersionDays",
    "abortIncompleteUploadDays",
  ],
  ...["encryption", "objectLock", "protect", "forceDestroy", "accessLogs", "existingLogBucket"],
];

/** Tools that cannot work under a default retention, by their sources and their vendors' documents. */
const noRetention = [
  ...[
    "bareos",
    "docker-volume-backup",
    "git-annex",
    "longhorn",
    "medusa",
    "mlab",
    "mysql-shell",
    "proxmox-backup-server",
  ],
  ...["rancher-backup", "s3cmd", "veeam", "veeam-agent"],
];

/** What does not go together, but for the size of the policy. */
function contradictions(values: Values): string[] {
  const { consumer = "mLab", consumers = {}, objectLock, versioning, existingBucket } = values;
  const further = Object.entries(consumers as Record<string, Values>);
  const names: string[] = [];
  const all: [at: string, given: Values][] = [
    ["", values],
    ...further.map(([name, given]): [string, Values] => [`consumers.${name}.`, given]),
  ];
  const hasKey = ({ trust, previousKey = "none" }: Values) => trust === undefined || previousKey !== "none";
  if (values.maxKeyAgeDays !== undefined && !all.some(([, given]) => hasKey(given))) {
    names.push("maxKeyAgeDays");
  }
  const used = exactNames.map(() => new Set<string>());
  for (const [at, given] of all) {
    const access = String(given.access ?? "mlab");
    if (given.prefix !== undefined) {
      if (!expected[access as keyof typeof expected].prefix) {
        names.push(`${at}prefix`);
      }
      if ((given.extraActions as string[] | undefined)?.includes("s3:ListBucketMultipartUploads")) {
        names.push(`${at}extraActions`);
      }
    }
    if (given.furtherPrefixes !== undefined) {
      const slashed = [given.prefix, given.furtherPrefixes]
        .flat()
        .map((one) => `${one}`.replace(/\/?$/, "/"));
      const inner = slashed.some((one, at) =>
        slashed.some((other, of) => at !== of && one.startsWith(other)),
      );
      if (given.prefix === undefined || inner) {
        names.push(`${at}furtherPrefixes`);
      }
    }
    if (given.expectBackupSize !== undefined && given.expectBackupEvery === undefined) {
      names.push(`${at}expectBackupSize`);
    }
    if (access === "append-only" && versioning === false) {
      names.push(`${at}versioning`);
    }
    if ((objectLock as { mode?: string } | undefined)?.mode !== undefined && noRetention.includes(access)) {
      names.push(`${at}access`);
    }
    if (given.trust === undefined) {
      if ((given.keyGeneration ?? 1) === 1 && (given.previousKey ?? "none") !== "none") {
        names.push(`${at}previousKey`);
      }
      if (given.roleName !== undefined) {
        names.push(`${at}roleName`);
      }
    } else if (!hasKey(given)) {
      const ofKey = ["keyGeneration", "groupName", "userName", "storeKeyIn"];
      names.push(...ofKey.filter((name) => given[name] !== undefined).map((name) => `${at}${name}`));
    }
    if (given.storeKeyIn !== undefined && given.userName !== undefined) {
      const takesName = given.storeKeyIn === "parameter-store" ? aws.takesParameterName : aws.takesSecretName;
      if (!takesName(`/${given.userName}`)) {
        names.push(`${at}userName`);
      }
    }
    exactNames.forEach((kind, index) => {
      const name = given[kind];
      if (name === undefined) {
        return;
      }
      if (used[index]?.has(String(name).toLowerCase())) {
        names.push(`${at}${kind}`);
      }
      used[index]?.add(String(name).toLowerCase());
    });
  }
  for (const [name] of further) {
    if (name.toLowerCase() === String(consumer).toLowerCase()) {
      names.push(`consumers.${name}`);
    }
  }
  if (existingBucket !== undefined) {
    return [...names, ...ofOurBucket.filter((name) => values[name] !== undefined)];
  }
  if (values.kmsKeyArn !== undefined && values.encryption !== "sse-kms") {
    names.push("kmsKeyArn");
  }
  if (values.bucketNamespace === "account-regional" && values.adoptedBucket === true) {
    names.push("bucketNamespace");
  }
  const { existingLogBucket } = values;
  if (existingLogBucket !== undefined && values.accessLogs !== undefined) {
    names.push("accessLogs");
  }
  if (existingLogBucket !== undefined && existingLogBucket === values.bucketName) {
    names.push("existingLogBucket");
  }
  if (objectLock !== undefined && versioning === false) {
    names.push("versioning");
  }
  if ((objectLock as { mode?: string } | undefined)?.mode === "compliance" && values.forceDestroy === true) {
    names.push("forceDestroy");
  }
  return names;
}
