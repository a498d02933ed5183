import { type Setting, settings } from "../../components/settings";
import { expected } from "../simulation/expected";
import * as aws from "./aws";

// Which settings of a configuration cannot be used: decided a second time, by AWS's rules and by what the README says of
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

/** What Pulumi ends a name by, so that its exact characters do not matter. */
const suffix = "-0000000";

const takesConsumer: aws.Takes = (value) =>
  typeof value === "string" &&
  /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(value) &&
  aws.takesBucketName(`${value.toLowerCase()}-backups${suffix}`) &&
  aws.takesUserName(`${value}User${suffix}`) &&
  aws.takesGroupName(`${value}Group${suffix}`) &&
  aws.takesPolicyName(`${value}S3BackupsPolicy${suffix}`);

/** A folder of the bucket, without what means something else in a policy or in a path. */
const takesPrefix: aws.Takes = (value) =>
  typeof value === "string" &&
  value.length <= 512 &&
  /^[A-Za-z0-9!_.'()-]+(\/[A-Za-z0-9!_.'()-]+)*\/?$/.test(value);

const takesRetention: aws.Takes = (value) =>
  isMap(value) &&
  Object.keys(value).sort().join() === "days,mode" &&
  isOneOf("governance", "compliance")(value.mode) &&
  aws.takesRetentionDays(value.days);

/** The whole internet is no limit. */
const takesRange: aws.Takes = (value) => aws.takesCidr(value) && !String(value).endsWith("/0");

/** For one value, whatever is beside it. `consumers` is judged by its parts. */
function judges(knownActions: ReadonlySet<string>): Record<Exclude<Name, "consumers">, aws.Takes> {
  return {
    consumer: takesConsumer,
    access: isOneOf(...Object.keys(expected)),
    prefix: takesPrefix,
    allowedIpRanges: isListOf(takesRange),
    extraActions: isListOf((action) => typeof action === "string" && knownActions.has(action)),
    permissionsBoundary: aws.takesPolicyArn,
    keyGeneration: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    previousKey: isOneOf("none", "active", "inactive"),
    path: aws.takesPath,
    maxKeyAgeDays: aws.takesDays,
    bucketName: aws.takesBucketName,
    policyName: aws.takesPolicyName,
    groupName: aws.takesGroupName,
    userName: aws.takesUserName,
    versioning: isBoolean,
    noncurrentVersionDays: aws.takesDays,
    abortIncompleteUploadDays: aws.takesDays,
    encryption: isOneOf("sse-s3", "sse-kms"),
    kmsKeyArn: aws.takesKeyArn,
    objectLock: takesRetention,
    existingBucket: aws.takesBucketName,
    protect: isBoolean,
    forceDestroy: isBoolean,
    // Nor does Pulumi's SDK send every key that AWS takes.
    tags: (value) =>
      aws.takesTags(value) &&
      !Object.keys(value as object).some((key) => ["__proto__", "toString"].includes(key)),
  };
}

const exactNames = ["policyName", "groupName", "userName"] as const;

/** What a further consumer can be told. */
const ofConsumer: readonly string[] = [
  ...["access", "prefix", "allowedIpRanges", "extraActions", "permissionsBoundary"],
  ...["keyGeneration", "previousKey", "path", ...exactNames],
];

const unreadable = Symbol("unreadable");

/** From the text that a stack's settings hold. */
function read(type: Setting["type"], text: string): unknown {
  switch (type) {
    case "text":
      return text;
    case "true or false":
      return text === "true" ? true : text === "false" ? false : unreadable;
    case "days":
    case "number":
      return text !== "" && [...text].every((digit) => "0123456789".includes(digit))
        ? Number(text)
        : unreadable;
    case "list":
    case "map":
      try {
        return JSON.parse(text);
      } catch {
        return unreadable;
      }
  }
}

/** What a judge says of a configuration. */
export interface Verdict {
  /** The names that an error has to tell, sorted; none where the configuration can be used. */
  readonly names: readonly string[];
  /** Whether it is about values that are right by themselves, and do not go together. */
  readonly contradictory: boolean;
  /** What can be read of it. */
  readonly values: Values;
}

