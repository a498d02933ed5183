import { setTimeout as sleep } from "node:timers/promises";
import type { Call, Fate } from "../support/proxy";

/** The processes that an update consists of. */
export const victims = ["engine", "provider", "program"] as const;
export type Victim = (typeof victims)[number];

/** One thing that can happen to a call. */
export interface Fault {
  /** Whether it can happen to this call at all, with AWS or with us. */
  readonly applies: (call: Pick<Call, "service" | "action" | "writes">, makesThings: boolean) => boolean;
  readonly fate: (call: Call, kill: (victim: Victim) => void) => Fate;
}

const error = (status: number, s3: string, iam: string) => ({
  fate: ({ service }: Call): Fate => ({ error: { status, code: service === "s3" ? s3 : iam } }),
});
const stallSeconds = 20;

const answers = {
  // To a change that meets another one.
  "409 conflict": {
    applies: ({ writes }) => writes,
    ...error(409, "OperationAborted", "ConcurrentModification"),
  },
  "503 busy": { applies: () => true, ...error(503, "SlowDown", "ServiceUnavailable") },
  "400 throttling": { applies: () => true, ...error(400, "RequestLimitExceeded", "Throttling") },
  "500 failure": { applies: () => true, ...error(500, "InternalError", "ServiceFailure") },
  // AWS does not know everywhere yet what it has just made.
  "404 not there yet": {
    applies: ({ service, action }, makesThings) =>
      makesThings && service !== "sts" && !/^Create/.test(action),
    ...error(404, "NoSuchBucket", "NoSuchEntity"),
  },
  "reset before": { applies: () => true, fate: () => ({ reset: "before" }) },
  "reset after": { applies: () => true, fate: () => ({ reset: "after" }) },
  "20 s stall": { applies: () => true, fate: () => ({ before: () => sleep(stallSeconds * 1000) }) },
} satisfies Record<string, Fault>;

/** At both sides of whatever changes something in AWS: before AWS knows of it, and before the engine knows that it is done. */
const kills = victims.flatMap((victim) =>
  (["before", "after"] as const).map((when): [string, Fault] => [
    `kill ${victim} ${when}`,
    {
      applies: ({ writes }) => writes,
      fate: (_call, kill) => ({ [when]: async () => kill(victim) }),
    },
  ]),
);

/** All faults, by what the table calls them. */
export const faults: Readonly<Record<string, Fault>> = { ...answers, ...Object.fromEntries(kills) };
