// A stack, as the commands see it: its settings, its outputs, its keys, and the AWS that it is deployed to.
import { existsSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { UserError } from "../../common/errors";
import { envFile, root } from "../../common/paths";
import { withSlash } from "../../components/access/checks";
import { type AccessName, defaultAccess } from "../../components/access/profiles";
import type { ConsumerAccessArgs } from "../../components/backupConsumer";
import type { BackupTargetArgs } from "../../components/backupTarget";
import { bucketDefaults, keyDefaults } from "../../components/defaults";
import { namesFor } from "../../components/naming";
import { skipsWaits, withoutWaits } from "../../components/providerWaits";
import { parseSettings } from "../../components/settings";
import type { Engine } from "../../engine";
import { environment, npxPulumi, partsIn } from "../../engine/layout";
import { run } from "../../engine/run";
import { UsageError } from "../cli/command";
import type { DeployedKey, KeySettings } from "../keys/keySteps";
import { type Finished, type PulumiOptions, pulumi } from "./pulumi";

/** The name in Pulumi.yaml: the namespace of the program's settings. */
export const project = "s3-backup-target";
/** The stack of `npm start`, whose environment is in a file of its own. */
const localStack = "dev";

export interface StackPlace {
  /** The folder of the program. */
  readonly folder: string;
  readonly engine: Engine;
  /** Where the state is, and its passphrase, where the environment of this process does not say. */
  readonly env: PulumiOptions["env"];
  /** Whether what an update prints is shown, on stderr. */
  readonly show: "stderr" | false;
  /** How Pulumi is run. */
  readonly pulumi: typeof pulumi;
}

/** An access key, as the state has it. */
export interface KeyInState extends DeployedKey {
  readonly accessKeyId: string;
  /** When AWS made it. */
  readonly createDate: Date;
}

/** One consumer of a stack's bucket, with the key that it has now. */
export interface DeployedConsumer extends KeySettings {
  readonly name: string;
  readonly stack: string;
  /** Its name among the setting `consumers`, unless it is the stack's own. */
  readonly further: string | undefined;
  readonly access: AccessName;
  /** Ends with a slash; empty: the whole bucket. */
  readonly prefix: string;
  readonly extraActions: readonly string[];
  /** Those that it works from; none: any. */
  readonly allowedIpRanges: readonly string[];
  readonly versioned: boolean;
  /** Whether the stack looks after the bucket's settings: it is no existing one. */
  readonly ownBucket: boolean;
  readonly maxKeyAgeDays: number;
  readonly accessKeyId: string;
  /** Empty for a key that was adopted, until the first rotation. */
  readonly secretAccessKey: string;
  /** While there is one. */
  readonly previousAccessKeyId?: string;
  readonly userName: string;
  readonly policyArn: string;
  readonly bucketName: string;
  readonly region: string;
  /** Where S3 answers, if that is not AWS. */
  readonly endpoint: string | undefined;
  /** Whether the endpoint's certificate is taken as it is, as the provider takes it. */
  readonly insecure: boolean;
  /** Those that the stack looks after for this consumer: one, or during a rotation two. */
  readonly keys: readonly KeyInState[];
}

/** What Pulumi's own messages mean to whoever reads them. */
const meanings: readonly (readonly [message: RegExp, meaning: (stack: string) => string])[] = [
  [
    /failed to load checkpoint: .*(EOF|unexpected end of JSON)/,
    (stack) =>
      `The state of the stack ${stack} is cut short, because Pulumi was ended by force while it wrote. Beside the file ${stack}.json in the folder .pulumi/stacks of where Pulumi is logged in to, delete ${stack}.json.attrs if that is empty; if ${stack}.json itself is, copy ${stack}.json.bak over it.`,
  ],
  [
    /no stack named|stack '.*' not found|failed to load checkpoint/i,
    (stack) =>
      `There is no stack ${stack} where Pulumi is logged in to. See which there are: npx pulumi stack ls`,
  ],
  [
    /incorrect passphrase/,
    (stack) =>
      `The passphrase in PULUMI_CONFIG_PASSPHRASE is not the one that the stack ${stack} was made with. Set that one.`,
  ],
  [
    /passphrase must be set/,
    (stack) =>
      `The stack ${stack} is encrypted by a passphrase. Set it in the environment variable PULUMI_CONFIG_PASSPHRASE, or the path of a file that holds it in PULUMI_CONFIG_PASSPHRASE_FILE.`,
  ],
  [
    /PULUMI_ACCESS_TOKEN must be set|not logged in/,
    () =>
      "Pulumi is not logged in to where the stack's state is. Run: npx pulumi login, or npx pulumi login --local",
  ],
  [
    /no such host|dial tcp|connection refused|i\/o timeout|network is unreachable/,
    () =>
      "Pulumi cannot reach what it needs: check the network, and that the local AWS runs if it is the stack dev (npm start).",
  ],
  [
    /the stack is currently locked/,
    (stack) =>
      `Another update of the stack ${stack} is running. Wait for its end; if there is none: npx pulumi cancel --stack ${stack}`,
  ],
];

/** A stack of this project's program. */
export class Stack {
  private constructor(
    readonly name: string,
    readonly place: StackPlace,
  ) {}

  /**
   * The stack of this name, by the environment that this process has, and for the stack `dev` of `npm start` by that of
   * `.local/env`.
   */
  static async open(name: string | undefined, place?: StackPlace): Promise<Stack> {
    if (name === undefined || name === "") {
      throw new UsageError("Which stack? Say it by --stack, such as --stack prod.");
    }
    return new Stack(name, place ?? (await usualPlace(name)));
  }

  /** Runs Pulumi on the stack; what it prints is returned, or shown on stderr. */
  async pulumi(
    args: readonly string[],
    options: Partial<Pick<PulumiOptions, "show" | "input" | "sheltered">> = {},
  ): Promise<Finished> {
    const { folder: cwd, engine, env } = this.place;
    return this.place.pulumi([...args, "--stack", this.name, "--non-interactive"], {
      engine,
      env,
      cwd,
      ...options,
    });
  }

  /** The same, and throws what it means where it fails. */
  run(...args: string[]): Promise<string> {
    return this.feed(undefined, ...args);
  }

  /** The same, with something to read on its standard input, which shows to nobody as a command line does. */
  async feed(input: string | undefined, ...args: string[]): Promise<string> {
    const finished = await this.pulumi(args, { ...(input !== undefined && { input }) });
    if (finished.code !== 0) {
      throw this.failure(args, finished);
    }
    return finished.stdout;
  }

  /** What the end of a run of Pulumi means. */
  failure(args: readonly string[], { stdout, stderr }: Finished): UserError {
    const said = `${stderr}\n${stdout}`;
    const known = meanings.find(([message]) => message.test(said));
    return new UserError(known ? known[1](this.name) : `pulumi ${args.join(" ")} failed:\n${said.trim()}`);
  }

  /** Deploys it, with what Pulumi says on stderr. */
  async up(...args: string[]): Promise<void> {
    const all = ["up", "--yes", "--skip-preview", ...args];
    const finished = await this.pulumi(all, { show: this.place.show });
    if (finished.code !== 0) {
      throw new UserError(
        `pulumi up failed; what it says is above. Run this again once that is mended: it goes on from here.`,
      );
    }
  }

  /**
   * Writes settings of the program into the stack's file, those of a consumer where one is named. All at once: an
   * interruption must not leave the half of them.
   */
  async set(settings: Readonly<Record<string, string | number>>, consumer?: string): Promise<void> {
    const at = consumer === undefined ? "" : `consumers[${JSON.stringify(consumer)}].`;
    const pairs = Object.entries(settings).flatMap(([name, value]) => [
      "--plaintext",
      `${project}:${at}${name}=${value}`,
    ]);
    await this.run("config", "set-all", "--path", ...pairs);
  }

  /** The stack's file, by names with their namespaces, as texts. */
  async config(): Promise<Record<string, string>> {
    const entries = await this.configEntries();
    return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
  }

  /** The same, with what of it is encrypted. */
  async configEntries(): Promise<{ key: string; value: string; secret: boolean }[]> {
    const all: Record<string, { value?: string; secret?: boolean }> = JSON.parse(
      await this.run("config", "--json", "--show-secrets"),
    );
    return Object.entries(all).map(([key, { value = "", secret = false }]) => ({ key, value, secret }));
  }

  /** The resources that the state holds. */
  async resources(): Promise<StateResource[]> {
    const { deployment } = JSON.parse(await this.run("stack", "export"));
    return deployment.resources ?? [];
  }

  /** One consumer of what is deployed: the stack's own, or one of its setting `consumers`. */
  async consumer(name?: string): Promise<DeployedConsumer> {
    const [config, outputs, resources] = await Promise.all([
      this.config(),
      this.run("stack", "output", "--json", "--show-secrets").then((text) => JSON.parse(text)),
      this.resources(),
    ]);
    if (outputs.bucketName === undefined) {
      throw await this.nothingDeployed();
    }
    const { consumer: own, args } = settingsIn(config);
    const isOwn = name === undefined || name === own;
    const settings: ConsumerAccessArgs | undefined = isOwn ? args : args.consumers?.[name];
    const credentials = isOwn ? outputs : outputs.consumers?.[name];
    if (settings === undefined || credentials === undefined) {
      const deployed = [own, ...Object.keys(outputs.consumers ?? {})];
      throw new UsageError(
        `The stack ${this.name} has no consumer ${name} deployed; it has ${deployed.join(", ")}.`,
      );
    }
    const known = name ?? own;
    const { endpoint, insecure } = awsOf(config);
    return {
      ...credentials,
      name: known,
      stack: this.name,
      further: isOwn ? undefined : name,
      access: settings.access ?? defaultAccess,
      prefix: settings.prefix === undefined ? "" : withSlash(settings.prefix as string),
      extraActions: settings.extraActions ?? [],
      allowedIpRanges: (settings.allowedIpRanges as string[] | undefined) ?? [],
      versioned: isVersioned(args, resources),
      ownBucket: args.existingBucket === undefined,
      keyGeneration: settings.keyGeneration ?? keyDefaults.keyGeneration,
      previousKey: settings.previousKey ?? keyDefaults.previousKey,
      maxKeyAgeDays: args.maxKeyAgeDays ?? keyDefaults.maxKeyAgeDays,
      bucketName: outputs.bucketName,
      region: outputs.region,
      endpoint,
      insecure,
      keys: keysOf(known, resources),
    };
  }

  private async nothingDeployed(): Promise<UserError> {
    const history: { kind?: string }[] = JSON.parse(await this.run("stack", "history", "--json"));
    return new UserError(
      history[0]?.kind === "destroy"
        ? `The stack ${this.name} has been destroyed, and its keys with it. To deploy it anew: npx pulumi up --stack ${this.name}`
        : `The stack ${this.name} is not deployed yet. Deploy it: npx pulumi up --stack ${this.name}`,
    );
  }

  /** IAM and S3 as whoever deploys the stack sees them, by the credentials that `pulumi up` would take. */
  async deployer(): Promise<{ iam: IAMClient; s3: S3Client }> {
    const config = await this.config();
    const { endpoint, insecure } = awsOf(config);
    const {
      "aws:accessKey": accessKeyId,
      "aws:secretKey": secretAccessKey,
      "aws:token": sessionToken,
    } = config;
    if (config["aws:assumeRole"] !== undefined || config["aws:assumeRoles"] !== undefined) {
      throw new UserError(
        "The stack deploys under another role (aws:assumeRole), which this command does not take on. Take it on in this shell, and set AWS_PROFILE or AWS_ACCESS_KEY_ID and its like.",
      );
    }
    const profile = config["aws:profile"];
    const client = {
      region: config["aws:region"] ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1",
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(profile !== undefined && { profile }),
      ...(accessKeyId !== undefined &&
        secretAccessKey !== undefined && {
          credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
        }),
      ...(insecure && {
        requestHandler: { httpsAgent: new Agent({ rejectUnauthorized: false, keepAlive: true }) },
      }),
    };
    return { iam: new IAMClient(client), s3: new S3Client(client) };
  }
}

/** A resource as a state holds it; only what is needed of it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly parent?: string;
  readonly external?: boolean;
  readonly delete?: boolean;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly replacementTrigger?: unknown;
}

/** The settings of the program, out of a stack's file. */
export function settingsIn(config: Readonly<Record<string, string>>): ReturnType<typeof parseSettings> {
  return parseSettings(settingTexts(config), config["aws:region"]);
}

/** The same, as texts. */
export function settingTexts(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(`${project}:`))
      .map(([key, text]) => [key.slice(project.length + 1), text]),
  );
}

