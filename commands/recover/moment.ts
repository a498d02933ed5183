import { UsageError } from "../cli/command";

const form = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const example = "Write for example --to 2026-11-20T10:00Z, or with an offset, --to 2026-11-20T11:00+01:00.";

/**
 * The moment of `--to`, in milliseconds since 1970.
 *
 * @throws UsageError for anything but an ISO 8601 time with a zone
 */
export function parseMoment(text: string | undefined): number {
  if (text === undefined) {
    throw new UsageError(`--to is missing: the point in time to restore. ${example}`);
  }
  const [, day = "", , , zone] = form.exec(text) ?? [];
  if (zone === undefined) {
    const withoutZone = form.test(`${text}Z`);
    throw new UsageError(
      `--to ${text}: must be an ISO 8601 time with ${withoutZone ? "a time zone" : "a date, a time and a time zone"}. ${example}`,
    );
  }
  const moment = Date.parse(text);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(moment) || !new Date(`${day}T00:00Z`).toISOString().startsWith(day)) {
    throw new UsageError(`--to ${text}: there is no such day or time. ${example}`);
  }
  return moment;
}

/** A moment as `--to` takes it. */
export const asMoment = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
