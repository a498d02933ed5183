import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../common/errors";

/** A Pulumi project. */
export interface Project {
  /** Its folder. */
  readonly folder: string;
  /** Its Pulumi.yaml. */
  readonly file: string;
  /** The `name` in Pulumi.yaml, which is the namespace of the program's settings too. */
  readonly name: string;
  /** The language of its program, such as nodejs or python. */
  readonly runtime: string;
}

/** In the order in which Pulumi looks for them. */
const files = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/**
 * The project that a folder belongs to, as Pulumi finds it: in the folder itself, or in the nearest one above it.
 *
 * @throws a `UserError` if there is none
 */
export function findProject(from = process.cwd()): Project {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = files.map((name) => join(folder, name)).find(existsSync);
    if (file !== undefined) {
      return { folder, file, ...describedIn(file) };
    }
    if (dirname(folder) === folder) {
      throw new UserError(
        `${from} is not in a Pulumi project: there is no Pulumi.yaml here or in a parent folder. Run this in the folder of your Pulumi program.`,
      );
    }
  }
}

/** YAML or JSON; names are made of letters, digits and `_.-`, with or without quotes around them. */
function describedIn(file: string): Pick<Project, "name" | "runtime"> {
  const text = readFileSync(file, "utf8");
  const [, name] = /^(?:name|\s*"name")\s*:\s*["']?([\w.-]+)/m.exec(text) ?? [];
  const [, runtime = ""] = /"?runtime"?\s*:\s*(?:\{?\s*"?name"?\s*:\s*)?["']?([\w.-]+)/.exec(text) ?? [];
  if (name === undefined) {
    throw new UserError(`${file} has no name. Add the project's name, for example name: my-backups.`);
  }
  return { name, runtime };
}
