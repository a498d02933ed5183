import { randomBytes } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../engine/progress";
import type { Action, System } from "./deployment";
import { folder } from "./folder";
import { type Command, measure } from "./measure";
import { buildTerraformProvider } from "./terraformProvider";

const commands: Readonly<Record<Action, readonly string[]>> = {
  deploy: ["apply", "-auto-approve"],
  preview: ["plan"],
  destroy: ["destroy", "-auto-approve"],
};

const terraform = (cwd: string, ...args: string[]): Command => ({
  file: "terraform",
  args,
  cwd,
  // Pulumi doesn't check for a newer version either.
  env: { CHECKPOINT_DISABLE: "1" },
});

/** Terraform, if it is on the PATH, with the provider that the aws plugin is made from. */
export async function terraformSystem(log: Log): Promise<System | undefined> {
  const found = await measure(terraform(folder, "version", "-json")).catch(() => undefined);
  if (found === undefined) {
    return undefined;
  }
  const { version, mirror } = await buildTerraformProvider(log);
  return {
    name: "Terraform",
    refreshes: true,
    version: `Terraform ${JSON.parse(found.stdout).terraform_version} with terraform-provider-aws ${version}, of the same sources and services`,
    async prepare(path, endpoint, settings) {
      cpSync(join(__dirname, "terraform"), path, { recursive: true });
      const suffix = randomBytes(4).toString("hex").slice(1);
      const write = ({ tags = {} }: typeof settings) =>
        writeFileSync(join(path, "terraform.tfvars.json"), JSON.stringify({ endpoint, suffix, tags }));
      write(settings);
      await measure(terraform(path, "init", "-input=false", `-plugin-dir=${mirror}`));
      return {
        command: (action, refresh = true) =>
          terraform(path, ...commands[action], "-input=false", ...(refresh ? [] : ["-refresh=false"])),
        set: write,
        outputs: async () => {
          const { stdout } = await measure(terraform(path, "output", "-json"));
          // Each is shown as { sensitive, type, value }.
          return JSON.parse(stdout, (_name, output) => output?.value ?? output);
        },
      };
    },
  };
}
