#!/usr/bin/env node
// The components for programs in languages other than TypeScript. The engine starts this as `pulumi-resource-s3-backup-target`;
// it constructs, in its own process, the component that a program requests.
import * as pulumi from "@pulumi/pulumi";
import { type ConstructResult, main, type Provider } from "@pulumi/pulumi/provider";
import { BackupBucket, BackupConsumer, type BackupConsumerArgs, BackupTarget } from "../components";
import schema from "./schema.json";

type Options = pulumi.ComponentResourceOptions;

const constructors: Record<
  keyof typeof schema.resources,
  (name: string, args: pulumi.Inputs, options: Options) => pulumi.ComponentResource
> = {
  "s3-backup-target:index:BackupBucket": (name, args, options) => new BackupBucket(name, args, options),
  "s3-backup-target:index:BackupConsumer": (name, args, options) =>
    new BackupConsumer(name, args as BackupConsumerArgs, options),
  "s3-backup-target:index:BackupTarget": (name, args, options) => new BackupTarget(name, args, options),
};

function isOurs(type: string): type is keyof typeof schema.resources {
  return Object.hasOwn(schema.resources, type);
}

// The values are secrets, not the schema's properties: from those, Java's generator makes code that doesn't compile, because a
// component's options can't name secret outputs there.
/** The maps that hold secrets. They are secrets as a whole, because YAML's host loses secrets inside a map. */
const secretMaps = ["consumers"];

/** Only another version's SDK lets a program request something that the schema doesn't have. */
const notInThisVersion = (what: string) =>
  new Error(
    `s3-backup-target ${schema.version} has no ${what}; install the version that your program's SDK was generated from: npm install s3-backup-target@VERSION`,
  );

/** The parents that a program has named, by their URNs: components in one program find each other through them (`twinOf`). */
const parents = new Map<pulumi.URN, pulumi.Resource>();

/** The SDK makes a new object of the parent for each component. */
async function withKnownParent(options: Options): Promise<Options> {
  const { parent } = options;
  if (parent === undefined) {
    return options;
  }
  const urn = await new Promise<pulumi.URN>((resolve) => parent.urn.apply(resolve));
  const known = parents.get(urn) ?? parent;
  parents.set(urn, known);
  return { ...options, parent: known };
}

/**
 * Constructs a component, with the same checks as in a TypeScript program.
 *
 * @returns the outputs in the schema, those that contain secrets as secrets
 * @throws what the component throws, an error that names every argument which cannot be used; and if the schema doesn't have what is
 *   asked for, an error that says so
 */
export async function construct(
  name: string,
  type: string,
  args: pulumi.Inputs,
  options: Options,
): Promise<ConstructResult> {
  if (!isOurs(type)) {
    throw notInThisVersion(`component ${type}`);
  }
  const { inputProperties, properties } = schema.resources[type];
  const unknown = Object.keys(args).find((argument) => !Object.hasOwn(inputProperties, argument));
  if (unknown !== undefined) {
    throw notInThisVersion(`argument ${unknown} of ${type}`);
  }
  const component = constructors[type](name, args, await withKnownParent(options));
  const outputs = component as typeof component & Record<string, unknown>;
  const state = Object.keys(properties).map((output) => [
    output,
    secretMaps.includes(output) ? pulumi.secret(outputs[output]) : outputs[output],
  ]);
  return { urn: component.urn, state: Object.fromEntries(state) };
}

const provider: Provider = { version: schema.version, schema: JSON.stringify(schema), construct };

/** Serves the components to the engine that started this process, as its arguments say. */
export const serve = (): Promise<void> => main(provider, process.argv.slice(2));

if (require.main === module) {
  serve();
}
