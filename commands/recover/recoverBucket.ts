// A recovery from start to finish: checks, plan, confirmation, and the work.
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../common/errors";
import { Refused } from "../aws/refused";
import { UsageError } from "../cli/command";
import type { S3Bucket } from "./bucket";
import { held, released } from "./expiry";
import { lock, unusedKey } from "./lock";
import { asMoment } from "./moment";
import { changes, describePlan, type Plan, plural } from "./plan";
import { Queue } from "./queue";
import { type Outcome, planRecovery, runRecovery, type Scope } from "./recover";
import { type Earlier, Report, readReport } from "./report";

export interface RecoverOptions extends Scope {
  /** The bucket, or the selected part of it, in words. */
  readonly where: string;
  readonly hold: boolean;
  readonly dryRun: boolean;
  /** The maximum number of parallel calls to S3. */
  readonly concurrency: number;
  /** The report's path. */
  readonly report: string;
}

/** How a recovery reports and asks for confirmation. */
export interface Dialog {
  /** Shows the plan. */
  readonly showPlan: (description: string, plan: Plan) => void | Promise<void>;
  /** @throws if the user doesn't confirm */
  readonly confirm: (question: string) => Promise<void>;
  readonly log: (line: string) => void;
  /** Starts to show the progress. */
  readonly progress: (total: number) => { show(done: number): void; end(): void };
}

export interface Recovered {
  readonly plan: Plan;
  /** Undefined if there was nothing to do, or only the plan was requested. */
  readonly outcome: Outcome | undefined;
  /** The moment just before it, to undo it, in milliseconds since 1970. */
  readonly before: number | undefined;
}

/** Restores a bucket, or a part of it, to a point in time. */
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
    throw new UserError(`${options.where} has no object versions, so there is nothing to recover.`);
  }
  if (Math.floor(plan.oldest / 1000) > Math.floor(options.to / 1000)) {
    throw new UserError(
      `--to ${asMoment(options.to)}: must not be before ${asMoment(plan.oldest)}, when the oldest version was written. S3 has no record of anything earlier. Choose a later time.`,
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
    total === 0 ? "Let old versions expire again?" : `Proceed with ${plural(total, "object")}?`,
  );
  const unlock = await lock(bucket);
  try {
    await bucket.tryRemoval(unusedKey);
    return { plan, ...(await run(bucket, options, dialog, { total, earlier })) };
  } finally {
    await unlock();
  }
}

/** Throws if a recovery is impossible from the start. */
async function check(bucket: S3Bucket, { to }: Scope): Promise<void> {
  const versioning = await bucket.versioning();
  const enable = `aws s3api put-bucket-versioning --bucket ${bucket.name} --versioning-configuration Status=Enabled`;
  if (versioning === undefined) {
    throw new UserError(
      `The bucket ${bucket.name} keeps no versions: what was deleted or overwritten in it is gone, and nothing can be recovered. To keep versions from now on, set versioning to true, or, for a bucket that the stack doesn't manage, run: ${enable}`,
    );
  }
  if (versioning === "Suspended") {
    throw new UserError(
      `The versioning of the bucket ${bucket.name} is suspended, so a recovery could overwrite a version permanently. Enable it, then run this again: ${enable}`,
    );
  }
  if (to > bucket.now()) {
    throw new UsageError(
      `--to ${asMoment(to)}: must not be in the future. By S3's clock it is ${asMoment(bucket.now())}.`,
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
    // S3's times are in whole seconds: changes from here on must fall into a later second than earlier ones.
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
    log(
      "Suspended the lifecycle rules that delete old versions. They are restored once everything is recovered.",
    );
  }
}

/** Restores what this run or an earlier one suspended, once nothing is left to recover. */
async function releaseExpiry(bucket: S3Bucket, complete: boolean, log: Dialog["log"]): Promise<void> {
  const lifecycle = await bucket.lifecycle().catch((error: unknown) => {
    if (error instanceof Refused) {
      return undefined; // nobody can have suspended it with these credentials
    }
    throw error;
  });
  const rules = lifecycle && released(lifecycle.rules);
  if (lifecycle === undefined || rules === undefined) {
    return;
  }
  if (complete) {
    await bucket.setLifecycle(rules, lifecycle);
    log("Restored the lifecycle rules that delete old versions.");
  } else {
    log("The lifecycle rules that delete old versions stay suspended, because something is left to recover.");
  }
}
