import { type AccessPolicyArgs, accessPolicy, foldersOf, listActions } from "./policy";
import { type AccessName, type AccessProfile, profiles, whyNoRetention } from "./profiles";
import { bucketActions } from "./s3Actions";

const eraseHistory = "erase history";

/** What people want to know about a key, and which actions decide it. */
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

/** An answer to each question, read from the policy itself, not from its profile. */
export function summarize(args: AccessPolicyArgs): [question: string, answer: string][] {
  const { bucketArn } = args;
  const under = (folders: readonly string[]) =>
    folders.length === 0 ? "yes" : `under ${folders.join(" and ")}`;
  const statements = accessPolicy(args).Statement as { Action: string[]; Resource: string[] }[];
  const where = (actions: readonly string[]): string => {
    const found = statements.find(({ Action }) => actions.some((action) => Action.includes(action)));
    if (found === undefined) {
      return "no";
    }
    return under(
      actions.some((action) => listActions.includes(action))
        ? foldersOf(args)
        : found.Resource.filter((resource) => resource.startsWith(`${bucketArn}/`))
            .map((resource) => resource.slice(bucketArn.length + 1, -1))
            .filter((folder) => folder !== ""),
    );
  };
  const canLose = where(["s3:PutObject"]) !== "no" || where(["s3:DeleteObject"]) !== "no";
  return abilities.map(([question, actions]) => [
    question,
    question === eraseHistory && !args.versioned && canLose ? "yes: the bucket keeps none" : where(actions),
  ]);
}

const rows = Object.entries(profiles) as [AccessName, AccessProfile][];

/** What to set in a tool and what to know about it, in sentences. */
export function notesOf(access: AccessName): string[] {
  const profile: AccessProfile = profiles[access];
  const { noPrefix, needsVersioning, checksum, notes = [] } = profile;
  const noRetention = whyNoRetention(profile);
  return [
    ...(noPrefix === undefined ? [] : [`No prefix: ${noPrefix}.`]),
    ...(noRetention === undefined
      ? checksum.sent === "unknown"
        ? ["Whether its uploads carry a checksum, which S3 requires under a default retention, is unknown."]
        : []
      : [`No default retention: ${noRetention}.`]),
    ...(needsVersioning === undefined ? [] : [`Needs versioning: ${needsVersioning}.`]),
    ...notes,
  ];
}

const proofs: Readonly<Record<AccessProfile["proof"], string>> = {
  tool: "the tool",
  calls: "its calls",
  document: "no",
};

/** The table of docs/access-profiles.md, in Markdown. */
export function profileTable(): string {
  const short = (actions: readonly string[] = []) =>
    actions.map((action) => action.replace("s3:", "")).join(" ");
  const lines = rows.map(([name, profile]) => {
    const { title, source, account = [], list, bucket, object, versioned, locked, usesAcls } = profile;
    const { deletesOnlyIn, checksum } = profile;
    return [
      `\`${name}\``,
      source.startsWith("https:") ? `[${title}](${source})` : title,
      short([...account, ...list, ...bucket]),
      short(object) + (deletesOnlyIn === undefined ? "" : ` (DeleteObject in \`${deletesOnlyIn}\` only)`),
      short([...(versioned?.list ?? []), ...(versioned?.object ?? [])]),
      short([...(locked?.list ?? []), ...(locked?.bucket ?? []), ...(locked?.object ?? [])]),
      usesAcls ? "on" : "off",
      profile.noPrefix === undefined ? "yes" : "no",
      whyNoRetention(profile) === undefined ? checksum.sent : "no",
      `\`${profile.handoff}\``,
      proofs[profile.proof],
    ];
  });
  const head = [
    ...["access", "For", "On the bucket", "On its objects", "More if versioned", "More if locked"],
    ...["ACLs", "prefix", "Default retention", "Hand-off", "Tried by"],
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...lines.map(line)].join("\n");
}

/** The source of each profile, and its notes: the list below that table, in Markdown. */
export const profileNotes = (): string =>
  rows
    .map(([name, { read, checksum }]) => {
      const sends = checksum.sent === "yes" ? `; checksum: ${checksum.source}` : "";
      return [`- \`${name}\` (${read}${sends}).`, ...notesOf(name)].join(" ");
    })
    .join("\n");
