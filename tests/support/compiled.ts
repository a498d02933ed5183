import { rmSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { localFolder, root } from "../../common/paths";

/** What runs without tsx, as it does from the npm package; local/aws is what recoverOnce.ts needs beside that. */
const parts = ["commands", "common", "components", "provider", "local/aws", "tests/e2e/tools"];
const folder = join(localFolder, "compiled");

/** Compiles them, once for all processes of a test run: a new process then takes half as long as with tsx. */
export function compile(): void {
  rmSync(folder, { recursive: true, force: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: [...parts.map((part) => `${part}/**/*.ts`), "provider/schema.json"],
    outdir: folder,
    outbase: root,
    format: "cjs",
    platform: "node",
    loader: { ".json": "copy" },
  });
}

/** The JavaScript of a source. */
export const compiled = (source: string): string => join(folder, source.replace(/\.ts$/, ".js"));
