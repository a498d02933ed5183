// The state of a stack, as `pulumi stack export` prints it; only the fields that are used.

/** A resource, or a component. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly parent?: string;
  /** The provider's URN, `::` and its ID. */
  readonly provider?: string;
  readonly external?: boolean;
  /** Whether it has been replaced and is still to be deleted. */
  readonly delete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly replacementTrigger?: unknown;
  /** When Pulumi created it, as ISO 8601. A component has none. */
  readonly created?: string;
}

/** The name that the program gave it. */
export const nameOf = ({ urn }: Pick<StateResource, "urn">): string => urn.split("::").at(-1) ?? urn;

/** The types of its parents, and its own as the last. */
export const typesOf = ({ urn }: Pick<StateResource, "urn">): string[] =>
  urn.split("::")[2]?.split("$") ?? [];

/** Its own type, without those of its parents, which a URN lists too. */
export const typeOf = (resource: Pick<StateResource, "urn">): string => typesOf(resource).at(-1) ?? "";

/** Marks an object that stands for a secret (Pulumi's sdk/go/common/resource, SecretSig). */
const signature = "4dabf18193072939515e22adb298388d";

/** Whether a value is a secret that was exported encrypted. */
export const isSealed = (value: unknown): boolean =>
  typeof value === "object" && value !== null && signature in value && !("plaintext" in value);

/** A value with its secrets in plain text, if they were exported that way. */
function unwrap(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (signature in value) {
    return "plaintext" in value ? unwrap(JSON.parse(String(value.plaintext))) : value;
  }
  return Array.isArray(value)
    ? value.map(unwrap)
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unwrap(part)]));
}

/** The resources of an exported state. */
export function resourcesIn(exported: string): StateResource[] {
  const { deployment } = JSON.parse(exported) as { deployment: { resources?: StateResource[] } };
  return (deployment.resources ?? []).map((resource) => ({
    ...resource,
    ...(resource.inputs && { inputs: unwrap(resource.inputs) as StateResource["inputs"] }),
    ...(resource.outputs && { outputs: unwrap(resource.outputs) as StateResource["outputs"] }),
  })) as StateResource[];
}
