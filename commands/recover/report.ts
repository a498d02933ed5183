// The report of a bucket's recoveries: a file of JSON lines, to which each run appends.
import {
  closeSync,
  createReadStream,
  existsSync,
  fdatasyncSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { createInterface } from "node:readline";
import { UserError } from "../../common/errors";
import type { EarlierRecoveries, Hidden } from "./history";

/** A line of a report. */
export type Line =
  /** A run begins. Its `to` is in ISO 8601, as all times here. */
  | {
      readonly action: "recover";
      readonly at: string;
      readonly bucket: string;
      readonly prefix: string;
      readonly to: string;
      readonly exact: boolean;
    }
  /**
   * Delete markers lay on top of the version `of` since a moment. Written before they are removed, at `until`: S3 has no record
   * of them after that. A version is named as {@link identity} has it.
   */
  | ({
      readonly action: "remove markers";
      readonly key: string;
      readonly of: string;
      readonly markers: readonly string[];
      readonly bytes: number;
    } & Hidden)
  /** The version `made` is a copy of the version `of`. */
  | {
      readonly action: "copy";
      readonly key: string;
      readonly of: string;
      readonly made: string;
      readonly bytes: number;
    }
  /** A delete marker was put on top. */
  | { readonly action: "hide"; readonly key: string; readonly made: string }
  | {
      readonly action: "archived";
      readonly key: string;
      readonly versionId: string;
      readonly storageClass: string;
      readonly bytes: number;
    }
  | { readonly action: "failed"; readonly key: string; readonly error: string }
  /** A run ends, unless it is killed. */
  | { readonly action: "end"; readonly at: string; readonly complete: boolean };

const newline = "\n".charCodeAt(0);

/** A report that lines are added to. */
export class Report {
  private readonly file: number;

  constructor(path: string) {
    const cut = existsSync(path) && !endsWithNewline(path);
    this.file = openSync(path, "a", 0o600);
    if (cut) {
      // A run was killed in the middle of a line.
      writeSync(this.file, "\n");
    }
  }

  /** Appends lines; they are in the file when it returns. */
  add(...lines: readonly Line[]): void {
    writeSync(this.file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  /** Makes sure that what was added also survives a power failure. */
  sync(): void {
    fdatasyncSync(this.file);
  }

  close(): void {
    closeSync(this.file);
  }
}

function endsWithNewline(path: string): boolean {
  const { size } = statSync(path);
  if (size === 0) {
    return true;
  }
  const file = openSync(path, "r");
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, size - 1);
    return last[0] === newline;
  } finally {
    closeSync(file);
  }
}

/** What earlier recoveries did that the bucket doesn't show. */
export class Earlier implements EarlierRecoveries {
  private readonly hiddenOf = new Map<string, Hidden | readonly Hidden[]>();
  private readonly sources = new Map<string, string>();

  add(line: Line): void {
    if (line.action === "copy") {
      this.sources.set(line.made, line.of);
    } else if (line.action === "remove markers") {
      const { of, since, until } = line;
      const known = this.hiddenOf.get(of);
      this.hiddenOf.set(of, known === undefined ? { since, until } : [known, { since, until }].flat());
    }
  }

  hidden = (version: string): readonly Hidden[] => {
    const found = this.hiddenOf.get(version);
    return found === undefined ? [] : [found].flat();
  };

  sourceOf = (version: string): string | undefined => this.sources.get(version);
}

/** What the report of a bucket says about earlier recoveries; nothing if there is none yet. */
export async function readReport(path: string, bucket: string): Promise<Earlier> {
  const earlier = new Earlier();
  if (!existsSync(path)) {
    return earlier;
  }
  for await (const text of createInterface({ input: createReadStream(path, "utf8") })) {
    const line = parse(text);
    if (line?.action === "recover" && line.bucket !== bucket) {
      throw new UserError(
        `The report ${path} is for the bucket ${line.bucket}, not for ${bucket}. Use a separate report for each bucket: --report FILE`,
      );
    }
    if (line !== undefined) {
      earlier.add(line);
    }
  }
  return earlier;
}

/** A line that is incomplete because its run was killed describes something not done yet. */
function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
