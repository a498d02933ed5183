import type { DeployedConsumer } from "../stack/consumers";
import type { Project } from "../stack/project";

const capitalized = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1);

/** How Pulumi's other languages spell arguments, if not like TypeScript and YAML. */
const spellings: Readonly<Record<string, (name: string) => string>> = {
  python: (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  go: capitalized,
  dotnet: capitalized,
};

/** What to change in the code of a program that doesn't read its arguments from the configuration. */
export function changeInCode(
  { declaredIn }: Pick<DeployedConsumer, "declaredIn">,
  args: Readonly<Record<string, string | number | boolean>>,
  { runtime }: Pick<Project, "runtime">,
): string {
  const spell = spellings[runtime] ?? ((name: string) => name);
  return [
    `Its arguments are in the program's code. Change them there, in ${declaredIn}:`,
    ...Object.entries(args).map(([name, value]) => `  ${spell(name)}: ${JSON.stringify(value)}`),
  ].join("\n");
}
