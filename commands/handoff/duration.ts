import { UsageError } from "../cli/command";

const units: Readonly<Record<string, number>> = { m: 60, h: 3600 };
const least = 15 * 60;

/**
 * The maximum lifetime of temporary credentials. For a key, STS allows 36 hours (GetSessionToken), and 12 are enough for a
 * restore. For a role, it is the role's maximum session duration: 1 hour as deployed, and never more for callers that have
 * already assumed another role (AssumeRole).
 */
const most = { key: 12 * 3600, role: 3600 };

/**
 * The seconds of a duration such as `1h` or `30m`.
 *
 * @throws a `UsageError` if it isn't a duration, or STS would refuse it
 */
export function secondsOf(duration: string, of: keyof typeof most): number {
  const [, amount, unit = ""] = /^(\d{1,4})([mh])$/.exec(duration) ?? [];
  const seconds = Number(amount) * (units[unit] ?? Number.NaN);
  if (Number.isNaN(seconds) || seconds < least || seconds > most.key) {
    throw new UsageError(`--duration ${duration}: must be from 15m to 12h, for example --duration 1h.`);
  }
  if (seconds > most[of]) {
    throw new UsageError(
      `--duration ${duration}: the role's maximum session duration is 1h, so it must be from 15m to 1h.`,
    );
  }
  return seconds;
}
