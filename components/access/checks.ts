import { isIP } from "node:net";
import { type Check, checkString, type Finding } from "../check";
import { nearest } from "../nearest";
import { accessNames } from "./profiles";
import { bucketActions, objectActions } from "./s3Actions";

/** The name of an access profile. */
export const checkAccess: Check = (value) => {
  if ((accessNames as readonly unknown[]).includes(value)) {
    return [];
  }
  const near = typeof value === "string" ? nearest(value, accessNames) : undefined;
  return [
    {
      rule: `it is one of ${accessNames.join(", ")}`,
      fix:
        near === undefined
          ? "write read-write if your tool is not among them"
          : `write for example "${near}"`,
    },
  ];
};

/** A prefix as policies need it: with one slash at its end. */
export const withSlash = (prefix: string): string => (prefix.endsWith("/") ? prefix : `${prefix}/`);

const suggestPrefix = (prefix: string) => {
  const near = prefix
    .replace(/[^A-Za-z0-9!_.'()/-]+/g, "-")
    .replace(/\/+/g, "/")
    .replace(/^\/|\/$/g, "");
  return `write for example ${JSON.stringify(near === "" ? "db1" : near.slice(0, 512))}`;
};

/** A folder in the bucket: no character that means something else in a policy or in the path of a URL. */
export const checkPrefix: Check = checkString([
  {
    rule: "a prefix has 1 to 512 characters (leave it out for the whole bucket)",
    broken: (prefix) => prefix.length < 1 || prefix.length > 512,
    fix: suggestPrefix,
  },
  {
    rule: "a prefix holds only letters, digits, slashes and !_.'()- (a policy takes * and ? for wildcards)",
    broken: (prefix) => /[^A-Za-z0-9!_.'()/-]/.test(prefix),
    fix: suggestPrefix,
  },
  {
    rule: "a prefix starts with no slash, and no two slashes stand side by side: S3 takes each for a part of the name",
    broken: (prefix) => prefix.startsWith("/") || prefix.includes("//"),
    fix: suggestPrefix,
  },
]);

function findInRange(range: unknown): Finding[] {
  const [address, length, ...more] = typeof range === "string" ? range.split("/") : [];
  const family = isIP(address ?? "");
  const bits = family === 4 ? 32 : 128;
  const rule = "an IP range is an address, a slash and the number of its fixed bits";
  if (
    family === 0 ||
    address?.includes("%") || // a zone, which is a network card of one machine
    length === undefined ||
    more.length > 0 ||
    !/^(0|[1-9]\d*)$/.test(length) ||
    Number(length) > bits
  ) {
    const fix = family === 0 ? "203.0.113.7/32 or 2001:db8::/32" : `${address?.replace(/%.*/, "")}/${bits}`;
    return [{ rule, fix: `write for example "${fix}"`, value: range }];
  }
  if (Number(length) === 0) {
    return [{ rule: "this range is the whole internet", fix: "leave the setting out", value: range }];
  }
  return [];
}

/** At least one address block, IPv4 or IPv6. */
export const checkIpRanges: Check = (value) => {
  if (!Array.isArray(value) || value.length === 0) {
    return [
      { rule: "it is a list of at least one IP range", fix: 'write ["203.0.113.7/32"], or leave it out' },
    ];
  }
  return value.flatMap(findInRange);
};

const known: readonly string[] = [...bucketActions, ...objectActions];

function findInAction(action: unknown): Finding[] {
  if ((known as readonly unknown[]).includes(action)) {
    return [];
  }
  if (typeof action !== "string") {
    return [{ rule: "an action is a text", fix: "write for example s3:GetObjectTagging", value: action }];
  }
  const rule = action.includes("*")
    ? "an action is named in full, because a wildcard grants more than anybody has read"
    : /^s3:/i.test(action) || !action.includes(":")
      ? "IAM's reference knows no such action on a bucket or its objects"
      : "the key is for S3 alone";
  const near = nearest(action.includes(":") ? action : `s3:${action}`, known);
  return [
    {
      rule,
      fix: near === undefined ? "write for example s3:GetObjectTagging" : `did you mean ${near}?`,
      value: action,
    },
  ];
}

/** Actions of S3 that IAM's reference knows on a bucket or on an object, by their full names. */
export const checkExtraActions: Check = (value) => {
  if (!Array.isArray(value) || value.length === 0) {
    return [
      { rule: "it is a list of at least one action", fix: 'write ["s3:GetObjectTagging"], or leave it out' },
    ];
  }
  return value.flatMap(findInAction);
};
