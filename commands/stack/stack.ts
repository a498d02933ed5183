// A stack as the commands use it: its settings, its state, its consumers, and its AWS.
import { UserError } from "../../common/errors";
import type { Clients } from "../aws/clients";
import { configOf, defaultProvider, type ProviderConfig } from "../aws/provider";
import { invocation, UsageError } from "../cli/command";
import { configuredSettings, isForSettings } from "./configured";
import {
  type ConsumerSettings,
  type ConsumerWithSecret,
  consumersIn,
  type DeployedConsumer,
  describeConsumer,
  type FoundConsumer,
  hasKey,
  optionsFor,
  type RoleInState,
  type Selection,
  selectConsumer,
  selectConsumers,
  stateOf,
} from "./consumers";
import { type Environment, environmentFor, plainHttpVariable } from "./environment";
import { meaningOfPulumi } from "./messages";
import { findProject, type Project } from "./project";
import { type Finished, type PulumiOptions, pulumi } from "./pulumi";
import { nameOf, resourcesIn, type StateResource } from "./state";

/** Where a stack is, and how Pulumi is run on it. */
export interface StackPlace {
  readonly project: Project;
  /** Where the state is, and its passphrase, if this process's environment doesn't have them. */
  readonly env: Environment;
  /** Whether what an update prints is shown, on stderr. */
  readonly show: "stderr" | false;
  /** How Pulumi is run. */
  readonly pulumi: typeof pulumi;
}

/** A value of a stack's configuration, decrypted, and its name with its namespace. */
interface ConfigEntry {
  readonly key: string;
  readonly value: string;
  readonly secret: boolean;
}

/** Everything known about what is deployed. */
interface Deployed {
  readonly config: Readonly<Record<string, string>>;
  readonly resources: readonly StateResource[];
  readonly all: readonly FoundConsumer[];
}

/** A stack of a Pulumi project. */
export class Stack {
  private entries: Promise<readonly ConfigEntry[]> | undefined;

  private constructor(
    readonly name: string,
    readonly place: StackPlace,
  ) {}

  /** The stack with this name, in this process's environment and, for the stack `dev` of `npm start`, that of `.local/env`. */
  static open(name: string | undefined, place?: StackPlace): Stack {
    if (name === undefined || name === "") {
      throw new UsageError("Which stack? Name it, for example --stack prod.");
    }
    return new Stack(name, place ?? usualPlace(name));
  }

  /** Runs Pulumi on the stack; what it prints is returned, or shown on stderr. */
  async pulumi(
    args: readonly string[],
    options: Partial<Pick<PulumiOptions, "show" | "input" | "sheltered">> = {},
  ): Promise<Finished> {
    const { project, env } = this.place;
    return this.place.pulumi([...args, "--stack", this.name, "--non-interactive"], {
      env,
      cwd: project.folder,
      ...options,
    });
  }

  /** The same, but throws an explained error if it fails. */
  run(...args: string[]): Promise<string> {
    return this.feed(undefined, ...args);
  }

  /** The same, with standard input, which other users can't see, unlike a command line. */
  async feed(input: string | undefined, ...args: string[]): Promise<string> {
    const finished = await this.pulumi(args, { ...(input !== undefined && { input }) });
    if (finished.code !== 0) {
      throw this.failure(args, finished);
    }
    return finished.stdout;
  }

  /** The meaning of how a run of Pulumi ended. */
  failure(args: readonly string[], { stdout, stderr }: Finished): UserError {
    const said = `${stderr}\n${stdout}`;
    return new UserError(
      meaningOfPulumi(said, this.name) ?? `pulumi ${args.join(" ")} failed:\n${said.trim()}`,
    );
  }

  /** Deploys it, with Pulumi's output on stderr. */
  async up(...args: string[]): Promise<void> {
    const all = ["up", "--yes", "--skip-preview", ...args];
    const finished = await this.pulumi(all, { show: this.place.show });
    if (finished.code !== 0) {
      throw new UserError(
        `pulumi up failed: see its message above. Fix that, then run this again: it resumes.`,
      );
    }
  }