function awsOf(config: Readonly<Record<string, string>>): {
  endpoint: string | undefined;
  insecure: boolean;
} {
  const [endpoints] = JSON.parse(config["aws:endpoints"] ?? "[]");
  return { endpoint: endpoints?.s3, insecure: config["aws:insecure"] === "true" };
}

function isVersioned(
  { existingBucket, versioning }: BackupTargetArgs,
  resources: readonly StateResource[],
): boolean {
  if (existingBucket === undefined) {
    return (versioning as boolean | undefined) ?? bucketDefaults.versioning;
  }
  const found = resources.find(({ type, external }) => type === "aws:s3/bucket:Bucket" && external === true);
  return (found?.outputs?.versioning as { enabled?: boolean } | undefined)?.enabled === true;
}

function keysOf(consumer: string, resources: readonly StateResource[]): KeyInState[] {
  const [odd, even] = [1, 2].map((generation) => namesFor.accessKey(consumer, generation));
  return resources
    .filter((resource) => resource.type === "aws:iam/accessKey:AccessKey" && resource.delete !== true)
    .map((resource) => ({ ...resource, logicalName: resource.urn.split("::").at(-1) }))
    .filter(({ logicalName }) => logicalName === odd || logicalName === even)
    .map(({ id = "", outputs = {}, logicalName, replacementTrigger }) => ({
      accessKeyId: id,
      status: outputs.status === "Inactive" ? "Inactive" : "Active",
      createDate: new Date(String(outputs.createDate)),
      // A key from before there were generations, or one that was adopted, has no trigger (see BackupConsumer).
      generation: typeof replacementTrigger === "number" ? replacementTrigger : logicalName === odd ? 1 : 2,
    }));
}

