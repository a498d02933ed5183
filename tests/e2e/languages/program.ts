import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { plainHttpVariable } from "../../../commands/stack/environment";
import { root } from "../../../common/paths";
import { withoutWaits } from "../../../components/providerWaits";
import { partsIn } from "../../../engine/layout";
import { awsConfig, saltIn, stackFile } from "../../support/awsConfig";
import { compiled } from "../../support/compiled";
import { environment, folder, type Outputs, passphrase, state } from "../../support/environment";
import { inSlot } from "../../support/semaphore";
import { ensureLanguages, hosts, venv } from "./install";

/** How a run of Pulumi ended, and all that it printed. */
export interface Finished {
  readonly code: number;
  readonly printed: string;
}

/** The outputs of the examples. */
export interface ExampleOutputs extends Outputs {
  readonly consumers: Readonly<Record<string, Outputs>>;
}

/** One of the examples as its reader has it: with the package installed, and a stack on the local AWS. */
export class Example {
  /** Everything that Pulumi printed, but for the outputs. */
  printed = "";

  private constructor(
    readonly folder: string,
    readonly stack: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async make(language: string, stack = "test"): Promise<Example> {
    const { engine, aws } = await environment();
    await ensureLanguages(engine);
    const path = join(folder, "languages", `${language}-${stack}`);
    cpSync(join(root, "examples", language), path, { recursive: true });
    installPackage(join(path, "node_modules"));
    symlinkSync(venv, join(path, "venv"));
    const { cli } = partsIn(engine.env.PULUMI_HOME ?? "");
    const example = new Example(path, stack, {
      ...process.env,
      ...engine.env,
      ...withoutWaits,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      AWS_CA_BUNDLE: aws.caFile,
      [plainHttpVariable]: aws.httpEndpoint,
      // The Python host that is built from Go modules does not read which virtual environment Pulumi.yaml names.
      PATH: [dirname(cli), hosts, join(venv, "bin"), process.env.PATH].join(delimiter),
    });
    await example.run("stack", "init", stack);
    const file = join(path, `Pulumi.${stack}.yaml`);
    writeFileSync(file, stackFile(awsConfig(aws.endpoint), saltIn(readFileSync(file, "utf8"))));
    return example;
  }

  /** Runs Pulumi; whatever the end. */
  async try(...args: string[]): Promise<Finished> {
    const finished = await this.end("pulumi", args);
    this.printed += finished.printed;
    return finished;
  }

  /** Runs a command of the package, as `npx s3-backup-target` does; whatever the end. */
  command(name: string, ...args: string[]): Promise<Finished> {
    return this.end(process.execPath, [compiled("commands/main.ts"), name, "--stack", this.stack, ...args]);
  }

  private end(program: string, args: readonly string[]): Promise<Finished> {
    const options = { cwd: this.folder, env: this.environment, maxBuffer: 2 ** 28 };
    return inSlot(
      () =>
        new Promise((resolve) => {
          execFile(program, args, options, (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
          );
        }),
    );
  }

  /** Runs Pulumi, and throws what it said where it fails. */
  async run(...args: string[]): Promise<string> {
    const { code, printed } = await this.try(...args);
    if (code !== 0) {
      throw new Error(`pulumi ${args.join(" ")}:\n${printed}`);
    }
    return printed;
  }

  up = (...args: string[]) => this.run("up", "--yes", "--skip-preview", ...args);
  destroy = () => this.run("destroy", "--yes", "--skip-preview");

  /** The outputs, those that are secret in plain or as Pulumi shows them. */
  async outputs({ plain = true } = {}): Promise<ExampleOutputs> {
    const before = this.printed;
    const text = await this.run("stack", "output", "--json", ...(plain ? ["--show-secrets"] : []));
    this.printed = before;
    // Python exports what is inside of an output by the names that it has in Python.
    return JSON.parse(
      text.replace(/"\w+":/g, (key) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())),
    );
  }

  /** The stack's state on disk. */
  stateText = () => {
    const project = /^name: (.*)$/m.exec(this.read("Pulumi.yaml"))?.[1] ?? "";
    return readFileSync(join(state, ".pulumi", "stacks", project, `${this.stack}.json`), "utf8");
  };

  read = (file: string): string => readFileSync(join(this.folder, file), "utf8");
  write = (file: string, text: string): void => writeFileSync(join(this.folder, file), text);

  /** Changes its source as its author does. */
  edit(file: string, ...changes: readonly (readonly [from: string, to: string])[]): void {
    for (const [from, to] of changes) {
      const text = this.read(file);
      if (!text.includes(from)) {
        throw new Error(`${file} has no ${from}.`);
      }
      this.write(file, text.replace(from, to));
    }
  }
}

/** What `npm install s3-backup-target` leaves, but from the sources of the project. */
function installPackage(modules: string): void {
  const bin = join(modules, ".bin", "pulumi-resource-s3-backup-target");
  mkdirSync(dirname(bin), { recursive: true });
  const script = `#!/bin/sh\nexec node ${compiled("provider/index.ts")} "$@"\n`;
  writeFileSync(bin, script, { mode: 0o755 });
  const main = compiled("components/index.ts");
  const manifest = join(modules, "s3-backup-target", "package.json");
  mkdirSync(dirname(manifest));
  writeFileSync(manifest, JSON.stringify({ name: "s3-backup-target", main }));
}
