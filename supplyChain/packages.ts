import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../common/paths";
import { parts } from "../engine/build";

/** Where a program runs. */
export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Where govulncheck is pinned. */
export const govulncheckPlace: Place = { cwd: join(__dirname, "govulncheck") };

/** The Go programs: those of the engine, and the one that looks for weaknesses in them. */
export const goPrograms = [
  ...parts.flatMap(({ module, programs, flags }) =>
    Object.keys(programs).map((program) => ({
      ...{ name: basename(program), program },
      place: { cwd: module, env: { GOFLAGS: flags.join(" ") } },
    })),
  ),
  { name: "govulncheck", program: "tool", place: govulncheckPlace },
];

/** The Python programs, each by the file that pins its packages. */
export const pythonRequirements = {
  "local AWS": join(root, "local", "aws", "requirements.txt"),
  "pip-audit": join(__dirname, "pipAudit", "requirements.txt"),
} as const;

/** What a requirements.txt pins, on whatever platform. */
export function pythonPackages(file: string): { name: string; version: string; sha256: string[] }[] {
  return readFileSync(file, "utf8")
    .split(/^(?=[A-Za-z0-9])/m)
    .flatMap((text) => {
      const [, name, version] = /^([A-Za-z0-9._-]+)==([^\s;]+)/.exec(text) ?? [];
      const sha256 = [...text.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, hash = ""]) => hash);
      return name === undefined || version === undefined ? [] : [{ name, version, sha256 }];
    });
}

/** What a program ended with; whatever its exit code is, it is no error here. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a program to its end. Where it does not run at all, `stderr` says so. */
export function runToEnd(
  command: string,
  args: readonly string[],
  { cwd = root, env }: Place = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 29 },
      (error, stdout, stderr) => {
        const exitCode = typeof error?.code === "number" ? error.code : error ? 1 : 0;
        resolve({ stdout, stderr: error && stderr.trim() === "" ? error.message : stderr, exitCode });
      },
    );
  });
}
