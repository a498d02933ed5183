// The consumers of a stack, found by the types of their components in its state: so neither the program's exports nor its
// language matters.
import { UserError } from "../../common/errors";
import { profiles } from "../../components/access/profiles";
import type { ConsumerState } from "../../components/consumerArgs";
import { bucketNameOf, partsOfArn } from "../../components/naming";
import { configOf, defaultProvider, endpointOf, explicitProvider, regionOf } from "../aws/provider";
import { UsageError } from "../cli/command";
import type { DeployedKey } from "../keys/keySteps";
import { nameOf, type StateResource } from "./state";

/** The types of the components, as every language registers them. */
export const types = {
  target: "s3-backup-target:index:BackupTarget",
  bucket: "s3-backup-target:index:BackupBucket",
  consumer: "s3-backup-target:index:BackupConsumer",
  logBucket: "s3-backup-target:index:AccessLogBucket",
} as const;

/** Selects a consumer of a stack. */
export interface Selection {
  /** The name or the URN of its target; undefined: the only one. */
  readonly target?: string | undefined;
  /** Its name; undefined: the target's own. */
  readonly consumer?: string | undefined;
}

/** A consumer in a stack's state. */
export interface FoundConsumer {
  readonly name: string;
  readonly component: StateResource;
  /** Its `BackupTarget`; undefined for a `BackupConsumer` that a program created on its own. */
  readonly target: StateResource | undefined;
}

/** An access key in the state. */
export interface KeyInState extends DeployedKey {
  readonly accessKeyId: string;
  /** When AWS created it. */
  readonly createDate: Date;
}

/** The known arguments of a consumer; the bucket is always in the state. */
export type ConsumerSettings = Omit<ConsumerState, "bucketArn">;

/** A consumer's role, from the state. */
export interface RoleInState {
  readonly arn: string;
  readonly name: string;
  /** The external ID that an account must pass to assume the role; undefined: none. */
  readonly externalId: string | undefined;
  /** The trust policy, as JSON. */
  readonly trustPolicy: string;
  /** When AWS created it. */
  readonly createDate: Date;
}

/** One consumer of a stack's bucket, with its current key or role, but without a secret. */
export interface DeployedConsumer extends ConsumerSettings {
  /** Of its component. */
  readonly urn: string;
  readonly name: string;
  readonly stack: string;
  /** The options that name it on a command line: `--stack` and what else is needed. */
  readonly options: string;
  /** The component whose arguments are its settings, for messages, such as `the BackupTarget mLab`. */
  readonly declaredIn: string;
  /** Its name among the `consumers` of its target; undefined: its settings are the target's own. */
  readonly further: string | undefined;
  /** Whether the stack manages the bucket's settings. */
  readonly ownBucket: boolean;
  /** The role; undefined: it has a key only. */
  readonly role?: RoleInState;
  /** Undefined for a consumer that only has a role, like everything else about a key. */
  readonly accessKeyId?: string;
  /** While there is one. */
  readonly previousAccessKeyId?: string;
  readonly userName?: string;
  /** The ARN of the parameter or the secret with its key; undefined: there is none. */
  readonly storedKeyArn?: string;
  readonly policyArn: string;
  readonly bucketName: string;
  readonly region: string;
  /** The URN of the AWS provider that the program created for it; undefined: the default one. */
  readonly provider: string | undefined;
  /** The endpoint of S3, if it isn't AWS's. */
  readonly endpoint: string | undefined;
  /** Whether the endpoint's certificate is accepted without a check, as by the provider. */
  readonly insecure: boolean;
  /** The endpoint of S3 over plain HTTP, if it is known and isn't AWS's. */
  readonly plainHttpEndpoint: string | undefined;
  /** The keys that the stack manages for this consumer: one, or two during a rotation. */
  readonly keys: readonly KeyInState[];
  /** When the oldest of its existing resources was created. */
  readonly created: Date | undefined;
}

/** A consumer that has a key. */
export interface KeyConsumer extends DeployedConsumer {
  readonly accessKeyId: string;
  readonly userName: string;
}

