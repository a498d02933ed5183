// What a key can and can't do, tested with the key itself.
import { setTimeout as sleep } from "node:timers/promises";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { throwIfInterrupted, wasInterrupted } from "../../common/script";
import { grantedActions } from "../../components/access/policy";
import { type AccessProfile, profiles } from "../../components/access/profiles";
import { connection } from "../aws/clients";
import { invocation } from "../cli/command";
import type { ConsumerWithSecret, DeployedConsumer } from "../stack/consumers";
import {
  type Answer,
  answerTo,
  type Call,
  type CallError,
  type CallName,
  calls,
  expectedOf,
  type Place,
  withoutCall,
} from "./calls";
import {
  describeSkew,
  describeUnexpected,
  diagnose,
  isNetworkError,
  isUnknownKey,
  secondsYoung,
  type Unexpected,
} from "./diagnosis";

/** One call that was tried. */
export interface Row {
  /** In words. */
  readonly call: string;
  readonly expected: "allowed" | "refused";
  /** "allowed", the name of the error, or why it wasn't tried. */
  readonly got: string;
  /** Whether it went as expected; null where that isn't known. */
  readonly ok: boolean | null;
}

/** The result of trying a key. */
export interface Verification {
  /** The calls that were tried: if no call can succeed, none after the first. */
  readonly rows: readonly Row[];
  readonly ok: boolean;
  /** What the result means, in one plain sentence that says what to do. */
  readonly verdict: string;
  /** Anything else to know, such as what was left in the bucket. */
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  /**
   * The total seconds to wait for errors that pass once AWS knows a new key.
   *
   * @default 30
   */
  readonly waitSeconds?: number;
  /**
   * A bucket that the key must not open.
   *
   * @default - AWS's own in the region, readable for anyone whose policies allow it
   */
  readonly otherBucket?: string | undefined;
  /**
   * The endpoint of S3 over plain HTTP.
   *
   * @default - AWS's, or the consumer's own
   */
  readonly plainHttpEndpoint?: string;
  /** Called with a line when it waits, or leaves something behind after an interruption. */
  readonly log?: (line: string) => void;
}

/** The first of these that a key may make over TLS is tried over plain HTTP. */
export const plainHttpCalls = ["list", "location", "get"] as const;

const testObject = "s3-backup-target-verify";

/** Whether {@link verifyKey} has made the object of this key. */
export const isTestObject = (key: string): boolean => key.split("/").at(-1) === testObject;

/** The object in AWS's own bucket in each region, readable for anyone whose policies allow it. */
export const awsObject = (region: string) => ({ Bucket: `amazon-ssm-${region}`, Key: "latest/VERSION" });

/** The calls that are tried in each folder of a consumer, and outside them. */
export const folderCalls = ["list", "put", "get", "delete"] as const satisfies readonly CallName[];

/** A call in words, and where it is made if not in the consumer's own folder. */
export const wordsAt = (
  words: string,
  at: Place,
  { inside, outside }: Pick<ReturnType<typeof placesOf>, "inside" | "outside">,
): string =>
  at === inside ? words : at === outside ? `${words}, outside ${inside.folder}` : `${words}, in ${at.folder}`;

/** Where {@link verifyKey} writes. */
export function placesOf({ bucketName: Bucket, prefix, furtherPrefixes = [], access }: DeployedConsumer) {
  const profile: AccessProfile = profiles[access];
  const at = (folder: string): Place => {
    const Key = `${folder}${testObject}`;
    return {
      Bucket,
      folder,
      object: { Key, VersionId: "null" },
      upload: { Key, UploadId: "none" },
      lock: `${folder}${profile.deletesOnlyIn ?? ""}${testObject}`,
    };
  };
  // A similar name, which a prefix without its trailing slash would also allow.
  return {
    inside: at(prefix),
    further: furtherPrefixes.map(at),
    outside: at(`${prefix.slice(0, -1)}-outside/`),
  };
}

