import {
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  ListAccessKeysCommand,
  ListGroupsCommand,
  ListPoliciesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { Finished } from "../../commands/stack/pulumi";
import type { LocalAws } from "../../local/aws";
import { deleteVersions } from "../../local/aws/clients";
import { readBucket } from "../support/bucket";
import { readConsumer } from "../support/consumer";
import { clientsOf, type Outputs, Stack } from "../support/environment";
import { endByForce, family, processes } from "../support/processes";
import { type AwsProxy, type Call, startProxy } from "../support/proxy";
import type { Drift } from "./drift";
import { faults, type Victim } from "./faults";
import { expectedAfter, type Phase, phases } from "./phases";

/** A fault at a call of a phase. */
export interface Trial {
  readonly phase: string;
  readonly action: string;
  readonly nth: number;
  readonly fault: string;
}

/** What became of a trial. */
export interface Outcome extends Trial {
  /** How many more updates it took; undefined: two were not enough. */
  readonly more?: number | undefined;
  /** Whether the call came, and met its fault. */
  readonly met: boolean;
  /** What was there in the end that no stack knows of. */
  readonly left: readonly string[];
  /** What had to be done by hand, as the documentation has it. */
  readonly byHand: readonly string[];
  /** What was wrong after each update that did not do. */
  readonly said: readonly string[];
}

/** What became of a change by someone else. */
export interface DriftOutcome
  extends Pick<Drift, "resource" | "what">,
    Pick<Outcome, "more" | "left" | "said"> {
  /** The resources that a preview says will be changed back. */
  readonly reported: readonly string[];
}

type Owner = ReturnType<typeof clientsOf>;
type Known = Outputs & { readonly previousAccessKeyId?: string };

/** How many further updates may be needed. */
const maximum = 2;

/** What there is in AWS under a consumer's name. */
async function namesOf({ s3, iam }: Owner, consumer: string): Promise<string[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const { Users = [] } = await iam.send(new ListUsersCommand({ MaxItems: 1000 }));
  const { Groups = [] } = await iam.send(new ListGroupsCommand({ MaxItems: 1000 }));
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: "Local", MaxItems: 1000 }));
  return [
    ...Buckets.map(({ Name }) => `bucket ${Name}`),
    ...Users.map(({ UserName }) => `user ${UserName}`),
    ...Groups.map(({ GroupName }) => `group ${GroupName}`),
    ...Policies.map(({ PolicyName }) => `policy ${PolicyName}`),
  ].filter((name) => name.includes(` ${consumer}`));
}

/** A stack from its first update to its end, with a fault in each of its phases for which there is a trial. */
export class Lifecycle {
  private readonly consumer: string;
  private readonly stack: Stack;
  private readonly owner: Owner;
  private proxy: AwsProxy | undefined;
  private decide: Parameters<typeof startProxy>[1];
  /** What a kill has left running. */
  private leftRunning: number[] = [];
  private outputs: Known | undefined;

  constructor(
    number: number,
    private readonly aws: LocalAws,
  ) {
    // Ends in a letter, so that no name is the beginning of another.
    this.consumer = `faults${number}x`;
    this.owner = clientsOf(aws);
    this.stack = new Stack(`faults${number}`, { aws: this.proxied(), waits: true });
  }

  /** The local AWS behind the proxy, once that is there. */
  private proxied(): LocalAws {
    const endpoint = () => this.proxy?.endpoint ?? "";
    return {
      ...this.aws,
      get endpoint() {
        return endpoint();
      },
    };
  }

  /** Goes through all phases, and returns the calls of each to AWS. */
  async record(): Promise<ReadonlyMap<string, readonly Call[]>> {
    const calls = new Map<string, readonly Call[]>();
    await this.run([], (phase, came) => calls.set(phase.name, came));
    return calls;
  }

  /** Goes through the phases, up to the last one that has to be. */
  async run(
    trials: readonly Trial[],
    onCalls: (phase: Phase, calls: readonly Call[]) => void = () => {},
  ): Promise<Outcome[]> {
    this.proxy = await startProxy(this.aws, (call) => this.decide?.(call));
    const outcomes: Outcome[] = [];
    try {
      await this.stack.create(this.settings(phases[0]));
      for (const phase of phasesFor(trials)) {
        const trial = trials.find((one) => one.phase === phase.name);
        this.proxy.forget();
        const outcome = await this.goThrough(phase, trial);
        onCalls(phase, this.proxy.calls.slice());
        if (trial !== undefined) {
          outcomes.push({ ...trial, ...outcome });
        }
        if (outcome.more === undefined) {
          if (trial === undefined) {
            throw new Error(`${phase.name} failed without a fault: ${outcome.said.join("; ")}`);
          }
          break; // what comes after a loss would be a trial of that
        }
      }
    } finally {
      endByForce(this.leftRunning);
      await this.proxy.stop();
    }
    return outcomes;
  }