/** A consumer with its key's secret, or with temporary credentials of its key or its role. */
export interface ConsumerWithSecret extends DeployedConsumer {
  readonly accessKeyId: string;
  /** Empty for an adopted key, until the first rotation. */
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** Whether a consumer has a key. */
export const hasKey = (consumer: DeployedConsumer): consumer is KeyConsumer =>
  consumer.accessKeyId !== undefined && consumer.userName !== undefined;

/** Every consumer that the state holds. */
export function consumersIn(resources: readonly StateResource[]): FoundConsumer[] {
  return resources
    .filter((resource) => resource.type === types.consumer && resource.delete !== true)
    .map((component) => ({
      name: nameOf(component),
      component,
      target: resources.find(({ urn, type }) => type === types.target && urn === component.parent),
    }));
}

/** The name of a target in a selection, or of a consumer without a target. */
const targetOf = ({ target, component }: FoundConsumer) => target ?? component;

/** Whether it is its target's own consumer, which has the target's name. */
const isOwn = (consumer: FoundConsumer) => nameOf(targetOf(consumer)) === consumer.name;

/** Names, or URNs if two have the same name. */
const listed = (resources: readonly StateResource[]) => {
  const unique = [...new Set(resources)];
  const names = unique.map(nameOf);
  return (new Set(names).size === names.length ? names : unique.map(({ urn }) => urn)).join(", ");
};

/**
 * The consumers of a target; undefined: all.
 *
 * @throws a `UsageError` that lists the targets, if there is none with this name
 */
function consumersOf(
  all: readonly FoundConsumer[],
  target: string | undefined,
  stack: string,
): readonly FoundConsumer[] {
  const within = all.filter((consumer) => {
    const { urn } = targetOf(consumer);
    return target === undefined || target === nameOf({ urn }) || target === urn;
  });
  if (within.length === 0) {
    throw new UsageError(
      `The stack ${stack} has no target ${target}; it has ${listed(all.map(targetOf))}. Choose one with --target.`,
    );
  }
  return within;
}

/** The selected consumer or, if the selection names none, all consumers of its target or of the stack. */
export const selectConsumers = (
  all: readonly FoundConsumer[],
  selection: Selection,
  stack: string,
): readonly FoundConsumer[] =>
  selection.consumer === undefined
    ? consumersOf(all, selection.target, stack)
    : [selectConsumer(all, selection, stack)];

/**
 * The selected consumer.
 *
 * @throws a `UsageError` that lists the consumers, if none or more than one matches
 */
export function selectConsumer(
  all: readonly FoundConsumer[],
  { target, consumer: name }: Selection,
  stack: string,
): FoundConsumer {
  const within = consumersOf(all, target, stack);
  const meant = within.filter((consumer) => (name === undefined ? isOwn(consumer) : consumer.name === name));
  const [only, ...more] = meant;
  if (only === undefined) {
    const of = target === undefined ? `The stack ${stack}` : `The target ${target} of the stack ${stack}`;
    throw new UsageError(
      `${of} has no consumer ${name} deployed; it has ${within.map((consumer) => consumer.name).join(", ")}.`,
    );
  }
  if (more.length > 0) {
    throw new UsageError(
      `The stack ${stack} has several targets. Choose one with --target: ${listed(meant.map(targetOf))}.`,
    );
  }
  return only;
}

/** The options that identify it among these on a command line. */
export function optionsFor(found: FoundConsumer, all: readonly FoundConsumer[], stack: string): string {
  const several = new Set(all.map((consumer) => targetOf(consumer).urn)).size > 1;
  return [
    `--stack ${stack}`,
    ...(several ? [`--target ${nameOf(targetOf(found))}`] : []),
    ...(isOwn(found) ? [] : [`--consumer ${found.name}`]),
  ].join(" ");
}

/** What its component registered in the state; undefined: it was deployed by a version that registered nothing. */
export const stateOf = ({ component }: FoundConsumer): ConsumerState | undefined =>
  component.outputs?.settings as ConsumerState | undefined;

/** Everything about a consumer in the state and the configuration. */
export function describeConsumer(
  found: FoundConsumer,
  {
    settings,
    resources,
    config,
    ...place
  }: Pick<DeployedConsumer, "stack" | "options" | "plainHttpEndpoint"> & {
    /** Its known arguments. */
    readonly settings: ConsumerSettings;
    readonly resources: readonly StateResource[];
    /** The stack's. */
    readonly config: Readonly<Record<string, string>>;
  },
): DeployedConsumer {
  const { name, component, target } = found;
  const { outputs = {} } = component;
  const { accessKeyId, previousAccessKeyId, storedKeyArn, userName, policyArn, roleArn } = outputs as Record<
    string,
    string
  >;
  const bucketArn = String(stateOf(found)?.bucketArn ?? target?.outputs?.bucketArn);
  const isPartial = accessKeyId === undefined || userName === undefined;
  if ((isPartial && roleArn === undefined) || policyArn === undefined) {
    throw new UserError(
      `The consumer ${name} of the stack ${place.stack} is not deployed, or only in part. Deploy it: npx pulumi up --stack ${place.stack}`,
    );
  }
  if (!Object.hasOwn(profiles, settings.access)) {
    throw new UserError(
      `access = ${JSON.stringify(settings.access)}: the program of the stack ${place.stack} knows this access profile, but this version of the command line does not. Install the version that the program uses.`,
    );
  }
  const ownKeys = resources.filter(
    ({ type, parent, delete: isReplaced }) =>
      type === "aws:iam/accessKey:AccessKey" && parent === component.urn && isReplaced !== true,
  );
  const role = resources.find(
    ({ type, outputs: ofRole }) => type === "aws:iam/role:Role" && ofRole?.arn === roleArn,
  );
  const explicit = explicitProvider((ownKeys[0] ?? role)?.provider, resources);
  const provider = explicit === undefined ? defaultProvider(config) : configOf(explicit);
  const bucketName = bucketNameOf(bucketArn);
  const bucket = resources.find(
    ({ type, outputs: ofBucket }) => type === "aws:s3/bucket:Bucket" && ofBucket?.arn === bucketArn,
  );
  const region = (bucket?.outputs?.region as string | undefined) ?? regionOf(provider);
  if (region === undefined) {
    throw new UserError(
      `The region of the bucket ${bucketName} is not known. Set it: npx pulumi config set aws:region REGION --stack ${place.stack}`,
    );
  }
  const owner = resources.find(({ urn }) => urn === bucket?.parent);
  const own = target === undefined ? "BackupConsumer" : "BackupTarget";
  const further = isOwn(found) ? undefined : name;
  return {
    ...place,
    ...settings,
    ...endpointOf(provider),
    ...{ name, bucketName, region, policyArn, further },
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(userName !== undefined && { userName }),
    ...(storedKeyArn !== undefined && { storedKeyArn }),
    ...(role !== undefined && { role: roleIn(role, outputs.externalId) }),
    urn: component.urn,
    provider: explicit?.urn,
    ...(previousAccessKeyId !== undefined && { previousAccessKeyId }),
    declaredIn: `${further === undefined ? "" : `consumers.${further} of `}the ${own} ${nameOf(targetOf(found))}`,
    ownBucket: owner?.type === types.bucket,
    keys: ownKeys.map(keyIn),
    created: firstCreated(resources.filter(({ parent }) => parent === component.urn)),
  };
}

/** If an old Pulumi wrote no `created`, at least a key has a date. */
function firstCreated(resources: readonly StateResource[]): Date | undefined {
  const times = resources
    .flatMap(({ created, outputs }) => [Date.parse(created ?? ""), Date.parse(String(outputs?.createDate))])
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** The account that its user is in; S3 logs only to a bucket of the same account. */
export const accountOf = ({ policyArn }: DeployedConsumer): string => partsOfArn(policyArn).account;

function roleIn({ outputs = {} }: StateResource, externalId: unknown): RoleInState {
  return {
    arn: String(outputs.arn),
    name: String(outputs.name),
    externalId: externalId === undefined ? undefined : String(externalId),
    trustPolicy: String(outputs.assumeRolePolicy),
    createDate: new Date(String(outputs.createDate)),
  };
}

function keyIn({ id = "", outputs = {}, replacementTrigger, ...resource }: StateResource): KeyInState {
  return {
    accessKeyId: id,
    status: outputs.status === "Inactive" ? "Inactive" : "Active",
    createDate: new Date(String(outputs.createDate)),
    // A key from before generations existed, or an adopted one, has no trigger (see BackupConsumer).
    generation:
      typeof replacementTrigger === "number" ? replacementTrigger : nameOf(resource).endsWith("Even") ? 2 : 1,
  };
}
