import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../common/paths";

/** What a bucket is measured with. */
export interface Settings {
  readonly tags?: Readonly<Record<string, string>>;
}

/** A Pulumi program that can be put into a folder. */
export interface Program {
  readonly name: string;
  readonly make: (path: string) => void;
  /** The content of its stack's file. */
  readonly config: (settings: Settings) => Record<string, unknown>;
}

/** Copies what a Pulumi program of this project needs, below the project's folder so that it finds node_modules. */
function copy(path: string, parts: readonly string[]): void {
  for (const part of [...parts, "package.json", "tsconfig.json", "tsconfig.pulumi.json"]) {
    cpSync(join(root, part), join(path, part), { recursive: true });
  }
}

/** The program of this project, as a user has it. */
export const thisProgram: Program = {
  name: "this program",
  make(path) {
    copy(path, ["components", "index.ts", "Pulumi.yaml"]);
  },
  config: ({ tags }) => ({ "s3-backup-target:tags": tags }),
};

/** The same resources without components and settings. */
export const bareProgram: Program = {
  name: "bare program",
  make(path) {
    copy(path, []);
    cpSync(join(__dirname, "bare", "index.ts"), join(path, "index.ts"));
    writeProject(path, "bare");
  },
  config: ({ tags }) => ({ "bare:tags": tags }),
};

/** Many backup targets in one program. */
export const manyTargets = (count: number): Program => ({
  name: "many targets",
  make(path) {
    thisProgram.make(path);
    const text = readFileSync(join(__dirname, "manyTargets", "index.ts"), "utf8");
    writeFileSync(join(path, "index.ts"), text.replace("../../components", "./components"));
  },
  config: () => ({ "s3-backup-target:targets": count }),
});

/** The program of this project, with many consumers of its one bucket. */
export const manyConsumers = (count: number): Program => ({
  ...thisProgram,
  config: () => ({
    "s3-backup-target:consumers": Object.fromEntries(
      Array.from({ length: count - 1 }, (_, index) => [`db${index + 2}`, {}]),
    ),
  }),
});

function writeProject(path: string, name: string): void {
  const project = readFileSync(join(root, "Pulumi.yaml"), "utf8");
  writeFileSync(join(path, "Pulumi.yaml"), project.replace(/^name: .*$/m, `name: ${name}`));
}
