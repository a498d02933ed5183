import { type Check, checkAfter, checkString, type Finding, notString } from "../check";
import { nearest, nearestOf } from "../nearest";
import { nameCharacters, readFolders, readList, readString, readWord, tidy } from "../reading";
import { type AccessName, type AccessProfile, accessNames, profiles } from "./profiles";
import { accountActions, bucketActions, objectActions, otherActions } from "./s3Actions";
import { s3Operations } from "./s3Operations";
import { undoes } from "./undoes";

const rows: Readonly<Record<AccessName, AccessProfile>> = profiles;
const otherNames = [...new Set(accessNames.flatMap((name) => rows[name].alsoCalled ?? []))];

/** The profiles that list this word under `alsoCalled`. */
const namesCalled = (word: string) => accessNames.filter((name) => rows[name].alsoCalled?.includes(word));

/** In the spelling of the names: lowercase, with hyphens. */
const asName = (word: string) => word.toLowerCase().replace(/[\s_]+/g, "-");

/** The profile's name; also accepts another name that only one profile has. */
function readAccess(value: unknown): unknown {
  const word = readString(value);
  if (typeof word !== "string") {
    return word;
  }
  const name = readWord(asName(word), accessNames);
  const called = namesCalled(asName(word));
  return (accessNames as readonly unknown[]).includes(name) ? name : called.length === 1 ? called[0] : word;
}

/** The profiles that a word may stand for: those with this other name, otherwise the three nearest. */
function namesNear(word: string): AccessName[] {
  const called = namesCalled(asName(word));
  if (called.length > 0) {
    return called;
  }
  const near = nearestOf(asName(word), [...accessNames, ...otherNames]).flatMap((name) =>
    namesCalled(name).length > 0 ? namesCalled(name) : [name as AccessName],
  );
  return [...new Set(near)].slice(0, 3);
}

const quoted = (names: readonly string[]) => {
  const all = names.map((name) => `"${name}"`);
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
};

/** The name of an access profile. */
export const checkAccess: Check = checkAfter(readAccess, (value) => {
  if ((accessNames as readonly unknown[]).includes(value)) {
    return [];
  }
  const near = typeof value === "string" ? namesNear(value) : [];
  return [
    {
      rule: `must be one of the ${accessNames.length} access profiles in docs/access-profiles.md`,
      fix: near.length === 0 ? "use read-write if your tool is not listed" : `for example ${quoted(near)}`,
    },
  ];
});

/** A prefix as policies need it: with one slash at its end. */
export const withSlash = (prefix: string): string => (prefix.endsWith("/") ? prefix : `${prefix}/`);

/** What a policy can't contain, and invisible characters. */
const unwritable = /[^ -~\u00A1-\u00AC\u00AE-\u00FF]/gu;

