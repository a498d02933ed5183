// A stack, as the commands see it: its settings, its state, its consumers, and the AWS that it is deployed to.
import { UserError } from "../../common/errors";
import type { Clients } from "../aws/clients";
import { configOf, defaultProvider, type ProviderConfig } from "../aws/provider";
import { invocation, UsageError } from "../cli/command";
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
  /** Where the state is, and its passphrase, where the environment of this process does not say. */
  readonly env: Environment;
  /** Whether what an update prints is shown, on stderr. */
  readonly show: "stderr" | false;
  /** How Pulumi is run. */
  readonly pulumi: typeof pulumi;
}

/** What is known of all that is deployed. */
interface Deployed {
  readonly config: Readonly<Record<string, string>>;
  readonly resources: readonly StateResource[];
  readonly all: readonly FoundConsumer[];
}

/** A stack of a Pulumi project. */
export class Stack {
  private constructor(
    readonly name: string,
    readonly place: StackPlace,
  ) {}

  /**
   * The stack of this name, by the environment that this process has, and for the stack `dev` of `npm start` by that of
   * `.local/env`.
   */
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

  /** The same, and throws what it means where it fails. */
  run(...args: string[]): Promise<string> {
    return this.feed(undefined, ...args);
  }

  /** The same, with something to read on its standard input, which other users can't see as they can a command line. */
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
    return new UserError(
      meaningOfPulumi(said, this.name) ?? `pulumi ${args.join(" ")} failed:\n${said.trim()}`,
    );
  }

  /** Deploys it, with what Pulumi says on stderr. */
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
   * Writes settings of the program into the stack's file, those of a consumer where one is named. All at once: an
   * interruption must not leave the half of them.
   */
  async set(settings: Readonly<Record<string, string | number>>, consumer?: string): Promise<void> {
    const at = consumer === undefined ? "" : `consumers[${JSON.stringify(consumer)}].`;
    const pairs = Object.entries(settings).flatMap(([name, value]) => [
      "--plaintext",
      `${this.place.project.name}:${at}${name}=${value}`,
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

  /** The resources that the state holds, with their secrets in plain only where that is asked for. */
  async resources({ withSecrets = false } = {}): Promise<StateResource[]> {
    const exported = await this.run("stack", "export", ...(withSecrets ? ["--show-secrets"] : []));
    try {
      return resourcesIn(exported);
    } catch {
      // Without the error, which quotes what it could not read.
      throw new UserError(
        `The state of the stack ${this.name} cannot be read: npx pulumi stack export --stack ${this.name} prints something other than a state. See what it prints.`,
      );
    }
  }

  /**
   * One consumer of what is deployed, found by the type of its component.
   *
   * @throws a `UserError` where there is none, or not enough is known of it
   */
  async consumer(selection: Selection = {}): Promise<DeployedConsumer> {
    const { config, resources, all } = await this.deployed();
    return this.describe(selectConsumer(all, selection, this.name), { config, resources, all });
  }

  /**
   * All consumers of what is deployed, or those that a selection names; with the state, without its secrets.
   *
   * @throws a `UserError` where there is none, or not enough is known of one
   */
  async consumers(selection: Selection = {}): Promise<
    Pick<Deployed, "resources" | "all"> & {
      /** Those that are meant, of all. */
      readonly consumers: readonly DeployedConsumer[];
    }
  > {
    const deployed = await this.deployed();
    const meant = selectConsumers(deployed.all, selection, this.name);
    const consumers = await Promise.all(meant.map((found) => this.describe(found, deployed)));
    // In a state they are in another order each time.
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

  private async describe(
    found: FoundConsumer,
    { config, resources, all }: Deployed,
  ): Promise<DeployedConsumer> {
    return describeConsumer(found, {
      settings: await this.settingsOf(found, config, resources),
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
   * @throws a `UserError` where it has a role only
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
   * What is known of a consumer's arguments, with the keys as the next update would have them, and what is expected as it is
   * now, because no update changes anything by it.
   */
  private async settingsOf(
    found: FoundConsumer,
    config: Readonly<Record<string, string>>,
    resources: readonly StateResource[],
  ): Promise<ConsumerSettings> {
    const state = stateOf(found);
    if (state?.configured === false) {
      return state;
    }
    const { configuredSettings, isForSettings } = await import("./configured.js");
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
   * IAM and S3 as the deployer of the stack sees them, by the credentials that `pulumi up` would take.
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
   * @throws the error of STS, `AccessDenied` where the role trusts others only
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

/** That of the project in this folder, with what Pulumi shows of an update on stderr. */
function usualPlace(stack: string): StackPlace {
  const project = findProject();
  return { project, env: environmentFor(stack, project.folder), show: "stderr", pulumi };
}