/**
 * Tries the consumer's key: each call that its access profile needs, and calls that it must not have. It needs no other
 * credentials, and removes what it writes, after a Ctrl-C too.
 *
 * @throws when it is interrupted
 */
export async function verifyKey(
  consumer: ConsumerWithSecret,
  options: VerifyOptions = {},
): Promise<Verification> {
  if (consumer.secretAccessKey === "") {
    return {
      rows: [],
      ok: false,
      verdict: `The stack does not know the secret of the key ${consumer.accessKeyId}, because the key was adopted. To create a new key: ${invocation("rotate", consumer.options)}`,
      notes: [],
    };
  }
  return new Trial(consumer, options).run();
}

/** A response that every other call would get too, and what it means. */
class NoWayThrough extends Error {}

/** A call, and its result. */
interface Tried extends Row, Unexpected {}

/** One test of everything with one key. */
class Trial {
  private readonly tried: Tried[] = [];
  private readonly notes: string[] = [];
  /** The names of the objects that it has written and not removed. */
  private readonly written = new Set<string>();
  private readonly config;
  private readonly s3: S3Client;
  private readonly places: ReturnType<typeof placesOf>;
  private waited = 0;
  private skewSeconds = 0;

  constructor(
    private readonly consumer: ConsumerWithSecret,
    private readonly options: VerifyOptions,
  ) {
    this.config = clientConfig(consumer);
    this.s3 = new S3Client(this.config);
    onDate(this.s3, (date) => {
      this.skewSeconds = (Date.now() - date.getTime()) / 1000;
    });
    this.places = placesOf(consumer);
  }

  async run(): Promise<Verification> {
    const problems: string[] = [];
    try {
      await this.tryEverything();
    } catch (error) {
      if (!(error instanceof NoWayThrough)) {
        throw error;
      }
      problems.push(error.message);
    } finally {
      await this.tidy();
      this.s3.destroy();
    }
    const { consumer, tried } = this;
    if (problems.length === 0) {
      const anythingAllowed = tried.some(({ ok, expected }) => ok === true && expected === "allowed");
      const unexpected = tried.filter(({ ok }) => ok === false);
      problems.push(...describeUnexpected(unexpected, anythingAllowed, consumer));
      problems.push(...describeSkew(this.skewSeconds));
    }
    const { access } = consumer;
    return {
      rows: tried.map(({ call, expected, got, ok }) => ({ call, expected, got, ok })),
      ok: problems.length === 0,
      verdict:
        problems.join("\n") ||
        `The ${nameOf(consumer)} can do what the access profile ${access} needs, and nothing else that was tried.`,
      notes: this.notes,
    };
  }

  private async tryEverything(): Promise<void> {
    const names = Object.keys(calls) as CallName[];
    const deletes = names.indexOf("delete version");
    await this.tryInside(names.slice(0, deletes));
    for (const folder of this.places.further) {
      await this.tryInside(folderCalls, folder);
    }
    for (const name of this.consumer.prefix === "" ? [] : folderCalls) {
      await this.tryCall(name, "refused", this.places.outside);
    }
    await this.tryElsewhere();
    await this.tryInside(names.slice(deletes));

    const known = new Set([...names.map((name) => calls[name].action), ...Object.keys(withoutCall)]);
    for (const action of new Set(Object.values(grantedActions(this.consumer)).flat())) {
      if (!known.has(action)) {
        this.notTried(`use ${action}`, "allowed", "no call for it is harmless");
      }
    }
  }

  /** In a folder of the consumer's own. */
  private async tryInside(names: readonly CallName[], at = this.places.inside): Promise<void> {
    for (const name of names) {
      const expected = expectedOf(name, this.consumer);
      if (expected !== undefined) {
        await this.tryCall(name, expected, at);
      }
    }
  }

