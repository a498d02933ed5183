import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { findProject } from "../../commands/stack/project";
import { type Finished, type PulumiOptions, pulumi } from "../../commands/stack/pulumi";
import type { StackPlace } from "../../commands/stack/stack";
import { localFolder, root } from "../../common/paths";
import { packageName as project } from "../../components/commandLine";
import { withoutWaits } from "../../components/providerWaits";
import { type Engine, ensureEngine } from "../../engine";
import {
  ensureInstalled,
  type LocalAws,
  rootCredentials,
  startLocalAws,
  stopLocalAws,
} from "../../local/aws";
import { type Credentials, clientConfig } from "../../local/aws/clients";
import { awsConfig, saltIn, stackFile } from "./awsConfig";
import { inSlot, priority } from "./semaphore";

/** Where these tests keep what they make; emptied when they start, and left for a look when they end. */
export const folder = join(localFolder, "e2e");
/** Where they keep their clones of the project, which link to all that is installed. */
export const clones = join(localFolder, "e2e-clones");
const program = join(folder, "program");
/** Where Pulumi keeps the state of the tests' stacks. */
export const state = join(folder, "state");
/** What their secrets are encrypted by there. */
export const passphrase = "end to end";

const variables = {
  ...{ PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: passphrase },
  // The engine and its plugins are Go programs that end before it pays to collect garbage: 5 % of the time of an update.
  ...{ GOGC: "off", GOMEMLIMIT: "300MiB" },
};
/** Where they are, and that the provider does not wait as on AWS. */
export const unwaiting = { ...variables, ...withoutWaits };

/** A real engine, a local AWS of the tests' own, and the program as a user would have it. */
export interface Environment {
  readonly engine: Engine;
  readonly aws: LocalAws;
}

let opened: Promise<Environment> | undefined;

/** The one environment of all end-to-end tests; the first call creates it. */
export function environment(): Promise<Environment> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Environment> {
  const [aws, engine] = await Promise.all([startAws("aws"), ensureEngine()]);
  console.log(`  Engine: ${engine.description}`);
  return { engine, aws };
}

let prepared: Promise<void> | undefined;

/** Empties the folder and puts the program into it, once. */
export function prepare(): Promise<void> {
  prepared ??= (async () => {
    await endLeftOvers();
    for (const path of [folder, clones]) {
      rmSync(path, { recursive: true, force: true });
    }
    mkdirSync(state, { recursive: true });
    makeProgram(program);
    await ensureInstalled(console.log); // here, because several of them may start at once
  })();
  return prepared;
}

/** A test run that was ended by force has left its local AWS behind. */
async function endLeftOvers(): Promise<void> {
  const parents = [folder, ...children(clones).map((clone) => join(clone, ".local", "aws"))];
  for (const awsFolder of parents.flatMap(children)) {
    await stopLocalAws({ folder: awsFolder });
  }
}

function children(path: string): string[] {
  try {
    return readdirSync(path).map((name) => join(path, name));
  } catch {
    return [];
  }
}

/**
 * The program in a separate folder, below the project's so that it finds node_modules: its stack files stay out of the
 * project.
 *
 * @param main another program than the project's, from the folder `programs`
 * @param name the project's
 */
function makeProgram(path: string, main?: string, name = project): void {
  for (const part of [
    "components",
    "index.ts",
    "package.json",
    "Pulumi.yaml",
    "tsconfig.json",
    "tsconfig.pulumi.json",
  ]) {
    cpSync(join(root, part), join(path, part), { recursive: true });
  }
  if (main !== undefined) {
    const text = readFileSync(join(__dirname, "programs", main), "utf8");
    writeFileSync(join(path, "index.ts"), text.replace("../../../components", "./components"));
    const described = readFileSync(join(path, "Pulumi.yaml"), "utf8");
    writeFileSync(join(path, "Pulumi.yaml"), described.replace(/^name: .*$/m, `name: ${name}`));
  }
}

const endings: (() => Promise<unknown>)[] = [];

/** Has something done when the tests end, however they end. */
export function atTheEnd(ending: () => Promise<unknown>): void {
  endings.push(ending);
}

/** Starts a local AWS that ends with the tests; under a name that it had before, with what it had then. */
export async function startAws(name: string, port?: number): Promise<LocalAws> {
  await prepare();
  const aws = await startLocalAws({
    folder: join(folder, name),
    log: console.log,
    ...(port !== undefined && { port }),
  });
  atTheEnd(aws.stop);
  return aws;
}

