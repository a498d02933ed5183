import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setPriority } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../common/paths";
import { packageName as project } from "../../components/commandLine";
import { atTheEnd, clones, environment } from "./environment";
import { environmentOf, processes } from "./processes";
import { inSlot, priority } from "./semaphore";

export interface RunOptions {
  /** What differs from a fresh terminal's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Presses Ctrl-C when this has been printed. */
  readonly interruptAt?: RegExp;
  /** Does that to the command once an engine at work has all its parts. */
  readonly whenEngineRuns?: (pid: number) => void;
}

/** What npm, Node and Pulumi complain of, but for settings of npm on this machine. */
export const complaints = (printed: string): string[] =>
  printed.split("\n").filter((line) => /warn|deprecat/i.test(line) && !/Unknown \w+ config/.test(line));

/** How a command ended, and all that it printed, in the order in which it did. */
export interface Ended {
  readonly code: number | null;
  readonly printed: string;
  readonly stdout: string;
  /** From the Ctrl-C, if there was one, else from the beginning. */
  readonly seconds: number;
}

/** What a person has who has just cloned the project, as it is in this folder now. */
export class Clone {
  private constructor(
    readonly folder: string,
    readonly port: number,
    /** The content of its files when it was made, by path. */
    private readonly files: ReadonlyMap<string, string>,
  ) {}

  /**
   * @param engine whether the engine is there already, as after a first `npm start`
   * @param packages whether those of npm are
   */
  static async make(name: string, { engine = true, packages = true } = {}): Promise<Clone> {
    await environment(); // which installs what the clone links to
    const path = join(clones, name);
    const port = await freePort();
    const files = new Map<string, string>();
    for (const file of projectFiles()) {
      const text = readFileSync(join(root, file), "utf8");
      const own = file === "Pulumi.dev.yaml" ? asCommitted(text, port) : text;
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), own);
      files.set(file, own);
    }
    // Each package by a link of its own: an npm that took the clone for out of date would remove the links only.
    const installed = packages
      ? readdirSync(join(root, "node_modules")).map((entry) => join("node_modules", entry))
      : [];
    for (const link of [
      ...installed,
      join(".local", "aws", "venv"),
      ...(engine ? [join(".local", "engine")] : []),
    ]) {
      mkdirSync(dirname(join(path, link)), { recursive: true });
      symlinkSync(join(root, link), join(path, link));
    }
    const clone = new Clone(path, port, files);
    atTheEnd(async () => clone.endAll());
    return clone;
  }

  /** Runs a command as a user does, in its own terminal. */
  run = (command: string, options: RunOptions = {}): Promise<Ended> =>
    inSlot(() => this.runNow(command, options));

  private runNow(command: string, { env = {}, interruptAt, whenEngineRuns }: RunOptions): Promise<Ended> {
    let started = Date.now();
    const child = spawn("sh", ["-c", command], {
      cwd: this.folder,
      env: { ...terminal(), ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { priority: nice } = priority();
    if (child.pid !== undefined && nice !== undefined) {
      setPriority(child.pid, nice);
    }
    let printed = "";
    let stdout = "";
    let interrupted = interruptAt === undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        stdout += stream === child.stdout ? text : "";
        if (!interrupted && child.pid !== undefined && interruptAt?.test(printed)) {
          interrupted = true;
          started = Date.now();
          process.kill(-child.pid, "SIGINT");
        }
      });
    }
    let acted = whenEngineRuns === undefined;
    const watch = setInterval(() => {
      if (!acted && child.pid !== undefined && this.engineRuns()) {
        acted = true;
        started = Date.now();
        whenEngineRuns?.(child.pid);
      }
    }, 100);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      // npm ends by the signal itself when its script has ended.
      child.on("close", (code, signal) => {
        clearInterval(watch);
        if (!acted) {
          reject(new Error(`No engine ran in ${command}:\n${printed}`));
        }
        resolve({
          code: signal === "SIGINT" ? 130 : code,
          printed,
          stdout,
          seconds: (Date.now() - started) / 1000,
        });
      });
    });
  }

  /** Does so after `. .local/env`. */
  runByHand = (command: string): Promise<Ended> => this.run(`. .local/env && ${command}`);

  /** Its local AWS, once that has been started. */
  get aws() {
    return {
      endpoint: `https://127.0.0.1:${this.port}`,
      caFile: join(this.folder, ".local", "aws", "dev", "certificate.pem"),
    };
  }

  read = (file: string): string => readFileSync(join(this.folder, file), "utf8");

  /** The files that are not any more as they were cloned. */
  changed = (): string[] =>
    [...this.files].filter(([file, text]) => this.read(file) !== text).map(([file]) => file);

  /** The commands of what runs for this clone; what is just about to end gets a few seconds for that. */
  async running(): Promise<string[]> {
    for (let tries = 0; this.processes().length > 0 && tries < 50; tries++) {
      await sleep(100);
    }
    return this.processes().map(({ command }) => command);
  }

  /** Those whose command line or environment names its folder, but for those that have ended and wait to be noted. */
  processes = () =>
    processes().filter(
      ({ pid, command }) =>
        command !== "" && (command.includes(`${this.folder}/`) || environmentOf(pid).includes(this.folder)),
    );

  private engineRuns(): boolean {
    const parts = ["pulumi-language-nodejs", "pulumi-resource-aws"];
    const commands = this.processes().map(({ command }) => command);
    return parts.every((part) => commands.some((command) => command.includes(part)));
  }

  private endAll(): void {
    for (const { pid } of this.processes()) {
      process.kill(pid, "SIGKILL");
    }
  }
}

/** The file of the stack `dev` with another port, and without the settings that someone has tried on it. */
function asCommitted(text: string, port: number): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${port}`)
    .replaceAll(new RegExp(`^  ${project}:.*\n(?:   .*\n)*`, "gm"), "");
}

/** Those that git knows or would add, and that are there. */
function projectFiles(): string[] {
  const list = (...which: string[]) =>
    execFileSync("git", ["ls-files", "-z", ...which], { cwd: root, encoding: "utf8" }).split("\0");
  const deleted = new Set(list("--deleted"));
  return list("--cached", "--others", "--exclude-standard").filter((file) => !deleted.has(file));
}

/** The environment of these tests, without what npm and they themselves have put into it. */
function terminal(): Record<string, string | undefined> {
  const env = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS|PULUMI_|INIT_CWD)/.test(name),
  );
  const path = process.env.PATH?.split(delimiter).filter((place) => !place.includes("node_modules"));
  return { ...Object.fromEntries(env), PATH: path?.join(delimiter) };
}

/** A folder with these programs and no others, to be used as PATH. */
export function pathWith(name: string, programs: readonly string[]): string {
  const path = join(clones, name);
  mkdirSync(path, { recursive: true });
  for (const program of programs) {
    // Where python3 is a script of a version manager, that needs more than this folder.
    const where =
      program === "python3" ? `python3 -c 'import sys; print(sys.executable)'` : `command -v ${program}`;
    const found = execFileSync("sh", ["-c", where], { encoding: "utf8", env: terminal() });
    symlinkSync(found.trim(), join(path, program));
  }
  return path;
}

/**
 * One that nobody listens at now, and that no program gets which asks the system for any: until the clone's local AWS
 * takes it, many others are started here. Those are from 32768 on Linux, and higher ones on macOS.
 */
function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_000);
  return new Promise((resolve) => {
    const server = createServer()
      .on("error", () => resolve(freePort()))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
  });
}
