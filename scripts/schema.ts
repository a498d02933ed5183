// `npm run schema` writes provider/schema.json: the description of the components for other languages. It is generated from their
// sources, including the comments, so that nothing is written twice; tests/unit/schema.test.ts fails if the file is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../common/paths";
import { accessNames, profiles } from "../components/access/profiles";

/** A type in a Pulumi package schema. */
interface TypeSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
  /** Whether the program must know the value when it runs. */
  readonly plain?: true;
}

/** A property in a Pulumi package schema. */
interface PropertySpec extends TypeSpec {
  readonly description: string;
}

/** The properties of an object, and which of them are required. */
interface ObjectSpec {
  readonly properties: Record<string, PropertySpec>;
  readonly required: string[];
}

/** An object or an enumeration that properties refer to. */
type NamedType =
  | (ObjectSpec & { readonly type: "object"; readonly description: string })
  | {
      readonly type: "string";
      readonly description: string;
      readonly enum: { readonly name: string; readonly value: string; readonly description?: string }[];
    };

/** A component: its outputs, and its arguments. */
export interface ResourceSpec extends ObjectSpec {
  readonly description: string;
  readonly isComponent: true;
  readonly inputProperties: Record<string, PropertySpec>;
  readonly requiredInputs: string[];
}

/** The parts of a Pulumi package schema that ours has. */
export interface Schema {
  readonly [about: string]: unknown;
  readonly version: string;
  readonly types: Record<string, NamedType>;
  readonly resources: Record<string, ResourceSpec>;
}

const packageName = "s3-backup-target";
const components = ["BackupBucket", "BackupConsumer", "BackupTarget"];
const languages = ["csharp", "go", "java", "nodejs", "python"];

/** The sources of the components, without those of Pulumi, whose types are known by their names. */
function parseSources(): { checker: ts.TypeChecker; module: ts.Symbol } {
  const file = join(root, "components", "index.ts");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    strict: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) =>
      text.startsWith(".") ? ts.resolveModuleName(text, from, options, host) : { resolvedModule: undefined },
    );
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) {
    throw new Error(`${file} is not a module.`);
  }
  return { checker, module };
}

