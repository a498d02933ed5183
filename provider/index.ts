#!/usr/bin/env node
// The components for programs in other languages than TypeScript. The engine starts it as `pulumi-resource-s3-backup-target`, and it
// constructs, in a process of its own, the component that a program asks for.
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

/**
 * Constructs a component, with the checks that it makes in a TypeScript program.
 *
 * @returns the outputs that the schema names, those with secrets in them as secrets
 * @throws what the component throws: an error that names every argument which cannot be used
 */
export async function construct(
  name: string,
  type: string,
  args: pulumi.Inputs,
  options: Options,
): Promise<ConstructResult> {
  if (!isOurs(type)) {
    throw new Error(
      `s3-backup-target ${schema.version} has no ${type}; install the version that your program's SDK was generated from: npm install s3-backup-target@VERSION`,
    );
  }
  const component = constructors[type](name, args, options);
  const outputs = component as typeof component & Record<string, unknown>;
  const state = Object.entries(schema.resources[type].properties).map(([property, spec]) => [
    property,
    "secret" in spec ? pulumi.secret(outputs[property]) : outputs[property],
  ]);
  return { urn: component.urn, state: Object.fromEntries(state) };
}

const provider: Provider = { version: schema.version, schema: JSON.stringify(schema), construct };

if (require.main === module) {
  main(provider, process.argv.slice(2));
}
