import { lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../common/errors";
import { runGo } from "./go";
import { engineDir } from "./layout";

/** The provider that the aws plugin is made from. The Go module has no release, but the module proxy has its main branch. */
export const awsProvider = {
  name: "terraform-provider-aws 6.47.1",
  module: "github.com/hashicorp/terraform-provider-aws",
  version: "v1.60.1-0.20260602190131-5f2286d6d836",
  sum: "h1:haLmsj0WF7e6d2TGbk0fbz5qWdA9f8w9sNpMe6J6WqM=",
};

// The plugin's go.mod and overlay.json name this path. Go refuses to overlay files in its module cache, but only looks at the
// path, so the path goes through this link.
const link = join(engineDir, "terraform-provider-aws");

/** Fetches the provider's source, unless Go already has it, and links to it. */
export async function linkAwsProvider(signal?: AbortSignal): Promise<void> {
  const { module, version, sum } = awsProvider;
  mkdirSync(engineDir, { recursive: true });
  // Outside the plugin's module, which would return its replacement of the provider.
  const args = ["mod", "download", "-json", `${module}@${version}`];
  const { Dir, Sum } = JSON.parse(
    await runGo(args, { cwd: engineDir, timeoutMinutes: 10, ...(signal && { signal }) }),
  );
  if (Sum !== sum) {
    throw new UserError(`The Go module ${module} ${version} has the checksum ${Sum} instead of ${sum}.`);
  }
  rmSync(link, {
    force: true,
    recursive: lstatSync(link, { throwIfNoEntry: false })?.isDirectory() ?? false,
  });
  symlinkSync(Dir, link, "junction");
}
