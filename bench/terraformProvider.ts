import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { awsProvider } from "../engine/awsProvider";
import { awsModule, buildParts } from "../engine/build";
import { engineDir } from "../engine/layout";
import { withLock } from "../engine/lock";
import type { Log } from "../engine/progress";

const [name = "", version = ""] = awsProvider.name.split(" ");
const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
// As `terraform init -plugin-dir` looks for it.
const mirror = join(engineDir, "terraform");
const folder = join(mirror, "registry.terraform.io", "hashicorp", "aws", version, platform);

/**
 * Builds the provider for Terraform, unless it exists: from the sources that the aws plugin is built from, with the same
 * services, so that nothing but Terraform differs.
 */
export async function buildTerraformProvider(log: Log): Promise<{ version: string; mirror: string }> {
  const provider = {
    name: `${name} for Terraform`,
    ...awsModule,
    programs: { [awsProvider.module]: join(folder, `${name}_v${version}`) },
    ldflags: [`-s -w -X ${awsProvider.module}/version.ProviderVersion=${version}`],
  };
  mkdirSync(engineDir, { recursive: true });
  await withLock(join(engineDir, "lock"), log, () => buildParts([provider], log));
  return { version, mirror };
}