/** A comment's text, without its example, which is in TypeScript. */
function describe(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const text = (parts: ts.SymbolDisplayPart[] = []) =>
    ts
      .displayPartsToString(parts)
      .replace(/\{@link (\w+) *\}/g, "`$1`")
      .replace(/\s*```[\s\S]*?```\s*/g, "")
      .replace(/\s*\n\s*/g, " ");
  const said = symbol.getJsDocTags(checker).find(({ name }) => name === "default");
  const [, word, rest = ""] = /^(- |"[^"]*"|\S+)(.*)$/.exec(text(said?.text)) ?? [];
  const value = word === undefined ? "" : ` Default: ${word === "- " ? rest : `\`${word}\`${rest}`}.`;
  return `${text(symbol.getDocumentationComment(checker))}${value}`;
}

/** The values of a union: profiles in the order of their table, which the compiler doesn't keep. */
function valuesOf(type: ts.UnionType): string[] {
  const order: readonly string[] = accessNames;
  return type.types
    .map((member) => (member as ts.StringLiteralType).value)
    .sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

/** The package's schema, from the current sources. */
export function makeSchema(): Schema {
  const { checker, module } = parseSources();
  const { version, description, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const types: Record<string, NamedType> = {};

  /** A reference to a type with a name; undefined for a resource, which another language does not get. */
  function named(node: ts.TypeReferenceNode): TypeSpec | undefined {
    const type = checker.getTypeFromTypeNode(node);
    const here = checker.getSymbolAtLocation(node.typeName);
    const symbol = here && here.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(here) : here;
    const [declaration] = symbol?.declarations ?? [];
    if (symbol === undefined || declaration === undefined || ts.isClassDeclaration(declaration)) {
      return undefined;
    }
    // Without the ending that the languages' generators add themselves.
    const token = `${packageName}:index:${symbol.name.replace(/Args$/, "")}`;
    const about = describe(symbol, checker);
    types[token] = type.isUnion()
      ? {
          type: "string",
          description: about,
          enum: valuesOf(type).map((value) => {
            const name = value.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
            return Object.hasOwn(profiles, value)
              ? { name, value, description: profiles[value as keyof typeof profiles].title }
              : { name, value };
          }),
        }
      : { type: "object", description: about, ...object(checker.getPropertiesOfType(type)) };
    return { $ref: `#/types/${token}` };
  }

  /** What a type is in the schema; plain, unless it is an Input, or a map that more than plain values can be in. */
  function specOf(node: ts.TypeNode | undefined): TypeSpec | undefined {
    if (node === undefined) {
      return undefined;
    }
    if (ts.isUnionTypeNode(node)) {
      return specOf(node.types.find(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword));
    }
    if (ts.isArrayTypeNode(node)) {
      const items = specOf(node.elementType);
      return items && { type: "array", items, plain: true };
    }
    if (!ts.isTypeReferenceNode(node)) {
      const word = node.getText();
      return { type: word === "number" ? "integer" : word, plain: true };
    }
    const [first, second] = node.typeArguments ?? [];
    switch (node.typeName.getText()) {
      case "pulumi.Input":
      case "pulumi.Output": {
        const { plain: _, ...spec } = specOf(first) ?? {};
        return spec;
      }
      case "Readonly":
        return specOf(first);
      case "Record": {
        const { plain: _, ...additionalProperties } = specOf(second) ?? {};
        return { type: "object", additionalProperties };
      }
      default: {
        const spec = named(node);
        return spec && { ...spec, plain: true };
      }
    }
  }

  function object(symbols: readonly ts.Symbol[]): ObjectSpec {
    const known = symbols.flatMap((symbol): [ts.Symbol, PropertySpec][] => {
      const [declaration] = symbol.declarations ?? [];
      const isProperty =
        declaration !== undefined &&
        (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration));
      const spec = isProperty ? specOf(declaration.type) : undefined;
      if (spec === undefined) {
        return [];
      }
      return [[symbol, { ...spec, description: describe(symbol, checker) }]];
    });
    const sorted = known.sort(([a], [b]) => a.name.localeCompare(b.name, "en"));
    return {
      properties: Object.fromEntries(sorted.map(([{ name }, spec]) => [name, spec])),
      required: sorted
        .filter(([{ flags, valueDeclaration }]) => {
          const type =
            valueDeclaration && ts.isPropertyDeclaration(valueDeclaration) && valueDeclaration.type;
          const maybe = type && ts.isUnionTypeNode(type);
          return !(flags & ts.SymbolFlags.Optional) && !maybe;
        })
        .map(([{ name }]) => name),
    };
  }

  const resources = components.map((name): [string, ResourceSpec] => {
    const exported = checker.tryGetMemberInModuleExports(name, module);
    const symbol = exported && checker.getAliasedSymbol(exported);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || !ts.isClassDeclaration(declaration)) {
      throw new Error(`components/index.ts exports no class ${name}.`);
    }
    const declared = declaration.members.find(ts.isConstructorDeclaration);
    const args = declared?.parameters[1]?.type;
    const inputs = object(args ? checker.getPropertiesOfType(checker.getTypeFromTypeNode(args)) : []);
    return [
      `${packageName}:index:${name}`,
      {
        description: describe(symbol, checker),
        isComponent: true,
        ...object([...(symbol.members?.values() ?? [])]),
        inputProperties: inputs.properties,
        requiredInputs: inputs.required,
      },
    ];
  });
  return {
    name: packageName,
    displayName: "S3 backup target",
    version,
    description,
    license,
    // The source of all languages' SDK versions.
    language: Object.fromEntries(languages.map((language) => [language, { respectSchemaVersion: true }])),
    types: Object.fromEntries(Object.entries(types).sort()),
    resources: Object.fromEntries(resources),
  };
}

/** Where the schema is. */
export const schemaFile = join(root, "provider", "schema.json");

/** The schema as the file has it. */
export const schemaText = (): string => `${JSON.stringify(makeSchema(), null, 2)}\n`;

if (require.main === module) {
  writeFileSync(schemaFile, schemaText());
}