  /**
   * Writes the program's settings, or a named consumer's, into the stack's file. All at once, so that an interruption can't leave
   * half of them.
   */
  async set(settings: Readonly<Record<string, string | number>>, consumer?: string): Promise<void> {
    const at = consumer === undefined ? "" : `consumers[${JSON.stringify(consumer)}].`;
    const pairs = Object.entries(settings).flatMap(([name, value]) => [
      "--plaintext",
      `${this.place.project.name}:${at}${name}=${value}`,
    ]);
    await this.run("config", "set-all", "--path", ...pairs);
    this.entries = undefined;
  }

  /** The stack's configuration as strings, by names with their namespaces. */
  async config(): Promise<Record<string, string>> {
    const entries = await this.configEntries();
    return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
  }

  /** The same, with what is a secret. Read once, because each run of Pulumi takes a moment. */
  configEntries(): Promise<readonly ConfigEntry[]> {
    this.entries ??= this.readConfig();
    return this.entries;
  }

  private async readConfig(): Promise<ConfigEntry[]> {
    const all: Record<string, { value?: string; secret?: boolean }> = JSON.parse(
      await this.run("config", "--json", "--show-secrets"),
    );
    return Object.entries(all).map(([key, { value = "", secret = false }]) => ({ key, value, secret }));
  }

  /** The resources in the state, with plain-text secrets only on request. */
  async resources({ withSecrets = false } = {}): Promise<StateResource[]> {
    const exported = await this.run("stack", "export", ...(withSecrets ? ["--show-secrets"] : []));
    try {
      return resourcesIn(exported);
    } catch {
      // Without the original error, which quotes what it could not parse.
      throw new UserError(
        `The state of the stack ${this.name} cannot be read: npx pulumi stack export --stack ${this.name} prints something other than a state. See what it prints.`,
      );
    }
  }

  /**
   * One deployed consumer, found by its component's type.
   *
   * @throws a `UserError` if there is none, or not enough is known about it
   */
  async consumer(selection: Selection = {}): Promise<DeployedConsumer> {
    const { config, resources, all } = await this.deployed();
    return this.describe(selectConsumer(all, selection, this.name), { config, resources, all });
  }

  /**
   * All deployed consumers, or the selected ones; with the state, without its secrets.
   *
   * @throws a `UserError` if there is none, or not enough is known about one
   */
  async consumers(selection: Selection = {}): Promise<
    Pick<Deployed, "resources" | "all"> & {
      /** The selected ones among all consumers. */
      readonly consumers: readonly DeployedConsumer[];
    }
  > {
    const deployed = await this.deployed();
    const meant = selectConsumers(deployed.all, selection, this.name);
    const consumers = meant.map((found) => this.describe(found, deployed));
    // Their order in the state varies.
    consumers.sort(
      (a, b) => a.bucketName.localeCompare(b.bucketName) || (a.further ?? "").localeCompare(b.further ?? ""),
    );
    const { resources, all } = deployed;
    return { consumers, resources, all };
  }

  private async deployed(): Promise<Deployed> {
    const [config, resources] = await Promise.all([this.config(), this.resources()]);
    const all = consumersIn(resources);
    if (all.length === 0) {
      throw await this.noConsumer(resources);
    }
    return { config, resources, all };
  }

  private describe(found: FoundConsumer, { config, resources, all }: Deployed): DeployedConsumer {
    return describeConsumer(found, {
      settings: this.settingsOf(found, config, resources),
      resources,
      config,
      stack: this.name,
      options: optionsFor(found, all, this.name),
      plainHttpEndpoint: this.place.env[plainHttpVariable] ?? process.env[plainHttpVariable],
    });
  }

