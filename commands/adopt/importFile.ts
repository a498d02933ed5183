import type { StateResource } from "../stack/stack";
import type { Found } from "./inspect";
import { adoptable } from "./resources";

/** A resource in the file that `pulumi import` reads and `pulumi preview` writes; only what is needed of it. */
export interface ImportEntry {
  readonly type: string;
  /** Unique in the file; `parent` refers to it. */
  readonly name: string;
  /** The real one, where it is another. */
  readonly logicalName?: string;
  readonly parent?: string;
  readonly component?: boolean;
  readonly id?: string;
}

/** What Pulumi's import file holds. */
export interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources: readonly ImportEntry[];
}

/**
 * The import file for what there is, from the one that a preview of the empty stack wrote, which knows all that the program
 * would create: with the IDs of what is there, and without the rest.
 */
export function fillIn(planned: ImportFile, consumer: string, found: Found): ImportFile {
  const own = ({ type, name, logicalName = name }: ImportEntry) =>
    type === "s3-backup-target:index:BackupBucket" ||
    (type === "s3-backup-target:index:BackupConsumer" && logicalName === consumer);
  const parents = new Set(planned.resources.filter(own).map(({ name }) => name));
  return {
    ...planned,
    resources: planned.resources.flatMap((entry) => {
      if (entry.component === true) {
        return [entry];
      }
      // Further consumers have resources of the same types; they are made anew.
      const id = parents.has(entry.parent ?? "") ? adoptable[entry.type]?.importId(found) : undefined;
      return id === undefined ? [] : [{ ...entry, id }];
    }),
  };
}

const isResource = ({ type }: StateResource) =>
  !type.startsWith("pulumi:") && !type.startsWith("s3-backup-target:");

/** What is in the state, though this import would not bring it there. */
export const strangers = (state: readonly StateResource[], found: Found): readonly StateResource[] =>
  state.filter((resource) => {
    const known = adoptable[resource.type];
    const id = known?.importId(found);
    return isResource(resource) && (id === undefined || (known?.ownId !== true && id !== resource.id));
  });

/**
 * Without what the state has already, by an import that was interrupted. The components stay, because the others name
 * them; Pulumi does not mind those that are there.
 */
export function lacking(file: ImportFile, state: readonly StateResource[]): ImportFile {
  const there = new Set(state.map(({ type, urn }) => `${type} ${urn.split("::").at(-1)}`));
  return {
    ...file,
    resources: file.resources.filter(
      ({ component, type, name, logicalName = name }) =>
        component === true || !there.has(`${type} ${logicalName}`),
    ),
  };
}
