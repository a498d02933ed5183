import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../common/errors";
import { type RunOptions, run } from "./run";

/** Runs Go; throws an explained error if it fails. */
export async function runGo(args: readonly string[], options: RunOptions): Promise<string> {
  try {
    return await run("go", args, options);
  } catch (error) {
    throw new UserError(meaningOf(error instanceof Error ? error.message : String(error)));
  }
}

/** What a failure of Go means for the user who builds the engine; Go's own message if there is nothing to add. */
export function meaningOf(said: string): string {
  if (said.includes("no space left on device")) {
    return `The disk is full. The build needs 6 GB in Go's caches (go env GOMODCACHE GOCACHE) and 300 MB in .local: free some space, and run this again. It resumes where it stopped.`;
  }
  const [, module, version, reason] =
    /(?:^go: |^|")([^\s"@]+\.[^\s"@]+)@(v[^\s:"]+): (.+?)"?$/m.exec(said) ?? [];
  if (module !== undefined) {
    return `The Go module ${module} ${version} cannot be downloaded: ${reason}. Let Go reach a module proxy that has it (go env GOPROXY), and run this again. It resumes where it stopped.`;
  }
  return said;
}

/** The Go that builds the module in this folder, or undefined if there is none. */
export async function goVersion(moduleDir: string): Promise<string | undefined> {
  // In the module's folder, because Go may fetch and use a newer Go that go.mod requires. If it can't, some versions fail there,
  // and report their own version only elsewhere.
  for (const cwd of [moduleDir, tmpdir()]) {
    try {
      return (await run("go", ["env", "GOVERSION"], { cwd })).trim();
    } catch {
      // Tried elsewhere, or not there at all.
    }
  }
  return undefined;
}

/** Throws unless Go is here, and new enough for the modules in these folders. */
export async function requireGo(moduleDirs: readonly string[]): Promise<void> {
  const versions = await Promise.all(moduleDirs.map(goVersion));
  const needs = moduleDirs.map(
    (dir) => `go${/^go (\S+)/m.exec(readFileSync(join(dir, "go.mod"), "utf8"))?.[1]}`,
  );
  if (needs.every((need, i) => compare(versions[i] ?? "", need) >= 0)) {
    return;
  }
  const found = versions[0] === undefined ? "`go` cannot be run" : `this is ${versions[0]}`;
  throw new UserError(
    `The official Pulumi engine could not be downloaded, and building it needs ${needs.sort(compare).at(-1)} or later; ${found}. Install Go from https://go.dev/dl, or allow the download.`,
  );
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