const suggestPrefix = (prefix: string) => {
  const near = tidy(prefix)
    .replace(/^s3:\/\/[^/]*\/|\/?\*+$/g, "")
    .replace(unwritable, "-")
    .replace(/[*?]|\$(?=\{)/g, "-")
    .split("/")
    .map((part) => part.trim())
    .filter((part) => !["", ".", ".."].includes(part))
    .join("/")
    .slice(0, 512)
    .trim();
  return `for example ${JSON.stringify(/[^-]/.test(near) ? near : "db1")}`;
};

/**
 * A folder in the bucket. S3 accepts any character, and IAM all but three. Refused are characters that a policy can't contain,
 * invisible ones, and what SDKs and proxies rewrite in a URL's path.
 */
export const checkPrefix: Check = checkString([
  {
    rule: "must have 1 to 512 characters (remove it for the whole bucket)",
    broken: (prefix) => prefix.length < 1 || prefix.length > 512,
    fix: suggestPrefix,
  },
  {
    rule: "must not contain * or ?, which are wildcards in IAM, or ${, which begins an IAM variable",
    broken: (prefix) => /[*?]|\$\{/.test(prefix),
    fix: suggestPrefix,
  },
  {
    rule: (prefix) =>
      `must not contain ${nameCharacters(prefix.match(unwritable) ?? [])}: IAM accepts no characters beyond U+00FF in a policy, and some below are invisible`,
    broken: (prefix) => prefix.search(unwritable) >= 0,
    fix: suggestPrefix,
  },
  {
    rule: "must not start or end with white space or quotes, which most tools remove",
    // Single quotes have always been accepted as part of a prefix.
    broken: (prefix) =>
      (!/^'.*'$/.test(prefix) && tidy(prefix) !== prefix && prefix.search(unwritable) < 0) ||
      prefix.endsWith(" /"),
    fix: suggestPrefix,
  },
  {
    rule: "must not start with a slash or contain two slashes in a row: S3 treats each as part of the name",
    broken: (prefix) => prefix.startsWith("/") || prefix.includes("//"),
    fix: suggestPrefix,
  },
  {
    rule: "must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch",
    broken: (prefix) => prefix.split("/").some((part) => part === "." || part === ".."),
    fix: suggestPrefix,
  },
]);

/** Additional folders in the bucket, each as {@link checkPrefix} requires. */
export const checkFurtherPrefixes: Check = checkAfter(readFolders, (value) =>
  Array.isArray(value) && value.length > 0
    ? value.flatMap((prefix) => checkPrefix(prefix).map((finding) => ({ ...finding, value: prefix })))
    : [{ rule: "must be a list of at least one folder", fix: 'for example ["db2"], or remove it' }],
);

/** The actions that a key can be granted. Of those on the account, only listing the buckets, which some tools need. */
const known: readonly string[] = [...bucketActions, ...objectActions, "s3:ListAllMyBuckets"];
const example = "for example s3:GetObjectTagging";

/** The actions that a pattern with wildcards would grant; one that would undo a protection comes first. */
const granted = (pattern: string): readonly string[] => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const matching = known.filter((action) => new RegExp(`^${source}$`, "i").test(action));
  return [...matching].sort((a, b) => Number(Object.hasOwn(undoes, b)) - Number(Object.hasOwn(undoes, a)));
};

const nameOf = (action: string) => action.replace(/^s3:/i, "");
/** Names by their lowercase form, because IAM ignores case. */
const byName = (names: readonly string[]) => new Map(names.map((name) => [nameOf(name).toLowerCase(), name]));
const operationNames = Object.keys(s3Operations);
const knownByName = byName(known);
const accountByName = byName(accountActions);
const otherByName = byName(otherActions);
const operationByName = byName(operationNames);
const coveredBy = (operation: string) => {
  const actions = s3Operations[operation] ?? [];
  return actions.length === 0
    ? `${operation} is an S3 operation without an action on a general purpose bucket`
    : `${operation} is an S3 operation, not an action; it is covered by ${actions.join(" with ")}`;
};

/** Why a string that is not a known action cannot be granted. */
function refuseAction(action: string): Omit<Finding, "value"> {
  if (action.includes(":") && !/^s3:/i.test(action)) {
    return { rule: "must be an S3 action", fix: example };
  }
  if (/[*?]/.test(action)) {
    const [first, ...more] = granted(action.includes(":") || action === "*" ? action : `s3:${action}`);
    const what = more.length === 0 ? first : `${more.length + 1} actions, ${first} among them`;
    return {
      rule: `must be the full name of an action; this pattern would grant ${first === undefined ? "nothing" : what}`,
      fix: first === undefined || more.length > 0 ? "name the actions that your tool needs" : `use ${first}`,
    };
  }
  const operation = operationByName.get(nameOf(action).toLowerCase());
  if (operation !== undefined) {
    const actions = (s3Operations[operation] ?? []).filter((name) => known.includes(name));
    return {
      rule: coveredBy(operation),
      fix:
        actions.length === 0
          ? "remove it: the key is for one bucket"
          : `use ${actions.join(" and ")}, unless the access profile grants it already (the command policy shows it)`,
    };
  }
  const ofAccount = accountByName.get(nameOf(action).toLowerCase());
  const other = otherByName.get(nameOf(action).toLowerCase());
  if (ofAccount !== undefined || other !== undefined) {
    return {
      rule:
        ofAccount === undefined
          ? `${other} is for access points, access grants, jobs or Storage Lens, not for a bucket or its objects`
          : `IAM grants ${ofAccount} only for the whole account`,
      fix: "remove it: the key is for one bucket",
    };
  }
  const near = nearest(nameOf(action), [...known, ...operationNames].map(nameOf));
  const rule = "is not an action on a bucket or its objects that IAM knows";
  if (near === undefined) {
    return { rule, fix: example };
  }
  return Object.hasOwn(s3Operations, near)
    ? { rule: `${rule}; ${coveredBy(near)}`, fix: `did you mean ${near}?` }
    : { rule, fix: `did you mean s3:${near}?` };
}

function findInAction(action: unknown): Finding[] {
  if ((known as readonly unknown[]).includes(action)) {
    return [];
  }
  return [{ ...(typeof action === "string" ? refuseAction(action) : notString(action)), value: action }];
}

/** Ignores case, as IAM does; the service can be omitted, because the key is for S3 only. */
const readAction = (action: unknown) =>
  typeof action === "string" ? (knownByName.get(nameOf(action).toLowerCase()) ?? action) : action;

/** S3 actions that a key can be granted, by their full names. */
export const checkExtraActions: Check = checkAfter(
  (value) => readList(value, readAction),
  (value) => {
    if (!Array.isArray(value) || value.length === 0) {
      return [
        {
          rule: "must be a list of at least one action",
          fix: 'for example ["s3:GetObjectTagging"], or remove it',
        },
      ];
    }
    return value.flatMap(findInAction);
  },
);
