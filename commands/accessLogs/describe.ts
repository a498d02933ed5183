// How the commands show access logs. Pure.
import { asMoment } from "../recover/moment";
import { count, printable } from "../recover/plan";
import type { Logged } from "./accessLogs";
import type { Actor } from "./activity";

/** The number of lines shown; --json has all of them. */
const shown = 10;
export const late = "S3 delivers them a few hours late";
const times = ({ first, last }: Actor): string =>
  first === last ? asMoment(first) : `${asMoment(first)} to ${asMoment(last)}`;

const nothingRead = (logged: Exclude<Logged, { state: "read" }>, what: string): string =>
  logged.state === "off"
    ? `${what} is unknown: the bucket has no access logs. To log what happens from now on, set accessLogs (docs/access-logs.md).`
    : `${what} is unknown: the access logs can't be read (${logged.why}). docs/access-logs.md lists the permissions.`;

/** A heading, and a line for each of those shown. */
function list(logged: Extract<Logged, { state: "read" }>, heading: string, lines: readonly string[]): string {
  const { filesLeftOut } = logged;
  const more = lines.length - shown;
  return [
    `${heading}, according to the access logs in ${logged.logBucket} (${late}):`,
    ...lines.slice(0, shown),
    ...(more > 0 ? [`  … and ${count(more)} more; --json has all of them`] : []),
    ...(filesLeftOut > 0
      ? [`  ${count(filesLeftOut)} older log files were not read: there are too many of them.`]
      : []),
  ].join("\n");
}

/** Those that have deleted or written objects. */
const whoChanged = (actors: readonly Actor[]): Actor[] =>
  actors.filter(({ deletions, writes }) => deletions + writes > 0);

/** A line for each that has deleted or written. */
export const changeLines = (actors: readonly Actor[]): string[] =>
  whoChanged(actors).map(
    (actor) =>
      `${count(actor.deletions).padStart(9)} deleted  ${count(actor.writes).padStart(9)} written  from ${printable(actor.address)}, ${times(actor)}, by ${printable(actor.requester)}`,
  );

/** Who deleted and wrote, as `--json` has it. */
export const changesAsJson = (logged: Logged) =>
  logged.state === "read"
    ? {
        ...logged,
        actors: whoChanged(logged.actors).map(({ first, last, ...actor }) => ({
          ...actor,
          ...{ first: asMoment(first), last: asMoment(last) },
        })),
      }
    : logged;

/** Who deleted and wrote, from where, and when. */
export function describeChanges(logged: Logged): string {
  if (logged.state !== "read") {
    return nothingRead(logged, "Who did it");
  }
  const lines = changeLines(logged.actors).map((line) => `  ${line}`);
  return lines.length === 0
    ? `The access logs in ${logged.logBucket} show no deletions or writes since then. ${late}: try again later.`
    : list(logged, "Who deleted and wrote since", lines);
}

/**
 * From where a consumer made requests.
 *
 * @param what the consumer has
 */
export function describeAddresses(logged: Logged, days: number, what: "key" | "role" = "key"): string {
  const who = what === "key" ? "this key's user" : "this role's sessions";
  if (logged.state !== "read") {
    return nothingRead(logged, `Where the ${what} was used from`);
  }
  const lines = logged.actors.map((actor) => {
    const { requests, deletions, writes, address } = actor;
    return `  ${printable(address).padEnd(15)}  ${count(requests).padStart(9)} requests, ${count(deletions)} deleted, ${count(writes)} written, ${times(actor)}`;
  });
  return lines.length === 0
    ? `The access logs in ${logged.logBucket} have no requests from ${who} in the last ${days} days. ${late}: try again later.`
    : list(logged, `The addresses of ${who} in the last ${days} days`, lines);
}
