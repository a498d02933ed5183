// What a recovery would do, in figures. Its size doesn't depend on the bucket's.
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { erasedAt } from "./expiry";
import { type Action, secondOf, type Version } from "./history";
import { asMoment } from "./moment";

/** The counted actions: all but leaving an object as it is. */
export type Kind = Exclude<Action["kind"], "nothing">;

/** What happens to the objects of each kind. */
const words: Readonly<Record<Kind, string>> = {
  "remove markers": "deleted since: the delete markers are removed",
  copy: "overwritten since: a copy of the old version becomes the current one",
  archived: "overwritten since, but the old version is archived: it must be restored from the archive first",
  hide: "created since: a delete marker hides them",
  "created since": "created since: kept (--exact hides them)",
};

/** An object that has changed. */
export interface Changed {
  readonly kind: Kind;
  readonly key: string;
  /** Of the version that is restored, kept or hidden. */
  readonly versionId: string;
  readonly bytes: number;
  readonly storageClass: string;
}

export interface Plan {
  /** In milliseconds since 1970, as all times here. */
  readonly to: number;
  readonly objects: Readonly<Record<Kind, { readonly objects: number; readonly bytes: number }>>;
  /** Unchanged objects. */
  readonly unchanged: number;
  /** The largest objects that the recovery changes. */
  readonly largest: readonly Changed[];
  /** Some of those that are archived. */
  readonly archived: readonly Changed[];
  /** The changes since then, by hour. */
  readonly hours: ReadonlyMap<number, { readonly deletions: number; readonly overwrites: number }>;
  /** The needed version that the lifecycle would erase first, and when. */
  readonly firstErased: { readonly at: number; readonly key: string } | undefined;
  /** Whether the lifecycle could not be read. */
  readonly lifecycleUnknown: boolean;
  /** When the oldest version was written; undefined: there are no versions. */
  readonly oldest: number | undefined;
}

/** How many of the largest and of the archived objects are named. */
const named = 10;
const hour = 60 * 60 * 1000;

/** The version that an action is about. */
export const changedBy = (action: Exclude<Action, { kind: "nothing" }>): Changed => {
  const { key, versionId, size: bytes, storageClass } = action.version;
  return { kind: action.kind, key, versionId, bytes, storageClass };
};

/** Adds up what is to be done, key by key. */
export class Planner {
  private readonly objects = {
    "remove markers": { objects: 0, bytes: 0 },
    copy: { objects: 0, bytes: 0 },
    archived: { objects: 0, bytes: 0 },
    hide: { objects: 0, bytes: 0 },
    "created since": { objects: 0, bytes: 0 },
  };
  private unchanged = 0;
  private largest: Changed[] = [];
  private readonly archived: Changed[] = [];
  private readonly hours = new Map<number, { deletions: number; overwrites: number }>();
  private firstErased: { at: number; key: string } | undefined;
  private oldest: number | undefined;

  /** @param rules the lifecycle's; undefined: they could not be read */
  constructor(
    private readonly to: number,
    private readonly rules: readonly LifecycleRule[] | undefined,
  ) {}

  add(versions: readonly Version[], action: Action): void {
    this.oldest = Math.min(
      this.oldest ?? Number.POSITIVE_INFINITY,
      ...versions.map(({ lastModified }) => lastModified),
    );
    this.addHours(versions, action);
    if (action.kind === "nothing") {
      this.unchanged += versions[0]?.isDeleteMarker === false ? 1 : 0;
      return;
    }
    const changed = changedBy(action);
    const count = this.objects[action.kind];
    count.objects++;
    count.bytes += changed.bytes;
    if (this.largest.length < named || changed.bytes > (this.largest.at(-1)?.bytes ?? 0)) {
      this.largest = [...this.largest, changed].sort((a, b) => b.bytes - a.bytes).slice(0, named);
    }
    if (action.kind === "archived" && this.archived.length < named) {
      this.archived.push(changed);
    }
    if ("successor" in action) {
      const at = erasedAt(this.rules ?? [], action.version, action.successor);
      if (at !== undefined && at < (this.firstErased?.at ?? Number.POSITIVE_INFINITY)) {
        this.firstErased = { at, key: action.version.key };
      }
    }
  }

  private addHours(versions: readonly Version[], action: Action): void {
    for (const { isDeleteMarker, lastModified } of versions) {
      if (secondOf(lastModified) > secondOf(this.to) && (isDeleteMarker || "successor" in action)) {
        const at = Math.floor(lastModified / hour) * hour;
        const counts = this.hours.get(at) ?? { deletions: 0, overwrites: 0 };
        counts[isDeleteMarker ? "deletions" : "overwrites"]++;
        this.hours.set(at, counts);
      }
    }
  }

  plan(): Plan {
    const { to, objects, unchanged, largest, archived, hours, firstErased, oldest } = this;
    const lifecycleUnknown = this.rules === undefined;
    return { to, objects, unchanged, largest, archived, hours, firstErased, lifecycleUnknown, oldest };
  }
}

/** How many objects a recovery changes. */
export const changes = ({ objects }: Plan): number =>
  objects["remove markers"].objects + objects.copy.objects + objects.hide.objects;

