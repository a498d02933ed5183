import * as pulumi from "@pulumi/pulumi";

// What a component can find out about its place in the program: its former names, and its parents.

/** Fields that Pulumi's SDK sets on every resource, but doesn't type. */
interface Noted {
  readonly __name: string;
  readonly __aliases?: readonly pulumi.Input<pulumi.URN>[];
  readonly __parentResource?: pulumi.Resource & Noted;
}

/**
 * A resource's former names: from its own aliases, and from its parents' if its name starts with theirs. Pulumi infers children's
 * aliases by the same rule, and so misses children whose names derive from their parent's in another way.
 */
function formerNames(resource: pulumi.Resource): pulumi.Output<string>[] {
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

/**
 * Options of a child whose name derives from its parent's but doesn't start with it: renaming the parent doesn't replace it.
 *
 * @param nameOf the child's name, given its parent's
 */
export const childOptions = (parent: pulumi.Resource, nameOf: (parentName: string) => string) => ({
  parent,
  aliases: formerNames(parent).map((former) => ({ name: former.apply(nameOf) })),
});

/** The names in use, by root parent: the stack of each program that runs in this process. */
const namesInUse = new WeakMap<pulumi.Resource, Map<string, string>>();

/**
 * The name of an earlier component of the same program, if children of both would have the same URNs (which contain the types of
 * all parents, and the child's name).
 *
 * @param childName what the names of these children derive from
 */
export function twinOf(component: pulumi.Resource, childName: string): string | undefined {
  const name = pulumi.resourceName(component);
  let top = component as typeof component & Noted;
  let place = childName;
  for (let parent = top.__parentResource; parent !== undefined; parent = parent.__parentResource) {
    place = `${pulumi.resourceType(top)}$${place}`;
    top = parent;
  }
  const names = namesInUse.get(top) ?? new Map<string, string>();
  namesInUse.set(top, names);
  const first = names.get(place) ?? name;
  names.set(place, first);
  return first === name ? undefined : first;
}
