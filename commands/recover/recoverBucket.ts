// A recovery from its beginning to its end: checks, plan, consent, and the work.
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../common/errors";
import { Refused } from "../aws/refused";
import { UsageError } from "../cli/command";
import type { S3Bucket } from "./bucket";
import { held, released } from "./expiry";
import { lock, unusedKey } from "./lock";
import { asMoment } from "./moment";
import { changes, describePlan, type Plan } from "./plan";
import { Queue } from "./queue";
import { type Outcome, planRecovery, runRecovery, type Scope } from "./recover";
import { type Earlier, Report, readReport } from "./report";

export interface RecoverOptions extends Scope {
  /** The bucket, or the part of it that is meant, in words. */
  readonly where: string;
  readonly hold: boolean;
  readonly dryRun: boolean;
  /** How many calls to S3 are made at once, at most. */
  readonly concurrency: number;
  /** The report's path. */
  readonly report: string;
}

/** What a recovery says and asks meanwhile. */
export interface Dialog {
  /** Shows the plan, and what goes with it. */
  readonly showPlan: (description: string, plan: Plan) => void | Promise<void>;
  /** @throws where nobody agrees */
  readonly confirm: (question: string) => Promise<void>;
  readonly log: (line: string) => void;
  /** Begins to show how far it is. */
  readonly progress: (total: number) => { show(done: number): void; end(): void };
}

export interface Recovered {
  readonly plan: Plan;
  /** Undefined where nothing was to be done, or only to be shown. */
  readonly outcome: Outcome | undefined;
  /** The moment just before it, to undo it, in milliseconds since 1970. */
  readonly before: number | undefined;
}

/** Brings a bucket, or a part of it, back to what it was. */
export async function recoverBucket(
  bucket: S3Bucket,
  options: RecoverOptions,
  dialog: Dialog,
): Promise<Recovered> {
  await check(bucket, options);
  const earlier = await readReport(options.report, bucket.name);
  const lifecycle = await bucket.lifecycle().catch((error: unknown) => {
    if (error instanceof Refused && !options.hold) {
      return undefined;
    }
    throw error;
  });
  const plan = await planRecovery(bucket, options, { earlier, rules: lifecycle?.rules });
  if (plan.oldest === undefined) {
    throw new UserError(
      `${options.where} has no versions of any object, so that there is nothing to recover.`,
    );
  }
  if (Math.floor(plan.oldest / 1000) > Math.floor(options.to / 1000)) {
    throw new UserError(
      `--to ${asMoment(options.to)}: that is before the oldest version in ${options.where}, which is of ${asMoment(plan.oldest)}. What was there before, if anything, S3 does not know any more. Go back to a later moment.`,
    );
  }
  await dialog.showPlan(describePlan(plan, options.where, bucket.name, bucket.now()), plan);
  const isHeld = lifecycle !== undefined && released(lifecycle.rules) !== undefined;
  if (options.dryRun) {
    return { plan, outcome: undefined, before: undefined };
  }
  const total = changes(plan);
  if (total === 0 && !isHeld) {
    return { plan, outcome: undefined, before: undefined };
  }
  await dialog.confirm(
    total === 0 ? "Have old versions expire again?" : `Do that, to ${total.toLocaleString("en")} objects?`,
  );
  const unlock = await lock(bucket);
  try {
    await bucket.tryRemoval(unusedKey);
    return { plan, ...(await run(bucket, options, dialog, { total, earlier })) };
  } finally {
    await unlock();
  }
}

/** What speaks against a recovery from the beginning. */
async function check(bucket: S3Bucket, { to }: Scope): Promise<void> {
  const versioning = await bucket.versioning();
  const enable = `aws s3api put-bucket-versioning --bucket ${bucket.name} --versioning-configuration Status=Enabled`;
  if (versioning === undefined) {
    throw new UserError(
      `The bucket ${bucket.name} keeps no versions: what was deleted or overwritten in it is gone, and nothing can be recovered. So that it can be in future: set versioning to true, or for a bucket that is not the stack's, run: ${enable}`,
    );
  }
  if (versioning === "Suspended") {
    throw new UserError(
      `The versioning of the bucket ${bucket.name} is suspended, and a recovery could overwrite a version for good. Enable it, and run this again: ${enable}`,
    );
  }
  if (to > bucket.now()) {
    throw new UsageError(
      `--to ${asMoment(to)}: that is in the future. By the clock of S3 it is ${asMoment(bucket.now())}.`,
    );
  }
}

async function run(
  bucket: S3Bucket,
  { hold, report: path, concurrency, ...options }: RecoverOptions,
  { log, progress }: Dialog,
  { total, earlier }: { total: number; earlier: Earlier },
): Promise<Pick<Recovered, "outcome" | "before">> {
  const before = bucket.now();
  if (hold) {
    await holdExpiry(bucket, log);
  }
  const report = new Report(path);
  const bar = progress(total);
  try {
    const { prefix, to, exact } = options;
    const times = { at: asMoment(before), to: asMoment(to) };
    report.add({ action: "recover", bucket: bucket.name, prefix, exact, ...times });
    // S3 keeps times to the second: what is done from here on must be in a later one than what was there before.
    await sleep(1100);
    const queue = new Queue(concurrency);
    const outcome = await runRecovery(bucket, options, { earlier, report, queue, onDone: bar.show });
    const complete = outcome.failed === 0 && outcome.archived === 0;
    report.add({ action: "end", at: asMoment(bucket.now()), complete });
    bar.end();
    await releaseExpiry(bucket, complete, log);
    return { outcome, before };
  } finally {
    bar.end();
    report.close();
  }
}

async function holdExpiry(bucket: S3Bucket, log: Dialog["log"]): Promise<void> {
  const lifecycle = await bucket.lifecycle();
  const rules = held(lifecycle.rules);
  if (rules !== undefined) {
    await bucket.setLifecycle(rules, lifecycle);
    log("Suspended the lifecycle rules that erase old versions. They are put back when all is recovered.");
  }
}

/** Puts back what this run or one before has suspended, once nothing is left to recover. */
async function releaseExpiry(bucket: S3Bucket, complete: boolean, log: Dialog["log"]): Promise<void> {
  const lifecycle = await bucket.lifecycle().catch((error: unknown) => {
    if (error instanceof Refused) {
      return undefined; // nobody can have suspended it by these credentials
    }
    throw error;
  });
  const rules = lifecycle && released(lifecycle.rules);
  if (lifecycle === undefined || rules === undefined) {
    return;
  }
  if (complete) {
    await bucket.setLifecycle(rules, lifecycle);
    log("Put back the lifecycle rules that erase old versions.");
  } else {
    log("The lifecycle rules that erase old versions stay suspended, because something is left to recover.");
  }
}