  private async tryCall(name: CallName, expected: Row["expected"], at: Place): Promise<void> {
    const { words, action, send, writes }: Call = calls[name];
    const call = wordsAt(words, at, this.places);
    const answer = await this.insist(call, action, expected, () => send(this.s3, at));
    if (writes && answer.kind !== "refused") {
      this.written.add(at.object.Key);
    }
    if (name === "delete" && answer.kind === "allowed") {
      this.written.delete(at.object.Key);
    }
    // Where a bucket takes no ACLs, nobody can set one.
    const got = answer.kind === "allowed" ? "allowed" : answer.error.name;
    const refused = answer.kind === "refused" || got === "AccessControlListNotSupported";
    const ok = expected === "allowed" ? got === expected : refused;
    const error = answer.kind === "allowed" ? undefined : answer.error;
    this.tried.push({ call, action, expected, got, ok, error });
    const noWay = answer.kind === "failed" ? diagnose(answer.error, this.consumer) : undefined;
    if (noWay !== undefined) {
      throw new NoWayThrough(noWay);
    }
  }

  /** Calls other than to the consumer's own bucket, with its key, over TLS. */
  private async tryElsewhere(): Promise<void> {
    const { bucketName: Bucket, region, endpoint } = this.consumer;
    const iam = new IAMClient(this.config);
    await this.mustNot("list the account's IAM users", "iam:ListUsers", () =>
      iam.send(new ListUsersCommand({ MaxItems: 1 })),
    );

    const { otherBucket } = this.options;
    const theirs = otherBucket === undefined ? awsObject(region) : { Bucket: otherBucket, Key: testObject };
    const read = () => this.s3.send(new GetObjectCommand(theirs));
    if ((await this.mustNot("read from another bucket", "s3:GetObject", read)) === "NoSuchBucket") {
      this.notes.push(
        `There is no bucket ${theirs.Bucket} here. With --other-bucket, name another one that the key must not open.`,
      );
    }

    const plain = this.options.plainHttpEndpoint ?? this.consumer.plainHttpEndpoint;
    if (endpoint === undefined || plain !== undefined) {
      const at = plain === undefined ? { tls: false } : { endpoint: plain };
      const http = new S3Client({ ...this.config, ...at, requestHandler: { ...timeouts }, maxAttempts: 1 });
      // An eavesdropper could send it again, and would learn only that the test object exists.
      const name = plainHttpCalls.find((call) => expectedOf(call, this.consumer) === "allowed") ?? "location";
      const place = { ...this.places.inside, folder: this.places.inside.object.Key };
      const { action, send } = calls[name];
      await this.mustNot("use plain HTTP", action, () => send(http, place), { orUnreachable: true });
      http.destroy();
    } else {
      this.notTried("use plain HTTP", "refused", "no port for it is known here");
    }

    const { sample } = this.places.inside;
    if (sample === undefined) {
      this.notTried("read without a key", "refused", "there is nothing to read");
    } else {
      // Unsigned, like a request without a key.
      const anybody = new S3Client({ ...this.config, signer: { sign: async (request) => request } });
      await this.mustNot("read without a key", "s3:GetObject", () =>
        anybody.send(new GetObjectCommand({ Bucket, Key: sample.Key, Range: "bytes=0-0" })),
      );
    }
  }

  /** A call to an endpoint that may not exist, so that nothing could deny it. */
  private async mustNot(
    call: string,
    action: string,
    send: () => Promise<unknown>,
    { orUnreachable = false } = {},
  ): Promise<string> {
    const answer = await this.insist(call, action, "refused", send);
    const got = answer.kind === "allowed" ? "allowed" : (answer.error.code ?? answer.error.name);
    if (answer.kind !== "failed" || (orUnreachable && isNetworkError(answer.error))) {
      this.tried.push({ call, action, expected: "refused", got, ok: answer.kind !== "allowed" });
    } else {
      this.notTried(call, "refused", got);
    }
    return got;
  }

  private notTried(call: string, expected: Row["expected"], why: string): void {
    this.tried.push({ call, expected, got: `not tried: ${why}`, ok: null });
  }