  /**
   * A consumer with the secret of its key.
   *
   * @throws a `UserError` if it only has a role
   */
  async withSecret(consumer: DeployedConsumer): Promise<ConsumerWithSecret> {
    if (!hasKey(consumer)) {
      throw new UserError(
        `${consumer.name} has no access key: it has the role ${consumer.role?.arn}, which is assumed and has no secret. For temporary credentials: ${invocation("handoff", "env", consumer.options, "--duration 1h")}`,
      );
    }
    const resources = await this.resources({ withSecrets: true });
    const component = resources.find(({ urn }) => urn === consumer.urn);
    return { ...consumer, secretAccessKey: String(component?.outputs?.secretAccessKey ?? "") };
  }

  /**
   * A consumer's known arguments. The key settings are those of the next update; the expected backups are those configured now,
   * because they take effect without an update.
   */
  private settingsOf(
    found: FoundConsumer,
    config: Readonly<Record<string, string>>,
    resources: readonly StateResource[],
  ): ConsumerSettings {
    const state = stateOf(found);
    if (state?.configured === false) {
      return state;
    }
    const { name, target } = found;
    const project = this.place.project.name;
    const next =
      state === undefined && !isForSettings(config, project)
        ? undefined
        : configuredSettings(config, project, { name, target: target && nameOf(target) }, resources);
    if (next === undefined) {
      throw new UserError(
        state === undefined
          ? `The stack ${this.name} was deployed by a version that the command line can't read. Deploy it with this version: npx pulumi up --stack ${this.name}`
          : `The settings of the stack ${this.name} no longer have the consumer ${name}. Deploy them first: npx pulumi up --stack ${this.name}`,
      );
    }
    const { keyGeneration, previousKey, expectBackupEvery, expectBackupSize } = next;
    return { ...next, ...state, keyGeneration, previousKey, expectBackupEvery, expectBackupSize };
  }

  private async noConsumer(resources: readonly StateResource[]): Promise<UserError> {
    const deploy = `npx pulumi up --stack ${this.name}`;
    if (resources.some(({ type }) => !type.startsWith("pulumi:"))) {
      return new UserError(
        `The stack ${this.name} contains no BackupTarget and no BackupConsumer. If its program has one now, deploy it: ${deploy}. To list other stacks: npx pulumi stack ls`,
      );
    }
    const history: { kind?: string }[] = JSON.parse(await this.run("stack", "history", "--json"));
    return new UserError(
      history[0]?.kind === "destroy"
        ? `The stack ${this.name} has been destroyed, and its keys with it. To deploy it again: ${deploy}`
        : `The stack ${this.name} is not deployed yet. Deploy it: ${deploy}`,
    );
  }

  /**
   * IAM and S3 as the deployer of the stack sees them, with the credentials that `pulumi up` would use.
   *
   * @param consumer whose provider it is; without one, it is the default provider
   */
  async deployer(consumer?: DeployedConsumer): Promise<Clients> {
    const { deployerClients } = await import("../aws/clients.js");
    return deployerClients(await this.providerOf(consumer));
  }

  /**
   * A consumer with temporary credentials of its role, which the deployer of the stack assumes.
   *
   * @throws STS's error: `AccessDenied` if the role doesn't trust the deployer
   */
  async assume(
    consumer: DeployedConsumer & { readonly role: RoleInState },
    seconds: number,
  ): Promise<ConsumerWithSecret & { readonly expiration: Date }> {
    const { assumeRole } = await import("../aws/session.js");
    return { ...consumer, ...(await assumeRole(await this.providerOf(consumer), consumer.role, seconds)) };
  }

  private async providerOf(consumer?: DeployedConsumer): Promise<ProviderConfig> {
    if (consumer?.provider === undefined) {
      return defaultProvider(await this.config());
    }
    const resources = await this.resources({ withSecrets: true });
    const provider = resources.find(({ urn }) => urn === consumer.provider);
    return provider === undefined ? {} : configOf(provider);
  }
}

/** The stack of the project in this folder, with Pulumi's output of an update on stderr. */
function usualPlace(stack: string): StackPlace {
  const project = findProject();
  return { project, env: environmentFor(stack, project.folder), show: "stderr", pulumi };
}
