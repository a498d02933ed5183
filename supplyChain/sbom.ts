// Behind `npm run sbom`: writes a CycloneDX document of everything that the project pins. npm tells its packages, and
// which of them run with the program; what is for this machine only is added, with the scope `excluded`.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../common/errors";
import { root } from "../common/paths";
import { runScript } from "../common/script";
import { linkAwsProvider } from "../engine/awsProvider";
import { type Component, type Document, goComponents, merge, pythonComponents } from "./components";
import { goPrograms, type Place, pythonPackages, pythonRequirements, runToEnd } from "./packages";

async function outputOf(command: string, args: readonly string[], place?: Place): Promise<string> {
  const { stdout, stderr, exitCode } = await runToEnd(command, args, place);
  if (exitCode !== 0) {
    throw new UserError(`${command} ${args[0]} failed:\n${stderr.trim()}`);
  }
  return stdout;
}

async function main(): Promise<void> {
  const npm = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
  const document: Document = JSON.parse(await outputOf("npm", npm));
  const more: Component[] = [];
  await linkAwsProvider();
  for (const { name, program, place } of goPrograms) {
    // The modules that the program is compiled from; a go.mod names many more.
    // One that is replaced by a folder keeps its version.
    const format =
      "{{with .Module}}{{if not .Main}}{{$is := .}}{{with .Replace}}{{if .Version}}{{$is = .}}{{end}}{{end}}{{$is.Path}} {{$is.Version}}{{end}}{{end}}";
    more.push(...goComponents(name, await outputOf("go", ["list", "-deps", "-f", format, program], place)));
  }
  for (const [name, file] of Object.entries(pythonRequirements)) {
    more.push(...pythonComponents(name, pythonPackages(file)));
  }
  const folder = join(root, "sbom");
  const file = join(folder, "s3-backup-target.cdx.json");
  mkdirSync(folder, { recursive: true });
  const merged = merge(document, more);
  writeFileSync(file, `${JSON.stringify(merged, undefined, 2)}\n`);
  const running = merged.components.filter(({ scope }) => scope !== "excluded").length;
  console.log(
    `${basename(folder)}/${basename(file)}: ${merged.components.length} components, ${running} of which run with the program.`,
  );
}

runScript(main);
