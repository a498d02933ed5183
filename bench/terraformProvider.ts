import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { engineDir } from "../local/engine/layout";
import { type Log, withProgress } from "../local/engine/progress";
import { run } from "../local/engine/run";
import { UserError } from "../local/errors";

// The bridge in aws/main.go was tried with 5.100; @pulumi/aws 7 itself builds on 6.
const MAJORS = ["5", "6"];
const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;

/** Puts a link to a terraform-provider-aws of this machine at the path, unless a good one is there. */
export async function linkTerraformProvider(link: string, log: Log): Promise<void> {
  if (existsSync(link)) return;
  const provider = newestIn(placesToLook()) ?? (await fetchWithTerraform(log));
  log(`terraform-provider-aws: ${provider}`);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(provider, link);
}

/** Where Terraform itself looks for providers, and mirrors for many users of a machine. */
function placesToLook(): string[] {
  const home = homedir();
  const shared = ["/opt", "/srv", "/usr/local/share", "/usr/local/lib"];
  return [
    process.env.TF_PLUGIN_CACHE_DIR ?? [],
    placesInCliConfiguration(process.env.TF_CLI_CONFIG_FILE ?? join(home, ".terraformrc")),
    join(home, ".terraform.d", "plugins"),
    join(home, ".terraform.d", "plugin-cache"),
    join(process.env.XDG_DATA_HOME ?? join(home, ".local", "share"), "terraform", "plugins"),
    join(home, "Library", "Application Support", "io.terraform", "plugins"),
    "/Library/Application Support/io.terraform/plugins",
    "/usr/share/terraform/plugins",
    shared.flatMap((dir) => children(dir).flatMap((child) => [child, ...children(child)])),
  ].flat();
}

function placesInCliConfiguration(file: string): string[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8").replace(/^\s*(#|\/\/).*$/gm, "");
  const caches = text.matchAll(/^\s*plugin_cache_dir\s*=\s*"(.+?)"/gm);
  const mirrors = text.matchAll(/filesystem_mirror\s*\{[^}]*?\bpath\s*=\s*"(.+?)"/g);
  return [...caches, ...mirrors].map(([, path = ""]) => path.replace(/^(\$HOME|~)(?=\/)/, homedir()));
}

/** A place holds <registry>/hashicorp/aws/<version>/<os>_<arch>/terraform-provider-aws…, unpacked. */
function newestIn(places: readonly string[]): string | undefined {
  return places
    .flatMap(children)
    .flatMap((registry) => children(join(registry, "hashicorp", "aws")))
    .filter((version) => MAJORS.includes(basename(version).split(".")[0] ?? ""))
    .sort((a, b) => basename(b).localeCompare(basename(a), "en", { numeric: true }))
    .flatMap((version) => children(join(version, platform)))
    .find((file) => basename(file).startsWith("terraform-provider-aws"));
}

function children(dir: string): string[] {
  try {
    return readdirSync(dir).map((name) => join(dir, name));
  } catch {
    return [];
  }
}

async function fetchWithTerraform(log: Log): Promise<string> {
  const dir = join(engineDir, "terraform");
  const provider = { source: "hashicorp/aws", version: ">= 5.0, < 7.0" };
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, "main.tf.json"),
    JSON.stringify({ terraform: { required_providers: { aws: provider } } }),
  );
  let reason: unknown = "";
  try {
    const init = run("terraform", ["init", "-input=false", "-no-color"], {
      cwd: dir,
      timeoutMinutes: 10,
    });
    await withProgress(log, () => "terraform init fetches the aws provider", init);
  } catch (error) {
    reason = error instanceof Error ? error.message : error;
  }
  const fetched = newestIn([join(dir, ".terraform", "providers")]);
  if (fetched !== undefined) return fetched;
  throw new UserError(
    `The local Pulumi engine needs terraform-provider-aws 5 or 6 for ${platform}, and there is none on this machine.
Looked for, unpacked, in TF_PLUGIN_CACHE_DIR, the mirrors of the Terraform CLI configuration, ~/.terraform.d, Terraform's
own plugin folders, /opt, /srv and /usr/local. Install Terraform and let it reach its registry, or unpack the provider into
~/.terraform.d/plugins/registry.terraform.io/hashicorp/aws/<version>/${platform}/. What Terraform said just now:
${reason}`,
  );
}
