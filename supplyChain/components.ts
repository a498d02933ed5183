// Pure: the components of a CycloneDX document (https://cyclonedx.org/docs/1.5/json/), as far as they are made or changed here.

interface Property {
  readonly name: string;
  readonly value: string;
}

/** One component of the document. */
export interface Component {
  readonly "bom-ref": string;
  readonly type: "library";
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** `excluded`: it does not run with the program. */
  readonly scope?: "required" | "optional" | "excluded";
  readonly hashes?: readonly { readonly alg: "SHA-256" | "SHA-512"; readonly content: string }[];
  readonly properties?: readonly Property[];
}

/** The document as npm writes it. */
export interface Document {
  readonly metadata: { readonly component: { readonly name: string; readonly purl: string } };
  readonly components: readonly Component[];
}

/** What belongs to a program that does not run with the project's own. */
const componentOf = (program: string, purl: string, name: string, version: string): Component => ({
  "bom-ref": purl,
  type: "library",
  name,
  version,
  purl,
  scope: "excluded",
  properties: [{ name: "s3-backup-target:part", value: program }],
});

/** From lines of a module's path and version. */
export function goComponents(program: string, modules: string): Component[] {
  const lines = [...new Set(modules.split("\n"))].filter((line) => line !== "").sort();
  return lines.map((line) => {
    const [name = "", version = ""] = line.split(" ");
    const purl = `pkg:golang/${name.toLowerCase()}@${encodeURIComponent(version)}`;
    return componentOf(program, purl, name, version);
  });
}

/** From what a requirements.txt pins: a hash for each file that pip may take. */
export function pythonComponents(
  program: string,
  packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly sha256: readonly string[];
  }[],
): Component[] {
  return packages.map(({ name, version, sha256 }) => {
    const purl = `pkg:pypi/${name.toLowerCase().replaceAll("_", "-")}@${version}`;
    return {
      ...componentOf(program, purl, name, version),
      hashes: sha256.map((content) => ({ alg: "SHA-256", content })),
    };
  });
}

/** npm's document with more components; each once, with all the programs that it is a part of. */
export function merge(document: Document, more: readonly Component[]): Document {
  const all = new Map<string, Component>();
  for (const component of more) {
    const before = all.get(component["bom-ref"]);
    const properties = [...(before?.properties ?? []), ...(component.properties ?? [])];
    all.set(component["bom-ref"], { ...component, properties });
  }
  const isForDevelopment = ({ properties = [] }: Component) =>
    properties.some(({ name }) => name === "cdx:npm:package:development");
  const { component } = document.metadata;
  const name = component.purl.replace(/^pkg:npm\/|@.*$/g, ""); // npm takes the folder's name
  return {
    ...document,
    metadata: { ...document.metadata, component: { ...component, name } },
    components: [
      ...document.components.map(
        (npm): Component => (isForDevelopment(npm) ? { ...npm, scope: "excluded" } : npm),
      ),
      ...all.values(),
    ],
  };
}
