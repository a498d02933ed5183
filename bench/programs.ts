import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../local/errors";
import { root } from "../local/paths";

/** What a bucket is measured with. */
export interface Settings {
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether it has its lifecycle: the AWS provider watches a new one for 55 seconds. */
  readonly lifecycle: boolean;
}

/** A Pulumi program that can be put into a folder. */
export interface Program {
  readonly name: string;
  readonly make: (path: string, settings: Settings) => void;
  /** What its stack's file says. */
  readonly config: (settings: Settings) => Record<string, unknown>;
}

/** Copies what a Pulumi program of this project needs, below the project's folder so that it finds node_modules. */
function copy(path: string, parts: readonly string[]): void {
  for (const part of [...parts, "package.json", "tsconfig.json"]) {
    cpSync(join(root, part), join(path, part), { recursive: true });
  }
}

/** The statement that makes the lifecycle, in `components/backupBucket.ts`. */
const lifecycleStatement = /^ {4}new [\w.]*BucketLifecycleConfiguration\($.*?^ {4}\);$/gms;

/**
 * The program of this project, as a user has it. It has no setting for a bucket without a lifecycle: for that, the one
 * statement is cut out.
 */
export const thisProgram: Program = {
  name: "this program",
  make(path, { lifecycle }) {
    copy(path, ["components", "index.ts", "Pulumi.yaml"]);
    if (!lifecycle) {
      const file = join(path, "components", "backupBucket.ts");
      const text = readFileSync(file, "utf8");
      if (text.match(lifecycleStatement)?.length !== 1) {
        throw new UserError(
          "components/backupBucket.ts does not make its lifecycle where bench/programs.ts expects it.",
        );
      }
      writeFileSync(file, text.replace(lifecycleStatement, ""));
    }
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
  config: ({ tags, lifecycle }) => ({ "bare:tags": tags, "bare:lifecycle": lifecycle }),
};

/** Many backup targets in one program. */
export const manyTargets = (count: number): Program => ({
  name: "many targets",
  make(path, settings) {
    thisProgram.make(path, settings);
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
