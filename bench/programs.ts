import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../local/paths";

/** Copies what a Pulumi program of this project needs, below the project's folder so that it finds node_modules. */
function copy(path: string, parts: readonly string[]): void {
  for (const part of [...parts, "package.json", "tsconfig.json"]) {
    cpSync(join(root, part), join(path, part), { recursive: true });
  }
}

/** The program of this project, as a user has it. */
export function makeThisProgram(path: string): void {
  copy(path, ["components", "index.ts", "Pulumi.yaml"]);
}

/** The same resources without components and settings. */
export function makeBareProgram(path: string): void {
  copy(path, []);
  cpSync(join(__dirname, "bare", "index.ts"), join(path, "index.ts"));
  const project = readFileSync(join(root, "Pulumi.yaml"), "utf8");
  writeFileSync(join(path, "Pulumi.yaml"), project.replace(/^name: .*$/m, "name: bare"));
}
