import { execFile } from "node:child_process";
import { root } from "../../common/paths";
import { compiled } from "./compiled";

/** How a call of the command line ended. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** This process's environment, as if npm had not started it. */
export const withoutNpm = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")),
);

/**
 * Calls the command line in a folder, as `npx s3-backup-target` does.
 *
 * @param options.node arguments for Node itself
 */
export function callCommandLine(
  args: readonly string[],
  { cwd = root, env = {}, node = [] as readonly string[] } = {},
): Promise<Called> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...node, compiled("commands/main.ts"), ...args],
      { cwd, env: { ...withoutNpm, ...env } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
