import * as pulumi from "@pulumi/pulumi";

// What a component can know of its place in the program: its names of before, and its parents.

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
 * Options of a child whose name derives from its parent's in another way than by starting with it: a renamed parent keeps it.
 *
 * @param nameOf the child's name, of its parent's
 */
export const childOptions = (parent: pulumi.Resource, nameOf: (parentName: string) => string) => ({
  parent,
  aliases: formerNames(parent).map((former) => ({ name: former.apply(nameOf) })),
});

/** The names that are in use, by the uppermost parent: of each program that runs in this process, its stack. */
const namesInUse = new WeakMap<pulumi.Resource, Map<string, string>>();

/**
 * The name of an earlier component of the same program, if children of both would have the same URNs (which hold the types
 * of all parents, and the child's name).
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
