import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Engine } from "../engine";
import { partsIn } from "../engine/layout";
import { awsConfig, saltIn, stackFile } from "../tests/support/awsConfig";
import type { Action, System } from "./deployment";
import { type Command, measure } from "./measure";
import type { Program } from "./programs";

const stack = "bench";
const commands: Readonly<Record<Action, readonly string[]>> = {
  deploy: ["up", "--yes", "--skip-preview"],
  preview: ["preview"],
  destroy: ["destroy", "--yes", "--skip-preview"],
};

/** A Pulumi program, run by the engine of this project, with its state in a folder. */
export function pulumiSystem(program: Program, engine: Engine): System {
  const { cli } = partsIn(engine.env.PULUMI_HOME ?? "");
  return {
    name: program.name,
    version: engine.description,
    refreshes: false,
    async prepare(path, endpoint, settings) {
      const state = join(path, "state");
      mkdirSync(state, { recursive: true });
      const pulumi = (...args: string[]): Command => ({
        file: cli,
        args,
        cwd: path,
        env: {
          ...engine.env,
          PATH: `${dirname(cli)}${delimiter}${process.env.PATH}`,
          PULUMI_BACKEND_URL: `file://${state}`,
          PULUMI_CONFIG_PASSPHRASE: "bench",
          // With the transpiler's cache from an earlier run, a first deployment wouldn't be one.
          TS_NODE_CACHE_DIRECTORY: join(path, "transpiled"),
        },
      });
      const file = join(path, `Pulumi.${stack}.yaml`);
      const write = (salt: string, wanted: typeof settings) =>
        writeFileSync(file, stackFile({ ...awsConfig(endpoint), ...program.config(wanted) }, salt));
      program.make(path);
      write("", settings);
      await measure(pulumi("stack", "init", stack));
      return {
        command: (action, refresh) =>
          pulumi(...commands[action], ...(refresh === true ? ["--refresh"] : []), "--stack", stack),
        set: (wanted) => write(saltIn(readFileSync(file, "utf8")), wanted),
        outputs: async () =>
          JSON.parse(
            (await measure(pulumi("stack", "output", "--json", "--show-secrets", "--stack", stack))).stdout,
          ),
      };
    },
  };
}
