// Components as the stack's file declares them, with the options that only a program can give.
import * as pulumi from "@pulumi/pulumi";
import * as components from "../../../components";

type Component = "BackupTarget" | "BackupBucket" | "BackupConsumer";

/** A component, and the name of the one that it is inside of, where it is. */
export interface Declared {
  readonly component: Component;
  readonly name: string;
  readonly args?: object;
  readonly opts?: pulumi.ComponentResourceOptions;
  readonly inside?: { readonly name: string; readonly opts?: pulumi.ComponentResourceOptions };
}

/** A component of someone's own that holds one of ours. */
class Wrapper extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions = {}) {
    super("tests:index:Wrapper", name, {}, opts);
  }
}

const make: Record<Component, (name: string, args: object, opts: pulumi.ComponentResourceOptions) => void> = {
  BackupTarget: (name, args, opts) => new components.BackupTarget(name, args, opts),
  BackupBucket: (name, args, opts) => new components.BackupBucket(name, args, opts),
  BackupConsumer: (name, args, opts) =>
    new components.BackupConsumer(name, { bucketArn: "arn:aws:s3:::theirs", ...args }, opts),
};

const declared = new pulumi.Config("declared").requireObject<Declared[]>("components");
for (const { component, name, args = {}, opts = {}, inside } of declared) {
  const parent = inside && { parent: new Wrapper(inside.name, inside.opts) };
  make[component](name, args, { ...opts, ...parent });
}