async function usualPlace(stack: string): Promise<StackPlace> {
  const env: StackPlace["env"] = stack === localStack ? localEnvironment() : waitingEnvironment(stack);
  const home = env.PULUMI_HOME ?? process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const engine = { description: "", env: environment(home) };
  if (!existsSync(partsIn(home).cli)) {
    // As `npx pulumi` does, which says so; it is a download.
    await run(process.execPath, [npxPulumi, "version"], { env: engine.env }).catch((error: Error) => {
      throw new UserError(
        `The Pulumi CLI is not installed, and cannot be downloaded (${error.message.trim().split("\n").at(-1)}). Allow the download. (For the stack dev, npm start finds a way.)`,
      );
    });
  }
  return { folder: root, engine, env, show: "stderr", pulumi };
}

/** Without what `. .local/env` sets for the local AWS only. */
function waitingEnvironment(stack: string): StackPlace["env"] {
  if (!skipsWaits(process.env)) {
    return {};
  }
  console.error(
    `VCR_MODE is set in this shell, by ". .local/env" perhaps. It is for the local AWS only, and is ignored for the stack ${stack}.`,
  );
  return Object.fromEntries(Object.keys(withoutWaits).map((name) => [name, undefined]));
}

/** What `. .local/env` sets, where `npm start` has written it. */
function localEnvironment(): Record<string, string> {
  if (!existsSync(envFile)) {
    return {};
  }
  const lines = readFileSync(envFile, "utf8").matchAll(/^export (\w+)='(.*)'$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = "", value = ""]) => [name, value.replaceAll(`'\\''`, "'")]),
  );
}
