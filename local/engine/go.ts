import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors";
import { run } from "./run";

/** The Go that builds the module in this folder, or undefined where there is none. */
export async function goVersion(moduleDir: string): Promise<string | undefined> {
  try {
    // In the module's folder, because Go may fetch and use the newer Go that a go.mod asks for.
    return (await run("go", ["env", "GOVERSION"], { cwd: moduleDir })).trim();
  } catch {
    return undefined;
  }
}

export async function requireGo(moduleDirs: readonly string[]): Promise<void> {
  const versions = await Promise.all(moduleDirs.map(goVersion));
  const needs = moduleDirs.map(
    (dir) => `go${/^go (\S+)/m.exec(readFileSync(join(dir, "go.mod"), "utf8"))?.[1]}`,
  );
  if (needs.every((need, i) => compare(versions[i] ?? "", need) >= 0)) return;
  const found = versions[0] === undefined ? "`go` does not run here" : `this is ${versions[0]}`;
  throw new UserError(
    `The local Pulumi engine is built with ${needs.sort(compare).at(-1)} or later, and ${found}. Install it from https://go.dev/dl.`,
  );
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
