import { type Check, checkAfter, checkString, type Finding, notString } from "../check";
import { nearest, nearestOf } from "../nearest";
import { nameCharacters, readList, readString, readWord, tidy } from "../reading";
import { type AccessName, type AccessProfile, accessNames, profiles } from "./profiles";
import { accountActions, bucketActions, objectActions, otherActions } from "./s3Actions";
import { s3Operations } from "./s3Operations";
import { undoes } from "./undoes";

const rows: Readonly<Record<AccessName, AccessProfile>> = profiles;
const otherNames = [...new Set(accessNames.flatMap((name) => rows[name].alsoCalled ?? []))];

/** The rows that are also called by a word. */
const namesCalled = (word: string) => accessNames.filter((name) => rows[name].alsoCalled?.includes(word));

/** As the names are written: in lower case, with hyphens. */
const asName = (word: string) => word.toLowerCase().replace(/[\s_]+/g, "-");

/** A name, or another word for what only one row is for. */
function readAccess(value: unknown): unknown {
  const word = readString(value);
  if (typeof word !== "string") {
    return word;
  }
  const name = readWord(asName(word), accessNames);
  const called = namesCalled(asName(word));
  return (accessNames as readonly unknown[]).includes(name) ? name : called.length === 1 ? called[0] : word;
}

/** The rows that a word may have meant: those that are called so, else the three nearest. */
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
      rule: `it is one of the ${accessNames.length} access profiles in docs/access-profiles.md`,
      fix: near.length === 0 ? "write read-write if your tool is not among them" : `write ${quoted(near)}`,
    },
  ];
});

/** A prefix as policies need it: with one slash at its end. */
export const withSlash = (prefix: string): string => (prefix.endsWith("/") ? prefix : `${prefix}/`);

/** What a policy cannot hold, or nobody sees. */
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
  return `write for example ${JSON.stringify(/[^-]/.test(near) ? near : "db1")}`;
};

/**
 * A folder in the bucket. S3 takes any character for a part of a name, and IAM all but three; what is left out is what a
 * policy cannot hold, what nobody sees, and what SDKs and proxies rewrite in the path of a URL.
 */
export const checkPrefix: Check = checkString([
  {
    rule: "a prefix has 1 to 512 characters (leave it out for the whole bucket)",
    broken: (prefix) => prefix.length < 1 || prefix.length > 512,
    fix: suggestPrefix,
  },
  {
    rule: "a prefix must not have *, ? or $ before {, because IAM takes them for wildcards and variables",
    broken: (prefix) => /[*?]|\$\{/.test(prefix),
    fix: suggestPrefix,
  },
  {
    rule: (prefix) =>
      `a prefix must not have ${nameCharacters(prefix.match(unwritable) ?? [])}: IAM takes no character beyond U+00FF in a policy, and some up to there nobody sees`,
    broken: (prefix) => prefix.search(unwritable) >= 0,
    fix: suggestPrefix,
  },
  {
    rule: "a prefix must not have white space or quotes around it, which most tools cut off",
    // Single quotes have always been a part of it.
    broken: (prefix) =>
      (!/^'.*'$/.test(prefix) && tidy(prefix) !== prefix && prefix.search(unwritable) < 0) ||
      prefix.endsWith(" /"),
    fix: suggestPrefix,
  },
  {
    rule: "a prefix starts with no slash, and no two slashes stand side by side: S3 takes each for a part of the name",
    broken: (prefix) => prefix.startsWith("/") || prefix.includes("//"),
    fix: suggestPrefix,
  },
  {
    rule: "a prefix must not have . or .. between its slashes, because SDKs and proxies rewrite the path and S3 then answers SignatureDoesNotMatch",
    broken: (prefix) => prefix.split("/").some((part) => part === "." || part === ".."),
    fix: suggestPrefix,
  },
]);

/** What a key can be given: of the account's actions, the one that tools need for a list to pick the bucket from. */
const known: readonly string[] = [...bucketActions, ...objectActions, "s3:ListAllMyBuckets"];
const example = "write for example s3:GetObjectTagging";

/** The actions that a pattern with wildcards would grant, with one of those first that would undo a protection. */
const granted = (pattern: string): readonly string[] => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const matching = known.filter((action) => new RegExp(`^${source}$`, "i").test(action));
  return [...matching].sort((a, b) => Number(Object.hasOwn(undoes, b)) - Number(Object.hasOwn(undoes, a)));
};

const nameOf = (action: string) => action.replace(/^s3:/i, "");
/** Names by what IAM, which is blind to case, tells them apart by. */
const byName = (names: readonly string[]) => new Map(names.map((name) => [nameOf(name).toLowerCase(), name]));
const operationNames = Object.keys(s3Operations);
const knownByName = byName(known);
const accountByName = byName(accountActions);
const otherByName = byName(otherActions);
const operationByName = byName(operationNames);
const coveredBy = (operation: string) => {
  const actions = s3Operations[operation] ?? [];
  return actions.length === 0
    ? `${operation} is an operation of S3 for which a general purpose bucket has no action`
    : `${operation} is an operation of S3, and the action that covers it is ${actions.join(" with ")}`;
};

/** Why an action that is a string, and none that is known, cannot be granted. */
function refuseAction(action: string): Omit<Finding, "value"> {
  if (action.includes(":") && !/^s3:/i.test(action)) {
    return { rule: "the key is for S3 alone", fix: example };
  }
  if (/[*?]/.test(action)) {
    const [first, ...more] = granted(action.includes(":") || action === "*" ? action : `s3:${action}`);
    const what = more.length === 0 ? first : `${more.length + 1} actions, ${first} among them`;
    return {
      rule: `an action must be named in full, and this one would grant ${first === undefined ? "nothing" : what}`,
      fix: first === undefined || more.length > 0 ? "write those that your tool needs" : `write ${first}`,
    };
  }
  const operation = operationByName.get(nameOf(action).toLowerCase());
  if (operation !== undefined) {
    const actions = (s3Operations[operation] ?? []).filter((name) => known.includes(name));
    return {
      rule: coveredBy(operation),
      fix:
        actions.length === 0
          ? "leave it out: the key is for one bucket"
          : `write ${actions.join(" and ")}, or nothing if the access profile has it (npm run policy shows it)`,
    };
  }
  const ofAccount = accountByName.get(nameOf(action).toLowerCase());
  const other = otherByName.get(nameOf(action).toLowerCase());
  if (ofAccount !== undefined || other !== undefined) {
    return {
      rule:
        ofAccount === undefined
          ? `${other} is for access points, access grants, jobs or Storage Lens, and not for a bucket or its objects`
          : `IAM grants ${ofAccount} for the whole account only`,
      fix: "leave it out: the key is for one bucket",
    };
  }
  const near = nearest(nameOf(action), [...known, ...operationNames].map(nameOf));
  const rule = "IAM's reference knows no such action on a bucket or its objects";
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

/** As IAM reads it, without regard to case; and the key is for S3 alone. */
const readAction = (action: unknown) =>
  typeof action === "string" ? (knownByName.get(nameOf(action).toLowerCase()) ?? action) : action;

/** Actions of S3 that a key can be given, by their full names. */
export const checkExtraActions: Check = checkAfter(
  (value) => readList(value, readAction),
  (value) => {
    if (!Array.isArray(value) || value.length === 0) {
      return [
        {
          rule: "it is a list of at least one action",
          fix: 'write ["s3:GetObjectTagging"], or leave it out',
        },
      ];
    }
    return value.flatMap(findInAction);
  },
);