/** Ends what the tests have started, if any of them has. */
export async function closeEnvironment(): Promise<void> {
  await Promise.all(endings.map((ending) => ending()));
}

/** The local AWS of the environment as its owner, or as a user with these credentials, sees it; over plain HTTP on request. */
export async function clients(credentials: Credentials = rootCredentials, { plainHttp = false } = {}) {
  const { aws } = await environment();
  if (!plainHttp) {
    return clientsOf(aws, credentials);
  }
  const config = {
    ...clientConfig(aws, credentials),
    endpoint: aws.httpEndpoint,
    requestHandler: { httpAgent: new HttpAgent() },
  };
  return { s3: new S3Client(config), iam: new IAMClient(config) };
}

/** Where a key can be stored in the environment's local AWS, as the user with these credentials sees it. */
export async function keyStores(credentials: Credentials = rootCredentials) {
  const config = clientConfig((await environment()).aws, credentials);
  return { parameters: new SSMClient(config), secrets: new SecretsManagerClient(config) };
}

/** The same for another local AWS. */
export function clientsOf(aws: LocalAws, credentials: Credentials = rootCredentials) {
  const config = clientConfig(aws, credentials);
  return { s3: new S3Client(config), iam: new IAMClient(config) };
}

/** A step of an update, as `pulumi preview --json` shows it. */
interface Step {
  readonly op: string;
  readonly urn: string;
}

export interface Outputs extends Credentials {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly region: string;
  readonly userName: string;
  readonly userArn: string;
  readonly groupName: string;
  readonly policyArn: string;
  /** With the setting `storeKeyIn`. */
  readonly storedKeyArn?: string;
}

const pulumiInSlot: typeof pulumi = (args, options) =>
  inSlot(() => pulumi(args, { ...priority(), ...options }));

/** A changed environment for a run of Pulumi, or something to be done meanwhile. */
type Watch = Partial<Pick<PulumiOptions, "env" | "onOutput">>;

interface StackOptions {
  /** Where it deploys to, if not to the environment's local AWS. */
  readonly aws?: LocalAws;
  /** Another program than the project's, from the folder `programs`. */
  readonly main?: string;
  /** The folder of a program that is not the project's. */
  readonly folder?: string;
  /** What differs from the environment of the other stacks. */
  readonly env?: Readonly<Record<string, string>>;
  /** The project's name, where it is not that of this one. */
  readonly project?: string;
  /** Whether the provider waits as on AWS: for tests of that, and of what happens in the middle of an update. */
  readonly waits?: boolean;
  /** As on AWS: its file says only the region, and all else is in the environment. */
  readonly asOnAws?: { readonly region: string; readonly env: Readonly<Record<string, string>> };
}

/** A stack of the program on the local AWS. */
export class Stack {
  /** Everything that Pulumi printed for this stack. */
  printed = "";
  readonly file: string;
  private readonly program: string;
  private readonly environment: Readonly<Record<string, string>>;

  constructor(
    readonly name: string,
    private readonly options: StackOptions = {},
  ) {
    this.program = options.folder ?? (options.main === undefined ? program : join(folder, `program-${name}`));
    this.file = join(this.program, `Pulumi.${name}.yaml`);
    this.environment = { ...(options.waits === true ? variables : unwaiting), ...options.env };
  }

  /** @param config what the stack's file says in addition to where the local AWS is */
  async create(config: Record<string, unknown> = {}): Promise<this> {
    await environment();
    if (this.options.main !== undefined) {
      makeProgram(this.program, this.options.main, this.options.project);
    }
    await this.set(config);
    await this.run("stack", "init", this.name);
    return this;
  }

