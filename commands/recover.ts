// `npm run recover`: brings a bucket back to what it held at a moment.
import { holdInterrupts } from "../common/script";
import { confirm, exitCodes, progress, runCommand, stackHelp, stackOptions, UsageError } from "./cli/command";
import { keysInUse } from "./keys/keyUse";
import { S3Bucket } from "./recover/bucket";
import { asMoment, parseMoment } from "./recover/moment";
import type { Plan } from "./recover/plan";
import { progressBar } from "./recover/progressBar";
import { type Recovered, recoverBucket } from "./recover/recoverBucket";
import { type DeployedConsumer, Stack } from "./stack/stack";

/** More at once than the connections that the AWS SDK keeps open would only wait. */
const mostCalls = 50;
const usualCalls = 32;

const help = `Brings a bucket back to what it held at a moment: deleted objects by removing their delete markers, overwritten ones
by copying the version of then on top. It deletes no version of any object. It shows what it would do, and asks.

  npm run recover -- --stack STACK --to MOMENT [--consumer NAME | --prefix PREFIX] [--exact] [--hold]
                     [--dry-run | --yes] [--report FILE] [--concurrency N] [--json]

  --to MOMENT        an ISO 8601 time with a zone; what happened in that second is before it
  --prefix PREFIX    only objects whose keys begin with that; --consumer: only those in its folder
  --exact            also hides, by delete markers, what was not there then
  --hold             suspends the lifecycle rules that erase old versions until all is recovered
  --dry-run          only shows what it would do
  --yes              agrees beforehand; without a terminal nobody can be asked
  --report FILE      where it notes what it does, and what runs before it did; recover-BUCKET.jsonl without it
  --concurrency N    how many calls are made at once, at most, from 1 to ${mostCalls}; ${usualCalls} without it
${stackHelp}
Where nobody has agreed, it ends with 3.

  npm run recover -- --stack prod --to 2026-11-20T10:00Z --dry-run
  npm run recover -- --stack prod --to 2026-11-20T11:00+01:00 --consumer db1 --hold --yes`;

const options = {
  ...stackOptions,
  to: { type: "string" },
  prefix: { type: "string" },
  exact: { type: "boolean" },
  hold: { type: "boolean" },
  "dry-run": { type: "boolean" },
  yes: { type: "boolean" },
  report: { type: "string" },
  concurrency: { type: "string" },
} as const;

/** A plan as JSON has it. */
const planAsJson = ({ hours, firstErased, oldest, to, ...plan }: Plan) => ({
  to: asMoment(to),
  ...plan,
  hours: [...hours].sort(([a], [b]) => a - b).map(([at, counts]) => ({ hour: asMoment(at), ...counts })),
  ...(firstErased !== undefined && { firstErased: { ...firstErased, at: asMoment(firstErased.at) } }),
  ...(oldest !== undefined && { oldest: asMoment(oldest) }),
});

/** Says to revoke the consumer's keys first, where one works: whoever has it can go on meanwhile. */
async function warnOfActiveKeys(stack: Stack, { userName, further }: DeployedConsumer): Promise<void> {
  const { iam } = await stack.deployer();
  const active = (await keysInUse(iam, userName)).filter(({ status }) => status === "Active");
  if (active.length > 0) {
    const keys = active.map(({ accessKeyId }) => accessKeyId).join(" and ");
    progress(
      `The key ${keys} works. If it was stolen, revoke it first: npm run revoke -- --stack ${stack.name}${further === undefined ? "" : ` --consumer ${further}`}`,
    );
  }
}

if (require.main === module) {
  runCommand("recover", help, options, async ({ stack: name, consumer: consumerName, ...values }) => {
    const { exact = false, hold = false, "dry-run": dryRun = false, yes, json = false } = values;
    const to = parseMoment(values.to);
    const concurrency = values.concurrency ?? String(usualCalls);
    if (!/^\d{1,2}$/.test(concurrency) || Number(concurrency) < 1 || Number(concurrency) > mostCalls) {
      throw new UsageError(`--concurrency ${concurrency}: it must be a whole number from 1 to ${mostCalls}.`);
    }
    if (consumerName !== undefined && values.prefix !== undefined) {
      throw new UsageError("--consumer and --prefix: only one of them can say which objects are meant.");
    }
    if (dryRun && yes === true) {
      throw new UsageError("--dry-run and --yes: only one of them can be meant.");
    }
    holdInterrupts();
    const stack = await Stack.open(name);
    const consumer = await stack.consumer(consumerName);
    const { s3 } = await stack.deployer();
    const bucket = new S3Bucket(s3, consumer.bucketName);
    const prefix = values.prefix ?? (consumerName === undefined ? "" : consumer.prefix);
    const where = `The bucket ${bucket.name}${prefix === "" ? "" : `, below ${prefix}`}`;
    const report = values.report ?? `recover-${bucket.name}.jsonl`;
    await warnOfActiveKeys(stack, consumer);
    const recovered = await recoverBucket(
      bucket,
      { ...{ prefix, to, exact, where, hold, dryRun, report }, concurrency: Number(concurrency) },
      {
        showPlan: (description) => (json ? progress : console.log)(description),
        confirm: (question) => confirm(question, yes),
        log: progress,
        progress: progressBar,
      },
    );
    if (json) {
      const { plan, outcome, before } = recovered;
      const undo = before === undefined ? {} : { undoBy: asMoment(before), report };
      console.log(
        JSON.stringify({ bucket: bucket.name, plan: planAsJson(plan), ...outcome, ...undo }, undefined, 2),
      );
    } else {
      printOutcome(recovered, {
        dryRun,
        report,
        undo: `--stack ${stack.name}${prefix === "" ? "" : ` --prefix '${prefix}'`}`,
      });
    }
    const { outcome } = recovered;
    return outcome === undefined || outcome.failed + outcome.archived === 0
      ? exitCodes.done
      : exitCodes.failed;
  });
}

function printOutcome(
  { outcome, before }: Recovered,
  { dryRun, report, undo }: { dryRun: boolean; report: string; undo: string },
): void {
  if (outcome === undefined || before === undefined) {
    console.log(dryRun ? "Nothing was changed: it is a dry run." : "There is nothing to do.");
    return;
  }
  console.log(`Recovered ${outcome.done.toLocaleString("en")} objects. What was done is in ${report}; keep it, it is needed to undo this:
  npm run recover -- ${undo} --to ${asMoment(before)} --exact --report ${report}`);
  if (outcome.failed > 0) {
    console.log(
      `${outcome.failed.toLocaleString("en")} objects failed; the report says why. Run this again to go on.`,
    );
  }
  if (outcome.archived > 0) {
    console.log(
      `${outcome.archived.toLocaleString("en")} archived versions have to be thawed first, as said above. Run this again then.`,
    );
  }
}
