import { types } from "../stack/consumers";
import { nameOf, type StateResource } from "../stack/state";
import type { Found } from "./inspect";
import { adoptable } from "./resources";

/** A resource in the file that `pulumi import` reads and `pulumi preview` writes; only the fields that are used. */
export interface ImportEntry {
  readonly type: string;
  /** Unique in the file; `parent` refers to it. */
  readonly name: string;
  /** The resource's real name, if it differs. */
  readonly logicalName?: string;
  readonly parent?: string;
  readonly component?: boolean;
  readonly id?: string;
}

/** The content of Pulumi's import file. */
export interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources: readonly ImportEntry[];
}

/**
 * The import file for the existing resources. Made from the one that a preview of the empty stack wrote, which lists all that the
 * program would create: with the IDs of existing resources, and without the others.
 *
 * @param target the name of the target that will manage it
 */
export function fillIn(planned: ImportFile, target: string, found: Found): ImportFile {
  const named = ({ name, logicalName = name }: ImportEntry) => logicalName === target;
  const entry = planned.resources.find((one) => one.type === types.target && named(one));
  const own = new Set(
    planned.resources
      .filter(
        (one) =>
          [types.bucket, types.consumer].some((type) => type === one.type) &&
          one.parent === entry?.name &&
          named(one),
      )
      .map(({ name }) => name),
  );
  return {
    ...planned,
    resources: planned.resources.flatMap((one) => {
      if (one.component === true) {
        return [one];
      }
      // Further consumers and the bucket of access logs have resources of the same types; they are newly created.
      const id = own.has(one.parent ?? "") ? adoptable[one.type]?.importId(found) : undefined;
      return id === undefined ? [] : [{ ...one, id }];
    }),
  };
}

const isResource = ({ type }: StateResource) =>
  !type.startsWith("pulumi:") && !type.startsWith("s3-backup-target:");

/** Resources in the state that aren't in this import. */
export const strangers = (state: readonly StateResource[], found: Found): readonly StateResource[] =>
  state.filter((resource) => {
    const known = adoptable[resource.type];
    const id = known?.importId(found);
    return isResource(resource) && (id === undefined || (known?.ownId !== true && id !== resource.id));
  });

/**
 * Without the resources that an interrupted import has already put into the state. The components stay, because the others refer
 * to them; Pulumi accepts those that exist.
 */
export function lacking(file: ImportFile, state: readonly StateResource[]): ImportFile {
  const there = new Set(state.map(({ type, urn }) => `${type} ${nameOf({ urn })}`));
  return {
    ...file,
    resources: file.resources.filter(
      ({ component, type, name, logicalName = name }) =>
        component === true || !there.has(`${type} ${logicalName}`),
    ),
  };
}