  /** Is changed by someone else, and has that noticed and repaired. */
  async runDrift({ resource, what, act }: Drift): Promise<DriftOutcome> {
    this.proxy = await startProxy(this.aws);
    try {
      const [first, last] = [phases[0], phases.at(-1)];
      if (first === undefined || last === undefined) {
        throw new Error("there are no phases");
      }
      await this.stack.create(this.settings(first));
      const deployed = await this.problemsAfter(first, await this.stack.tryUp());
      if (deployed !== undefined || this.outputs === undefined) {
        throw new Error(deployed);
      }
      await act(this.owner, this.outputs);
      if (resource === "bucket" && what === "removed") {
        this.outputs = undefined; // the next one is another
      }
      const reported = Object.keys(await this.stack.plan("--refresh"));
      const repaired = await this.goThrough(first, undefined, ["--refresh"]);
      const destroyed = await this.goThrough(last, undefined);
      if (destroyed.more === undefined) {
        throw new Error(`not destroyed: ${destroyed.said.join("; ")}`);
      }
      const left = [...repaired.left, ...destroyed.left];
      return { resource, what, reported, more: repaired.more, left, said: repaired.said };
    } finally {
      await this.proxy.stop();
    }
  }

  private settings(phase: Phase | undefined): Record<string, unknown> {
    return { ...phase?.settings, consumer: this.consumer };
  }

  private async goThrough(
    phase: Phase,
    trial: Trial | undefined,
    options: string[] = [],
  ): Promise<Omit<Outcome, keyof Trial>> {
    let met = false;
    if (trial !== undefined) {
      const fault = faults[trial.fault];
      this.decide = (call) => {
        if (met || call.action !== trial.action || call.nth !== trial.nth) {
          return undefined;
        }
        met = true;
        return fault?.fate(call, (victim) => this.kill(victim));
      };
    }
    if (phase.settings !== undefined) {
      await this.stack.set(this.settings(phase));
    }

    const byHand: string[] = [];
    let more = 0;
    const said: string[] = [];
    for (;;) {
      // The second time as docs/troubleshooting.md has it for what someone else has changed.
      const ended = await this.update(phase, more >= maximum ? ["--refresh"] : options);
      this.decide = undefined;
      const wrong = await this.problemsAfter(phase, ended);
      if (wrong === undefined) {
        break;
      }
      said.push(wrong);
      const done = await this.tidyUp(wrong);
      byHand.push(...done);
      // What was mended by hand gets one update more to show that it was.
      if (more >= maximum && (done.length === 0 || more > maximum)) {
        return { met, said, byHand, left: [] };
      }
      more++;
    }
    return { met, more, said, byHand, left: await this.leftOver() };
  }

  private update(phase: Phase, options: string[]): Promise<Finished> {
    return phase.settings === undefined ? this.stack.tryDestroy(...options) : this.stack.tryUp(...options);
  }

  private kill(victim: Victim): void {
    const all = processes();
    const isEngine = new RegExp(`--stack ${this.stack.name}( |$)`);
    const engine = all.find(({ parent, command }) => parent === process.pid && isEngine.test(command));
    if (engine === undefined) {
      return;
    }
    const pids = family(engine.pid, all);
    const children = { provider: /pulumi-resource-aws|terraform-provider/, program: /cmd\/run/ };
    const meant =
      victim === "engine"
        ? [engine]
        : all.filter(({ pid, command }) => pids.includes(pid) && children[victim].test(command));
    endByForce(meant.map(({ pid }) => pid));
    this.leftRunning = pids;
  }

  /** What a person has to do after a kill, as docs/limits.md has it: the half of a file, the lock of the dead, their key. */
  private async tidyUp(said: string): Promise<string[]> {
    endByForce(this.leftRunning);
    this.leftRunning = [];
    const done: string[] = [];
    const isCut = (text: string) => text.includes("failed to load checkpoint");
    const cancel = () => this.stack.try("cancel", "--yes", this.stack.name);
    const isLocked = this.stack.isLocked();
    const cancelled = isLocked ? await cancel() : undefined;
    if (isCut(said) || isCut(cancelled?.stderr ?? "")) {
      this.stack.dropUnreadable();
      done.push("deleted the half of a state file");
    }
    if (isLocked) {
      if (cancelled?.code !== 0) {
        await cancel();
      }
      done.push("pulumi cancel");
    }
    if (said.includes("AccessKeysPerUser")) {
      done.push(...(await this.removeStrayKeys()).map((what) => `deleted an ${what}`));
    }
    return done;
  }

