import { type AccessPolicyArgs, accessPolicy, listActions } from "./policy";
import { type AccessProfile, profiles } from "./profiles";
import { bucketActions } from "./s3Actions";

const eraseHistory = "erase history";

/** What a person wants to know of a key, and which actions decide it. */
const abilities: readonly (readonly [question: string, actions: readonly string[]])[] = [
  ["list what is there", ["s3:ListBucket"]],
  ["read", ["s3:GetObject"]],
  ["write, and overwrite", ["s3:PutObject"]],
  ["delete", ["s3:DeleteObject"]],
  ["read old versions", ["s3:GetObjectVersion"]],
  [eraseHistory, ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]],
  ["change who can read an object", ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"]],
  ["change the bucket itself", bucketActions.filter((action) => !/^s3:(Get|List)/.test(action))],
  ["see the names of the account's other buckets", ["s3:ListAllMyBuckets"]],
];

/** An answer for each question, read off the policy itself and not off the profile that it was made from. */
export function summarize(args: AccessPolicyArgs): [question: string, answer: string][] {
  const { prefix = "", bucketArn } = args;
  const statements = accessPolicy(args).Statement as { Action: string[]; Resource: string[] }[];
  const where = (actions: readonly string[]): string => {
    const [resource] =
      statements.find(({ Action }) => actions.some((action) => Action.includes(action)))?.Resource ?? [];
    if (resource === undefined) {
      return "no";
    }
    const folder = resource.startsWith(`${bucketArn}/`) ? resource.slice(bucketArn.length + 1, -1) : "";
    const listed = prefix !== "" && actions.some((action) => listActions.includes(action)) ? prefix : folder;
    return listed === "" ? "yes" : `under ${listed}`;
  };
  const canLose = where(["s3:PutObject"]) !== "no" || where(["s3:DeleteObject"]) !== "no";
  return abilities.map(([question, actions]) => [
    question,
    question === eraseHistory && !args.versioned && canLose ? "yes: the bucket keeps none" : where(actions),
  ]);
}

/** The table of docs/access-profiles.md, in Markdown. */
export function profileTable(): string {
  const short = (actions: readonly string[] = []) =>
    actions.map((action) => action.replace("s3:", "")).join(" ");
  const rows = Object.entries(profiles).map(([name, profile]: [string, AccessProfile]) => {
    const { title, source, account = [], list, bucket, object, versioned, deletesOnlyIn, usesAcls } = profile;
    return [
      `\`${name}\``,
      source.startsWith("https:") ? `[${title}](${source})` : title,
      short([...account, ...list, ...bucket]),
      short(object) + (deletesOnlyIn === undefined ? "" : ` (DeleteObject in \`${deletesOnlyIn}\` only)`),
      short([...(versioned?.list ?? []), ...(versioned?.object ?? [])]),
      usesAcls ? "on" : "off",
      profile.noPrefix === undefined ? "yes" : "no",
      profile.noObjectLock === undefined ? "yes" : "no",
    ];
  });
  const head = [
    "access",
    "For",
    "On the bucket",
    "On its objects",
    "More if versioned",
    "ACLs",
    "prefix",
    "objectLock",
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