export type Judge = (texts: Readonly<Record<string, string>>) => Verdict;

/** Makes a judge, once the actions are known. */
export async function makeJudge(): Promise<Judge> {
  const judgeOf = judges(await aws.knownActions());
  const takes = (name: string, value: unknown): boolean => judgeOf[name as keyof typeof judgeOf](value);

  function wrongConsumers(consumers: unknown): string[] {
    if (!isMap(consumers)) return ["consumers"];
    const seen = new Set<string>();
    return Object.entries(consumers).flatMap(([name, told]) => {
      const twin = seen.has(name.toLowerCase());
      seen.add(name.toLowerCase());
      const at = `consumers.${name}`;
      const parts = isMap(told)
        ? Object.keys(told)
            .filter((part) => !ofConsumer.includes(part) || !takes(part, told[part]))
            .map((part) => `${at}.${part}`)
        : [at];
      return [...(takesConsumer(name) && !twin ? [] : [at]), ...parts];
    });
  }

  return (texts) => {
    const wrong: string[] = [];
    const values: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(texts)) {
      const known = Object.keys(settings).find((setting): setting is Name => setting === name);
      const value = known && read(settings[known].type, text);
      if (known === undefined || value === unreadable) {
        wrong.push(name);
        continue;
      }
      values[known] = value;
      wrong.push(...(known === "consumers" ? wrongConsumers(value) : takes(known, value) ? [] : [known]));
    }
    const names = wrong.length > 0 ? wrong : contradictions(values);
    return { names: [...new Set(names)].sort(), contradictory: wrong.length === 0, values };
  };
}

/** What the README says that a bucket which is not ours leaves nothing to say of. */
const ofOurBucket = [
  ...["bucketName", "versioning", "noncurrentVersionDays", "abortIncompleteUploadDays"],
  ...["encryption", "objectLock", "protect", "forceDestroy"],
];

/** Tools that cannot work under a default retention, by their vendors' documents. */
const noObjectLock = ["mlab", "veeam"];

/** What does not go together, but for the size of the policy. */
function contradictions(values: Values): string[] {
  const { consumer = "mLab", consumers = {}, objectLock, versioning, existingBucket } = values;
  const further = Object.entries(consumers as Record<string, Values>);
  const names: string[] = [];
  const all: [at: string, told: Values][] = [
    ["", values],
    ...further.map(([name, told]): [string, Values] => [`consumers.${name}.`, told]),
  ];
  const used = exactNames.map(() => new Set<string>());
  for (const [at, told] of all) {
    const access = String(told.access ?? "mlab");
    if (told.prefix !== undefined) {
      if (!expected[access as keyof typeof expected].prefix) names.push(`${at}prefix`);
      if ((told.extraActions as string[] | undefined)?.includes("s3:ListBucketMultipartUploads")) {
        names.push(`${at}extraActions`);
      }
    }
    if (access === "append-only" && versioning === false) names.push(`${at}versioning`);
    if (objectLock !== undefined && noObjectLock.includes(access)) names.push(`${at}access`);
    if ((told.keyGeneration ?? 1) === 1 && (told.previousKey ?? "none") !== "none") {
      names.push(`${at}previousKey`);
    }
    exactNames.forEach((kind, index) => {
      const name = told[kind];
      if (name === undefined) return;
      if (used[index]?.has(String(name).toLowerCase())) names.push(`${at}${kind}`);
      used[index]?.add(String(name).toLowerCase());
    });
  }
  for (const [name] of further) {
    if (name.toLowerCase() === String(consumer).toLowerCase()) names.push(`consumers.${name}`);
  }
  if (existingBucket !== undefined) {
    return [...names, ...ofOurBucket.filter((name) => values[name] !== undefined)];
  }
  if (values.kmsKeyArn !== undefined && values.encryption !== "sse-kms") names.push("kmsKeyArn");
  if (objectLock !== undefined && versioning === false) names.push("versioning");
  if ((objectLock as { mode?: string } | undefined)?.mode === "compliance" && values.forceDestroy === true) {
    names.push("forceDestroy");
  }
  return names;
}
