import { UserError } from "../../common/errors";
import { holdInterrupts } from "../../common/script";
import { foldersOf } from "../../components/access/policy";
import { type Logged, readAccessLogs } from "../accessLogs/accessLogs";
import { changesAsJson, describeChanges } from "../accessLogs/describe";
import { confirm, invocation, progress, UsageError } from "../cli/command";
import { keysInUse } from "../keys/keyUse";
import { accountOf, type DeployedConsumer, type Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { S3Bucket } from "./bucket";
import { mostCalls } from "./limits";
import { asMoment, parseMoment } from "./moment";
import { changes, type Plan, plural, quoted } from "./plan";
import { progressBar } from "./progressBar";
import { type Recovered, recoverBucket } from "./recoverBucket";

/** The maximum number of log files read, which takes about as long as planning a million objects. */
const mostLogFiles = 10_000;

/** The command's options. */
interface Given {
  readonly to: string | undefined;
  readonly prefix: string | undefined;
  readonly exact: boolean | undefined;
  readonly hold: boolean | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean | undefined;
  readonly report: string | undefined;
  readonly concurrency: string | undefined;
  readonly json: boolean;
}

/** Recovers a bucket and prints the result; returns whether nothing is left to do. */
export async function printRecovery(
  stackName: string | undefined,
  selection: Selection,
  { yes, dryRun, json, ...given }: Given,
): Promise<boolean> {
  const to = parseMoment(given.to);
  const concurrency = given.concurrency ?? String(mostCalls);
  if (!/^\d{1,2}$/.test(concurrency) || Number(concurrency) < 1 || Number(concurrency) > mostCalls) {
    throw new UsageError(`--concurrency ${concurrency}: must be a whole number from 1 to ${mostCalls}.`);
  }
  if (selection.consumer !== undefined && given.prefix !== undefined) {
    throw new UsageError("--consumer and --prefix: use only one of them.");
  }
  if (dryRun && yes === true) {
    throw new UsageError("--dry-run and --yes: use only one of them.");
  }
  holdInterrupts();
  const stack = Stack.open(stackName);
  const consumer = await stack.consumer(selection);
  const { s3, iam } = await stack.deployer(consumer);
  await warnOfActiveKeys(iam, consumer);
  const bucket = new S3Bucket(s3, consumer.bucketName);
  const folders = foldersOf(consumer);
  if (selection.consumer !== undefined && folders.length > 1) {
    throw new UsageError(
      `--consumer ${consumer.name}: its key opens several folders: ${folders.join(", ")}. Recover one at a time, with --prefix ${consumer.prefix} instead of --consumer.`,
    );
  }
  const prefix = given.prefix ?? (selection.consumer === undefined ? "" : consumer.prefix);
  const report = given.report ?? `recover-${bucket.name}.jsonl`;
  const show = json ? progress : console.log;
  let logged: Logged | undefined;
  const recovered = await recoverBucket(
    bucket,
    {
      where: `The bucket ${bucket.name}${prefix === "" ? "" : `, below ${prefix}`}`,
      exact: given.exact === true,
      hold: given.hold === true,
      concurrency: Number(concurrency),
      ...{ prefix, to, dryRun, report },
    },
    {
      showPlan: async (description, plan) => {
        show(description);
        if (changes(plan) + plan.objects["created since"].objects + plan.objects.archived.objects > 0) {
          logged = await readAccessLogs(s3, {
            ...consumer,
            accountId: accountOf(consumer),
            since: to,
            mostFiles: mostLogFiles,
            where: ({ key }) => key?.startsWith(prefix) === true,
          });
          show(describeChanges(logged));
        }
      },
      confirm: (question) => confirm(question, yes),
      log: progress,
      progress: progressBar,
    },
  );
  const { plan, outcome, before } = recovered;
  if (json) {
    const undo = before === undefined ? {} : { undoBy: asMoment(before), report };
    const document = {
      ...{ bucket: bucket.name, plan: planAsJson(plan), ...outcome, ...undo },
      ...(logged !== undefined && { accessLogs: changesAsJson(logged) }),
    };
    console.log(JSON.stringify(document, undefined, 2));
  } else {
    const scope = [consumer.options, ...(given.prefix === undefined ? [] : [`--prefix ${quoted(prefix)}`])];
    printOutcome(recovered, { dryRun, report, scope: scope.join(" ") });
  }
  return outcome === undefined || outcome.failed + outcome.archived === 0;
}

/** Suggests revoking the consumer's keys or sessions first, if any may be active: a thief could otherwise continue. */
async function warnOfActiveKeys(
  iam: Parameters<typeof keysInUse>[0],
  { userName, role, options }: DeployedConsumer,
): Promise<void> {
  if (role !== undefined) {
    progress(
      `Sessions of the role ${role.arn} may be in use. If one was stolen, end them first: ${invocation("revoke", options)}`,
    );
  }
  if (userName === undefined) {
    return;
  }
  const keys = await keysInUse(iam, userName).catch((error: unknown) => {
    // Deleting the user did more than revoking its keys would.
    if (error instanceof UserError) {
      return [];
    }
    throw error;
  });
  const active = keys.filter(({ status }) => status === "Active").map(({ accessKeyId }) => accessKeyId);
  if (active.length > 0) {
    progress(
      `Still active: the key ${active.join(" and the key ")}. If one was stolen, revoke the keys first: ${invocation("revoke", options)}`,
    );
  }
}

/** A plan as JSON has it. */
const planAsJson = ({ hours, firstErased, oldest, to, ...plan }: Plan) => ({
  to: asMoment(to),
  ...plan,
  hours: [...hours].sort(([a], [b]) => a - b).map(([at, counts]) => ({ hour: asMoment(at), ...counts })),
  ...(firstErased !== undefined && { firstErased: { ...firstErased, at: asMoment(firstErased.at) } }),
  ...(oldest !== undefined && { oldest: asMoment(oldest) }),
});

function printOutcome(
  { outcome, before }: Recovered,
  { dryRun, report, scope }: { dryRun: boolean; report: string; scope: string },
): void {
  if (outcome === undefined || before === undefined) {
    console.log(dryRun ? "Nothing was changed (--dry-run)." : "There is nothing to do.");
    return;
  }
  const { done, failed, archived } = outcome;
  const undo = `${scope} --to ${asMoment(before)} --exact --report ${quoted(report)}`;
  console.log(`Recovered ${plural(done, "object")}. To undo this, keep ${report} and run:
  ${invocation("recover", undo)}`);
  if (failed > 0) {
    console.log(`${plural(failed, "object")} failed; the report shows why. To continue, run this again.`);
  }
  if (archived > 0) {
    console.log(
      `${plural(archived, "archived version")} must be restored first, as shown above. Then run this again.`,
    );
  }
}
