import type { Logged } from "../accessLogs/accessLogs";
import { changeLines, late } from "../accessLogs/describe";
import { progress, UsageError } from "../cli/command";
import { describeUse } from "../keys/keyUse";
import { asMoment } from "../recover/moment";
import { count, inUnit, inWords, plural, printable } from "../recover/plan";
import type { Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { asJson } from "./asJson";
import type { KeyStatus } from "./keys";
import { mostPages, statusFormats, usualPages } from "./limits";
import { describeVerdict, exitCodeOf, placeOf, problemsOf } from "./problems";
import { asPrometheus } from "./prometheus";
import {
  type BucketStatus,
  type ConsumerStatus,
  hoursOfLogs,
  mostUploads,
  readStatus,
  type StackStatus,
} from "./readStatus";
import type { RoleStatus } from "./role";

function describeKey(
  { accessKeyId, role, status, ageDays, old, ...use }: KeyStatus,
  maxKeyAgeDays: number,
): string {
  const age = ageDays === undefined ? "of unknown age" : `${plural(ageDays, "day")} old`;
  const tooOld = old ? `, and maxKeyAgeDays is ${maxKeyAgeDays}` : "";
  return `${role === "current" ? "key" : `${role} key`}|${accessKeyId}: ${status}, ${age}${tooOld}; ${describeUse({ accessKeyId, status, ...use })}`;
}

const describeRole = ({ arn, lastUsed }: RoleStatus): string =>
  `role|${arn}; ${
    lastUsed === undefined
      ? "it has never been used, as far as IAM knows (with up to four hours' delay)"
      : `it was last used at ${asMoment(Number(lastUsed.at))}, in ${lastUsed.region}`
  }`;

/** A consumer, as rows of a name and a value with a bar between them. */
function rowsOf(status: ConsumerStatus, now: number): string[] {
  const { consumer, folder, uploads, role, keys, keyProblems, prefixes, except } = status;
  const { newest, current, old, nextExpiry, complete, listed } = folder;
  const least = complete ? "" : "at least ";
  const verdict = describeVerdict(status, now);
  const unfinished =
    uploads.uploads === mostUploads ? `at least ${count(mostUploads)}` : count(uploads.uploads);
  const others = except.length === 0 ? "" : `, without ${except.join(", ")}`;
  return [
    ...(verdict === undefined ? [] : [`backup|${verdict}`]),
    newest === undefined
      ? "newest object|none"
      : `newest object|${inWords(now - newest.at)} ago, ${asMoment(newest.at)}: ${printable(newest.key)}, ${inUnit(newest.bytes)}${complete ? "" : " (there may be a newer one)"}`,
    `objects|${least}${plural(current.objects, "object")}, ${inUnit(current.bytes)}`,
    `old versions|${least}${plural(old.versions, "version")}, ${inUnit(old.bytes)}; ${least}${plural(old.deleteMarkers, "delete marker")}${
      nextExpiry === undefined
        ? ""
        : `; the next expire ${nextExpiry > now ? `at ${asMoment(nextExpiry)}` : "at any time now"}${complete ? "" : " or before"}`
    }`,
    `unfinished uploads|${unfinished}${uploads.oldest === undefined ? "" : `, the oldest from ${asMoment(uploads.oldest)}`}`,
    ...(role === undefined ? [] : [describeRole(role)]),
    ...keys.map((key) => describeKey(key, consumer.maxKeyAgeDays)),
    ...keyProblems.map((problem) => `!!|${problem}`),
    `listed|${complete ? "all" : "only the first"} ${count(listed)} versions and delete markers ${placeOf(prefixes)}${others}${complete ? "" : `; more: --pages N`}`,
  ];
}

/** Who deleted and wrote, as rows; none for a bucket without access logs. */
function rowsOfLogs(logged: Logged): string[] {
  if (logged.state === "off") {
    return [];
  }
  if (logged.state === "unreadable") {
    return [`changes|unknown: the access logs can't be read (${logged.why})`];
  }
  const lines = changeLines(logged.actors);
  const more = lines.length - mostActors;
  return [
    `changes|${lines.length === 0 ? "none" : "who deleted and wrote"} in the last ${hoursOfLogs} hours, according to the access logs in ${logged.logBucket} (${late})`,
    ...lines.slice(0, mostActors).map((line) => `|${line}`),
    ...(more > 0 ? [`|… and ${count(more)} more; --json has all of them`] : []),
    ...(logged.filesLeftOut > 0 ? [`|${plural(logged.filesLeftOut, "older log file")} not read`] : []),
  ];
}

function describeBucket(
  { name, region, gone, protection, logged, consumers }: BucketStatus,
  now: number,
): string {
  const title = `Bucket ${name} in ${region}`;
  if (gone !== undefined) {
    return [title, ...table([`!!|${gone}`])].join("\n");
  }
  const drifted = protection.filter(({ differences }) => differences.length > 0);
  const rows = [
    protection.length === 0
      ? "protection|not the stack's, so not compared"
      : drifted.length === 0
        ? `protection|as deployed: ${protection.map(({ setting }) => setting).join(", ")}`
        : "protection|DIFFERS from what is deployed. What npx pulumi up --refresh would change:",
    ...drifted.flatMap(({ setting, differences }) => differences.map((one) => `|${setting}: ${one}`)),
    ...rowsOfLogs(logged),
  ];
  return [
    title,
    ...table(rows),
    ...consumers.flatMap((status) => {
      const { consumer, prefixes } = status;
      return [
        "",
        `${consumer.name}${prefixes.includes("") ? "" : `, ${placeOf(prefixes)}`}`,
        ...table(rowsOf(status, now)),
      ];
    }),
  ].join("\n");
}

/** The number of requesters shown that deleted or wrote. */
const mostActors = 10;
const width = 20;
function table(rows: readonly string[]): string[] {
  return rows.map((row) => {
    const at = row.indexOf("|");
    return `  ${row.slice(0, at).padEnd(width)}${row.slice(at + 1)}`;
  });
}

/** The screen: a stack, its buckets, and their consumers. */
export function describeStatus({ stack, at, buckets }: StackStatus): string {
  return [`Stack ${stack}, at ${asMoment(at)}`, ...buckets.map((bucket) => describeBucket(bucket, at))].join(
    "\n\n",
  );
}

/** The command's options. */
interface Given {
  readonly prefix: string | undefined;
  readonly pages: string | undefined;
  readonly format: string | undefined;
  readonly json: boolean;
}

/** Prints the status of a stack's consumers; returns the exit code. */
export async function printStatus(
  stackName: string | undefined,
  selection: Selection,
  { prefix, pages = String(usualPages), format, json }: Given,
): Promise<number> {
  if (!/^[1-9]\d{0,5}$/.test(pages) || Number(pages) > mostPages) {
    throw new UsageError(`--pages ${pages}: must be a whole number from 1 to ${mostPages}.`);
  }
  if (format !== undefined && !(statusFormats as readonly string[]).includes(format)) {
    throw new UsageError(`--format ${format}: must be ${statusFormats.join(" or ")}.`);
  }
  if (json && format !== undefined) {
    throw new UsageError("--json and --format: use only one of them.");
  }
  const status = await readStatus(Stack.open(stackName), selection, { pages: Number(pages), prefix });
  const problems = problemsOf(status);
  if (json) {
    console.log(JSON.stringify(asJson(status, problems), undefined, 2));
  } else if (format === "prometheus") {
    process.stdout.write(asPrometheus(status));
  } else {
    console.log(describeStatus(status));
  }
  for (const { message } of problems) {
    progress(message);
  }
  return exitCodeOf(problems);
}