  /** What is not as it has to be, in AWS or for who holds the key. */
  private async problemsAfter(phase: Phase, { code, stdout, stderr }: Finished): Promise<string | undefined> {
    if (code !== 0) {
      return errorsIn(stdout + stderr);
    }
    if (phase.settings === undefined) {
      this.outputs = undefined;
      const size = await this.stack.size();
      return size === 0 ? undefined : `the state holds ${size} resources`;
    }
    try {
      const outputs: Known = await this.stack.outputs();
      const { s3, iam } = this.owner;
      const bucketBefore = this.outputs?.bucketName ?? outputs.bucketName;
      expect(outputs.bucketName, "the same bucket").to.equal(bucketBefore);
      const expected = expectedAfter(phase, outputs);
      expect(await readBucket(s3, outputs.bucketName)).to.deep.equal(expected.bucket);
      const { keys = [], ...consumer } = await readConsumer(iam, outputs);
      const { keys: expectedKeys, ...expectedConsumer } = expected.consumer;
      expect(consumer).to.deep.equal(expectedConsumer);
      expect(keys).to.deep.include.members(expectedKeys);
      await this.tryKey(outputs);
      this.outputs = outputs;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** A key whose secret got lost would not open the bucket. */
  private async tryKey(outputs: Known): Promise<void> {
    const Bucket = outputs.bucketName;
    const { s3 } = clientsOf(this.aws, outputs);
    await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
    await s3.send(new ListObjectsV2Command({ Bucket }));
    await deleteVersions(this.owner.s3, Bucket); // what would stop a destroy
  }

  /** What is there and should not be. It is removed, so that the next phase is a trial of its own. */
  private async leftOver(): Promise<string[]> {
    const { iam, s3 } = this.owner;
    const { outputs } = this;
    const known = outputs
      ? [
          `bucket ${outputs.bucketName}`,
          `user ${outputs.userName}`,
          `group ${outputs.groupName}`,
          `policy ${outputs.policyArn.split("/").at(-1)}`,
        ]
      : [];
    const names = (await namesOf({ s3, iam }, this.consumer)).filter((name) => !known.includes(name));
    await remove({ s3, iam }, names);
    return [...names.map((name) => name.split(" ")[0] ?? ""), ...(await this.removeStrayKeys())];
  }

  /** Deletes those keys of the user that the stack does not know. */
  private async removeStrayKeys(): Promise<string[]> {
    const UserName = this.outputs?.userName;
    if (UserName === undefined) {
      return [];
    }
    const { iam } = this.owner;
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
    const { accessKeyId, previousAccessKeyId } = this.outputs ?? {};
    const exported = [accessKeyId, previousAccessKeyId].filter((id) => id !== undefined);
    // The state need not be asked, which takes an engine, where the outputs know all of them.
    const known =
      AccessKeyMetadata.length <= exported.length
        ? exported
        : [...exported, ...(await this.stack.accessKeys())];
    const stray = AccessKeyMetadata.filter(({ AccessKeyId = "" }) => !known.includes(AccessKeyId));
    for (const { AccessKeyId } of stray) {
      await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    }
    return stray.map(() => "access key");
  }
}

/** Deletes what nothing hangs on, by the names that {@link namesOf} has for it. */
async function remove({ s3, iam }: Owner, names: readonly string[]): Promise<void> {
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: "Local", MaxItems: 1000 }));
  const ways: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
    bucket: (Bucket) => s3.send(new DeleteBucketCommand({ Bucket })),
    user: (UserName) => iam.send(new DeleteUserCommand({ UserName })),
    group: (GroupName) => iam.send(new DeleteGroupCommand({ GroupName })),
    policy: (name) => {
      const PolicyArn = Policies.find(({ PolicyName }) => PolicyName === name)?.Arn;
      return iam.send(new DeletePolicyCommand({ PolicyArn }));
    },
  };
  for (const [kind = "", name = ""] of names.map((one) => one.split(" "))) {
    await ways[kind]?.(name);
  }
}

/** The phases that these trials are in, and all before them; a stack is always destroyed in the end. */
function phasesFor(trials: readonly Trial[]): Phase[] {
  if (trials.length === 0) {
    return [...phases];
  }
  const last = Math.max(
    ...trials.map(({ phase }) => phases.findIndex(({ name, settings }) => name === phase && settings)),
  );
  return phases.filter(({ settings }, index) => index <= last || settings === undefined);
}

/** What Pulumi said that went wrong, in one line. */
function errorsIn(said: string): string {
  const errors = said.split("\n").filter((line) => /(error|panic): (?!update failed)/i.test(line));
  const lines = errors.length > 0 ? errors : said.trim().split("\n").slice(-1);
  return [...new Set(lines.map((line) => line.trim().slice(0, 300)))].join(" | ");
}
