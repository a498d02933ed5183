import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
} from "node:fs";
import { join } from "node:path";
import type { pulumi } from "../../commands/stack/pulumi";
import { environmentOf, family, processes } from "./processes";

/** Something that a run leaves, or that it shows to others while it runs. */
export interface Place {
  /** Such as `3 up: stdout`. */
  readonly where: string;
  readonly text: string;
}

/** An engine lives for seconds, and so do those that it starts. */
const lookMilliseconds = 500;

/** Byte by byte, so that nothing is lost of what is no text. */
const read = (file: string | number): string => readFileSync(file, "latin1");

/** The files below these folders, as far as they are still there when they are read. */
export function filesBelow(what: string, folder: string, since = 0): Place[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  return names.flatMap((name) => {
    try {
      const file = join(folder, name);
      const stat = statSync(file);
      return stat.isFile() && stat.mtimeMs >= since ? [{ where: `${what} ${name}`, text: read(file) }] : [];
    } catch {
      return []; // other tests, which have state there too, have removed it
    }
  });
}

/**
 * Watches runs of Pulumi, one after the other: notes what they print, what their processes show everybody on this machine,
 * and the temporary files that they make, also those that they remove again.
 */
export class RunRecorder {
  readonly places: Place[] = [];
  private runs = 0;
  private readonly temporary: string;
  private readonly open = new Map<string, number>();

  /** @param folder where these runs have their home and their temporary files, and write their event logs */
  constructor(readonly folder: string) {
    this.temporary = join(folder, "tmp");
    mkdirSync(this.temporary, { recursive: true });
    watch(this.temporary, { recursive: true, persistent: false }, (_event, name) => {
      if (name !== null && !this.open.has(name)) {
        this.hold(name);
      }
    });
  }

  /** Keeps a file open: so it can be read when it is gone. */
  private hold(name: string): void {
    const path = join(this.temporary, name);
    try {
      // Of a pipe this would be one reader too many.
      if (lstatSync(path).isFile()) {
        this.open.set(name, openSync(path, "r"));
      }
    } catch {
      // It is gone already.
    }
  }

  /** The same Pulumi, watched. */
  watched =
    (run: typeof pulumi): typeof pulumi =>
    async (args, options) => {
      this.runs += 1;
      const where = `${this.runs} ${args[0]}`;
      const seen = { arguments: new Set<string>(), environment: new Set<string>() };
      const look = () => {
        const all = processes();
        const [, ...started] = family(process.pid, all);
        for (const { command } of all.filter(({ pid }) => started.includes(pid))) {
          seen.arguments.add(command);
        }
        for (const pid of started) {
          seen.environment.add(environmentOf(pid));
        }
      };
      const looking = setInterval(look, lookMilliseconds);
      try {
        const env = {
          ...options.env,
          HOME: this.folder,
          TMPDIR: this.temporary,
          PULUMI_DEBUG_COMMANDS: "true",
        };
        const finished = await run(args, { ...options, env });
        // Whoever says so gets the secret there, and there only.
        this.note(`${where}: stdout`, args.includes("--show-secrets") ? "" : finished.stdout);
        this.note(`${where}: stderr`, finished.stderr);
        return finished;
      } finally {
        clearInterval(looking);
        this.note(`${where}: arguments`, [...seen.arguments].join("\n"));
        this.note(`${where}: environment`, [...seen.environment].join("\n"));
      }
    };

  note(where: string, text: string): void {
    this.places.push({ where, text });
  }

  /** Notes the temporary files that were there and are not any more; the others are in the folder. */
  noteRemoved(): void {
    for (const [name, file] of this.open) {
      if (!existsSync(join(this.temporary, name))) {
        this.note(`removed ${name}`, read(file));
        closeSync(file);
        this.open.delete(name);
      }
    }
  }
}
