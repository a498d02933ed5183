import * as pulumi from "@pulumi/pulumi";

/** What Pulumi's SDK notes in every resource, and does not type. */
interface Noted {
  readonly __name: string;
  readonly __aliases?: readonly pulumi.Input<pulumi.URN>[];
  readonly __parentResource?: pulumi.Resource & Noted;
}

/**
 * The names that a resource had before: by its own aliases, and by those of the resources that it is inside of, as far as
 * its name starts with theirs. Pulumi infers the aliases of children by the same rule, and so misses those of children
 * whose names derive from their parent's in another way.
 */
export function formerNames(resource: pulumi.Resource): pulumi.Output<string>[] {
  const {
    __name: name,
    __aliases: aliases = [],
    __parentResource: parent,
  } = resource as typeof resource & Noted;
  const own = aliases.map((alias) =>
    pulumi.output(alias).apply((urn) => urn.slice(urn.lastIndexOf("::") + 2)),
  );
  if (parent === undefined || !name.startsWith(parent.__name)) {
    return own;
  }
  const rest = name.slice(parent.__name.length);
  return [...own, ...formerNames(parent).map((former) => former.apply((start) => start + rest))];
}
