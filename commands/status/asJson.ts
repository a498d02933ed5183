// A status as `--json` prints it; docs/status.md documents the names. Pure.
import { changesAsJson } from "../accessLogs/describe";
import { asMoment } from "../recover/moment";
import type { Problem } from "./problems";
import { type ConsumerStatus, mostUploads, type StackStatus } from "./readStatus";

const moment = (milliseconds: number | undefined) =>
  milliseconds === undefined ? null : asMoment(milliseconds);
const momentOf = (date: Date | undefined) => moment(date && Number(date));

function consumerAsJson(status: ConsumerStatus) {
  const { consumer, prefixes, except, folder, uploads, role, keys, expectation, verdict } = status;
  const { newest, current, old, nextExpiry, complete, listed } = folder;
  return {
    consumer: consumer.name,
    prefixes,
    except,
    complete,
    listed,
    newestObject: newest === undefined ? null : { ...newest, at: asMoment(newest.at) },
    current,
    old: { ...old, nextExpiry: moment(nextExpiry) },
    unfinishedUploads: {
      uploads: uploads.uploads,
      complete: uploads.uploads < mostUploads,
      oldest: moment(uploads.oldest),
    },
    role:
      role === undefined
        ? null
        : {
            ...{ arn: role.arn, created: momentOf(role.created) },
            lastUsed:
              role.lastUsed === undefined ? null : { ...role.lastUsed, at: momentOf(role.lastUsed.at) },
          },
    keys: keys.map(
      ({ accessKeyId, role, status: keyStatus, created, ageDays = null, old: tooOld, lastUsed }) => ({
        ...{ accessKeyId, role, status: keyStatus, created: momentOf(created), ageDays, old: tooOld },
        lastUsed: lastUsed === undefined ? null : { ...lastUsed, at: momentOf(lastUsed.at) },
      }),
    ),
    backup:
      verdict === undefined || expectation === undefined
        ? null
        : {
            ...{ every: expectation.every, size: expectation.size, verdict: verdict.verdict },
            ...(verdict.verdict === "unknown"
              ? { last: null, due: null }
              : { last: moment(verdict.last), due: moment(verdict.due) }),
          },
  };
}

export const asJson = ({ stack, at, buckets }: StackStatus, problems: readonly Problem[]) => ({
  stack,
  at: asMoment(at),
  problems: problems.map(({ consumer = null, ...problem }) => ({ ...problem, consumer })),
  buckets: buckets.map(({ name, region, gone, protection, logged, consumers }) => ({
    ...{ bucket: name, region, exists: gone === undefined, protection, accessLogs: changesAsJson(logged) },
    consumers: consumers.map(consumerAsJson),
  })),
});