  /**
   * Writes the stack's file anew: settings of the program by their names, others with their namespaces; undefined leaves
   * one out.
   */
  configure(config: Record<string, unknown>, endpoint: string): void {
    const { asOnAws } = this.options;
    const all = {
      ...(asOnAws === undefined ? awsConfig(endpoint) : { "aws:region": asOnAws.region }),
      ...Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.includes(":") ? key : `${project}:${key}`, value]),
      ),
    };
    writeFileSync(this.file, stackFile(all, saltIn(this.text())));
  }

  async set(config: Record<string, unknown>): Promise<void> {
    this.configure(config, (this.options.aws ?? (await environment()).aws).endpoint);
  }

  private text(): string {
    try {
      return readFileSync(this.file, "utf8");
    } catch {
      return "";
    }
  }

  /** Runs Pulumi; whatever the end. */
  try = (...args: string[]): Promise<Finished> => this.watch({}, ...args);

  private async watch({ env = {}, ...options }: Watch, ...args: string[]): Promise<Finished> {
    const { engine } = await environment();
    const finished = await pulumiInSlot(args, {
      env: { ...engine.env, ...this.environment, ...this.options.asOnAws?.env, ...env },
      cwd: this.program,
      ...options,
    });
    this.printed += finished.stdout + finished.stderr;
    return finished;
  }

  /** Runs Pulumi, and throws what it said where it fails. */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(...args);
    if (code !== 0) {
      throw new Error(`pulumi ${args.join(" ")}:\n${stdout}${stderr}`);
    }
    return stdout;
  }

  up = (...args: string[]) => this.run("up", "--yes", "--skip-preview", "--stack", this.name, ...args);
  tryUp = (...args: string[]) => this.watchUp({}, ...args);
  watchUp = (watch: Watch, ...args: string[]) =>
    this.watch(watch, "up", "--yes", "--skip-preview", "--stack", this.name, ...args);
  destroy = (...args: string[]) =>
    this.run("destroy", "--yes", "--skip-preview", "--stack", this.name, ...args);
  tryDestroy = (...args: string[]) =>
    this.try("destroy", "--yes", "--skip-preview", "--stack", this.name, ...args);

  async outputs(): Promise<Outputs> {
    // Not through run(): what it prints is the one place where the secret belongs.
    const before = this.printed;
    const outputs = JSON.parse(
      await this.run("stack", "output", "--json", "--show-secrets", "--stack", this.name),
    );
    this.printed = before;
    return outputs;
  }

  /** Where the commands find it. */
  async place(): Promise<StackPlace> {
    const { engine } = await environment();
    const env = { ...engine.env, ...this.environment, ...this.options.asOnAws?.env };
    return { project: findProject(this.program), env, show: false, pulumi: pulumiInSlot };
  }

  /** Whether someone holds it who may be dead. */
  isLocked(): boolean {
    const locks = join(state, ".pulumi", "locks", "organization", project, this.name);
    return children(locks).some((file) => file.endsWith(".json"));
  }

  /** Deletes what an engine that was killed has written of a file next to its state, as docs/limits.md describes. */
  dropUnreadable(): void {
    rmSync(join(state, ".pulumi", "stacks", project, `${this.name}.json.attrs`), { force: true });
  }

  /** Takes a text for its state. */
  async importState(text: string): Promise<void> {
    const file = join(this.program, `${this.name}.state.json`);
    writeFileSync(file, text);
    await this.run("stack", "import", "--file", file, "--stack", this.name);
  }

  /** What an update would do, by resource name: its operation, where that changes anything. */
  async plan(...args: string[]): Promise<Record<string, string>> {
    const { steps } = JSON.parse(await this.run("preview", "--json", "--stack", this.name, ...args)) as {
      steps: Step[];
    };
    return Object.fromEntries(
      steps
        .filter(({ op }) => !["same", "read", "refresh"].includes(op))
        .map(({ op, urn }) => [urn.split("::").at(-1) ?? urn, op]),
    );
  }

  private async resources(): Promise<{ readonly type: string; readonly id?: string }[]> {
    const { deployment } = JSON.parse(await this.run("stack", "export", "--stack", this.name));
    return deployment.resources ?? [];
  }

  /** The types of the resources that the state holds. */
  types = async (): Promise<string[]> => (await this.resources()).map(({ type }) => type);

  /** The access keys that the state knows. */
  async accessKeys(): Promise<string[]> {
    const keys = (await this.resources()).filter(({ type }) => type === "aws:iam/accessKey:AccessKey");
    return keys.map(({ id = "" }) => id);
  }

  /** How many resources the state holds. */
  async size(): Promise<number> {
    return (await this.types()).length;
  }
}

/** A name that no other run has used. */
export const fresh = (name: string) => `${name}-${randomBytes(4).toString("hex")}`;
