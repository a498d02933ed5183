// Who did what, according to S3's access logs. Pure.

/** One request, from a line of an access log; only the fields that are used. */
export interface LogRecord {
  /** In milliseconds since 1970; S3 notes the second. */
  readonly at: number;
  readonly address: string;
  /** The ARN of an IAM user or of a role's session; a canonical ID for an account; `-` for an unsigned request. */
  readonly requester: string;
  /** Such as REST.PUT.OBJECT. */
  readonly operation: string;
  /** Undefined: the request wasn't about an object. */
  readonly key: string | undefined;
  /** The HTTP status; undefined if the log doesn't have it. */
  readonly status: number | undefined;
}

/** Owner, bucket, time, address, requester, request, operation, key, request line, status; AWS appends newer fields. */
const form = /^\S+ \S+ \[([^\]]+)\] (\S+) (\S+) \S+ (\S+) (\S+) (?:(?:-|".*?") (\d{3})|(?:-|"[^"]*") -) /;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Of a time such as `06/Feb/2019:00:00:38 +0000`; S3 writes UTC only. */
function momentOf(time: string): number | undefined {
  const [, day, month = "", year, clock] = /^(\d{2})\/(\w{3})\/(\d{4}):([\d:]{8}) \+0000$/.exec(time) ?? [];
  const number = String(months.indexOf(month) + 1).padStart(2, "0");
  const at = Date.parse(`${year}-${number}-${day}T${clock}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** S3 encodes a key twice; one that can't be decoded stays as it is. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(decodeURIComponent(key));
  } catch {
    return key;
  }
}

/**
 * Reads a line of an access log (https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html).
 *
 * @returns undefined for a line of another form
 */
export function parseRecord(line: string): LogRecord | undefined {
  const [, time = "", address, requester, operation, key = "-", status] = form.exec(line) ?? [];
  const at = momentOf(time);
  return at === undefined || address === undefined || requester === undefined || operation === undefined
    ? undefined
    : {
        ...{ at, address, requester, operation },
        key: key === "-" ? undefined : decoded(key),
        status: status === undefined ? undefined : Number(status),
      };
}

const deletions: readonly string[] = ["REST.DELETE.OBJECT", "BATCH.DELETE.OBJECT"];
/** A log does not say whether there was an object before. */
const writes: readonly string[] = [
  ...["REST.PUT.OBJECT", "REST.COPY.OBJECT", "REST.POST.OBJECT", "REST.POST.UPLOAD"],
];

/** What one requester did from one address. Times are in milliseconds since 1970. */
export interface Actor {
  readonly requester: string;
  readonly address: string;
  readonly requests: number;
  /** Numbers of objects in requests that S3 carried out. */
  readonly deletions: number;
  readonly writes: number;
  readonly first: number;
  readonly last: number;
}

/** Adds up records. Its size grows only with the number of requesters and addresses. */
export class Activity {
  private readonly byActor = new Map<string, Actor>();

  add({ requester, address, operation, status, at }: LogRecord): void {
    const id = `${requester} ${address}`;
    const known = this.byActor.get(id);
    const done = status !== undefined && status >= 200 && status < 300;
    this.byActor.set(id, {
      ...{ requester, address },
      requests: (known?.requests ?? 0) + 1,
      deletions: (known?.deletions ?? 0) + (done && deletions.includes(operation) ? 1 : 0),
      writes: (known?.writes ?? 0) + (done && writes.includes(operation) ? 1 : 0),
      first: Math.min(known?.first ?? at, at),
      last: Math.max(known?.last ?? at, at),
    });
  }

  /** The most recently active come first. */
  actors(): Actor[] {
    return [...this.byActor.values()].sort((a, b) => b.last - a.last);
  }
}

/** Whether a requester is a session of the IAM role of this name: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`. */
export const isSessionOf = (requester: string, roleName: string): boolean =>
  requester.split(":assumed-role/")[1]?.split("/")[0] === roleName;

/** Whether a requester is the IAM user of this name, under any path. The logs don't show which of its keys was used. */
export const isUser = (requester: string, userName: string): boolean =>
  requester.split(":user/")[1]?.split("/").at(-1) === userName;