/** A number with its thousands apart. */
export const count = (number: number): string => number.toLocaleString("en");
/** `plural(1, "version")` is `1 version`. */
export const plural = (number: number, noun: string): string =>
  `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
const objectsOf = (number: number): string =>
  `${count(number).padStart(9)} ${number === 1 ? "object, " : "objects,"}`;

/** A key with control characters escaped, as in JSON and bash: a thief may have chosen it to control the terminal. */
export const printable = (key: string): string =>
  key.replace(/[\p{Cc}\p{Cf}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });

/** Bytes in a unit that makes them readable. */
export function inUnit(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return bytes === 1
    ? "1 byte"
    : `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** A duration in its largest unit. */
export function inWords(milliseconds: number): string {
  const [size, unit] =
    milliseconds >= 48 * hour
      ? [24 * hour, "days"]
      : milliseconds >= 2 * hour
        ? [hour, "hours"]
        : [60_000, "minutes"];
  return `${count(Math.floor(milliseconds / size))} ${unit}`;
}

/** A string as a shell reads it back; one with control characters as bash, zsh and ksh do. */
export function quoted(text: string): string {
  if (/^[\w./-]+$/.test(text)) {
    return text;
  }
  return printable(text) === text
    ? `'${text.replaceAll("'", `'\\''`)}'`
    : `$'${printable(text.replaceAll(/[\\']/g, "\\$&"))}'`;
}

/** The command that restores an archived version. */
export const thaw = (bucket: string, { key, versionId }: Pick<Changed, "key" | "versionId">): string =>
  `aws s3api restore-object --bucket ${bucket} --key ${quoted(key)} --version-id ${versionId} --restore-request Days=7`;

/** The maximum number of lines of changes by hour; beyond that, they are shown by day. */
const mostHours = 24;
const barLength = 40;

function histogram(hours: Plan["hours"]): string[] {
  const unit = hours.size > mostHours ? 24 * hour : hour;
  const sums = new Map<number, { deletions: number; overwrites: number }>();
  for (const [at, { deletions, overwrites }] of hours) {
    const start = Math.floor(at / unit) * unit;
    const sum = sums.get(start) ?? { deletions: 0, overwrites: 0 };
    sums.set(start, { deletions: sum.deletions + deletions, overwrites: sum.overwrites + overwrites });
  }
  const rows = [...sums].sort(([a], [b]) => a - b);
  const most = Math.max(...rows.map(([, { deletions, overwrites }]) => deletions + overwrites));
  const shown = rows.slice(-mostHours);
  return [
    `Deletions and overwrites since, by ${unit === hour ? "hour" : "day"} (UTC):`,
    ...(shown.length < rows.length ? [`  … and ${rows.length - shown.length} earlier days`] : []),
    ...shown.map(([at, { deletions, overwrites }]) => {
      const label = asMoment(at)
        .slice(0, unit === hour ? 16 : 10)
        .replace("T", " ");
      const bar = "#".repeat(Math.ceil((barLength * (deletions + overwrites)) / most));
      return `  ${label}  ${count(deletions).padStart(9)} deleted  ${count(overwrites).padStart(9)} overwritten  ${bar}`;
    }),
  ];
}

/** The plan, as printed. */
export function describePlan(plan: Plan, where: string, bucket: string, now: number): string {
  const { to, objects, unchanged, largest, archived, hours, firstErased, lifecycleUnknown } = plan;
  const kinds = (Object.keys(words) as Kind[]).filter((kind) => objects[kind].objects > 0);
  const lines = [`${where}, as of ${asMoment(to)}, ${inWords(now - to)} ago:`];
  for (const kind of kinds) {
    const { objects: number, bytes } = objects[kind];
    lines.push(`  ${objectsOf(number)} ${inUnit(bytes).padStart(9)}, ${words[kind]}`);
  }
  lines.push(`  ${objectsOf(unchanged)} unchanged`);
  if (largest.length > 0) {
    lines.push("The largest of them:");
    lines.push(
      ...largest.map(
        ({ kind, key, bytes }) => `  ${inUnit(bytes).padStart(9)}  ${printable(key)}  (${kind})`,
      ),
    );
  }
  if (hours.size > 0) {
    lines.push(...histogram(hours));
  }
  if (archived.length > 0) {
    const all = archived.length < objects.archived.objects ? "; the report has all of them" : "";
    lines.push(`Archived versions, and the commands that restore them${all}:`);
    lines.push(...archived.map((changed) => `  ${thaw(bucket, changed)}`));
    lines.push(
      "Wait until they are restored (up to 48 hours), then run this again. Everything else is recovered without waiting.",
    );
  }
  if (lifecycleUnknown) {
    lines.push(
      "It is unknown when the lifecycle deletes old versions: these credentials lack s3:GetLifecycleConfiguration.",
    );
  } else if (firstErased !== undefined) {
    const left = firstErased.at - now;
    lines.push(
      left > 0
        ? `The lifecycle deletes the first version that is needed (${printable(firstErased.key)}) at ${asMoment(firstErased.at)}, in ${inWords(left)}. --hold prevents that until the recovery is complete.`
        : `The lifecycle may delete the first version that is needed (${printable(firstErased.key)}) at any time now. --hold prevents that until the recovery is complete.`,
    );
  }
  return lines.join("\n");
}