  /** Makes a call, and repeats it as long as waiting may change the result. */
  private async insist(
    call: string,
    action: string,
    expected: Row["expected"],
    send: () => Promise<unknown>,
  ): Promise<Answer> {
    const { waitSeconds = 30, log } = this.options;
    for (let pause = 1; ; pause *= 2) {
      throwIfInterrupted();
      const answer = await answerTo(send());
      if (answer.kind === "allowed" || saysThatMissing(answer.error, action)) {
        return { kind: "allowed" };
      }
      const age = secondsYoung(this.consumer);
      const mayHeal = isUnknownKey(answer.error) || (expected === "allowed" && answer.kind === "refused");
      const seconds = Math.min(pause, waitSeconds - this.waited);
      if (!mayHeal || age === undefined || seconds <= 0) {
        return answer;
      }
      log?.(
        `${answer.error.name} to "${call}". The ${this.consumer.sessionToken === undefined ? "key" : "role"} is ${age} s old, and may not work everywhere in AWS yet: trying again in ${seconds} s.`,
      );
      this.waited += seconds;
      await pauseFor(seconds);
    }
  }

  /** Removes the objects that it wrote. */
  private async tidy(): Promise<void> {
    const { notes } = this;
    for (const Key of this.written) {
      const { bucketName: Bucket } = this.consumer;
      const answer = await answerTo(this.s3.send(new DeleteObjectCommand({ Bucket, Key })));
      if (answer.kind === "refused") {
        notes.push(`The key can't delete, so the test object ${Key} remains. The next run overwrites it.`);
      } else if (answer.kind === "failed") {
        notes.push(`The test object ${Key} may still be there: ${answer.error.name} when it was deleted.`);
      }
    }
    if (wasInterrupted()) {
      for (const note of notes) {
        this.options.log?.(note);
      }
    }
  }
}

const timeouts = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true };

/** What is tried, by its name. */
const nameOf = ({ role, sessionToken, accessKeyId }: ConsumerWithSecret) =>
  role !== undefined && sessionToken !== undefined ? `role ${role.arn}` : `key ${accessKeyId}`;

/** The SDK configuration with the consumer's credentials. */
const clientConfig = ({
  region,
  accessKeyId,
  secretAccessKey,
  sessionToken,
  ...place
}: ConsumerWithSecret) => {
  const { requestHandler, ...at } = connection(place);
  return {
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    ...at,
    requestHandler: { ...timeouts, ...requestHandler },
  };
};

/** Reports the date of each response from S3. */
function onDate({ middlewareStack }: S3Client, tell: (date: Date) => void): void {
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      if (headers?.date !== undefined) {
        tell(new Date(headers.date));
      }
      return result;
    },
    // Before an error response is thrown.
    { step: "deserialize", priority: "low" },
  );
}

/** Without s3:ListBucket, S3 refuses instead of answering that an object doesn't exist: so the call itself was allowed. */
const saysThatMissing = ({ name, message }: CallError, action: string): boolean =>
  name === "AccessDenied" && action !== "s3:ListBucket" && /perform: s3:ListBucket\b/.test(message);

async function pauseFor(seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    throwIfInterrupted();
  }
}

/** The table, and what it means. */
export function printVerification(
  { rows, verdict, notes }: Verification,
  print: (line: string) => void = console.log,
): void {
  const width = Math.max(...rows.map(({ call }) => call.length));
  const line = (...[sign, call, expected, got]: readonly [string, string, string, string]) =>
    print(`  ${sign} ${call.padEnd(width)}  ${expected.padEnd(8)}  ${got}`);
  if (rows.length > 0) {
    line(" ", "call", "expected", "got");
  }
  for (const { call, expected, got, ok } of rows) {
    line(ok === null ? "-" : ok ? "✓" : "✗", call, expected, got);
  }
  for (const text of [...notes, verdict]) {
    print(text);
  }
}
