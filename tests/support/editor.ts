import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../common/paths";

/** A diagnostic of the compiler, as much as is compared. */
interface Diagnostic {
  readonly text: string;
  readonly start: { readonly line: number };
}

/** What an editor shows for a name. */
export interface Hover {
  /** The declaration. */
  readonly displayString: string;
  /** The documentation comment, without its tags. */
  readonly documentation: string;
  readonly tags: readonly { readonly name: string; readonly text?: string }[];
}

/** An answer of the server to a request. */
interface Message {
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

/** An editor as TypeScript's language server knows it: it opens files, and asks about what is at a place in them. */
export class Editor {
  private readonly server: ChildProcess;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private requests = 0;

  constructor() {
    const server = join(root, "node_modules", "typescript", "lib", "tsserver.js");
    this.server = spawn(process.execPath, [server, "--disableAutomaticTypingAcquisition"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let unread = "";
    this.server.stdout?.setEncoding("utf8").on("data", (text: string) => {
      unread += text;
      const lines = unread.split("\n");
      unread = lines.pop() ?? "";
      // Between headers and empty lines, each message is one line.
      for (const line of lines.filter((one) => one.startsWith("{"))) {
        const message: Message = JSON.parse(line);
        this.waiting.get(message.request_seq ?? -1)?.(message);
      }
    });
  }

  private send(command: string, args: object): number {
    const seq = this.requests++;
    this.server.stdin?.write(`${JSON.stringify({ seq, type: "request", command, arguments: args })}\n`);
    return seq;
  }

  private ask<T>(command: string, args: object): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.set(this.send(command, args), ({ success, message, body }) =>
        success ? resolve(body as T) : reject(new Error(`${command}: ${message}`)),
      );
    });
  }

  open(file: string): void {
    this.send("open", { file });
  }

  /** What it underlines in a file, with the line before it. */
  async diagnostics(file: string): Promise<string[]> {
    const all = await Promise.all(
      ["syntacticDiagnosticsSync", "semanticDiagnosticsSync"].map((command) =>
        this.ask<Diagnostic[]>(command, { file }),
      ),
    );
    return all.flat().map(({ start, text }) => `${start.line}: ${text}`);
  }

  /** What it shows when the pointer is on the first occurrence of a name. */
  hover(file: string, name: string): Promise<Hover> {
    return this.ask("quickinfo", { file, ...placeOf(file, name) });
  }

  /** Where "Go to Definition" leads from there: a file, and the line in it. */
  async definition(file: string, name: string): Promise<{ file: string; line: string }> {
    const [first] = await this.ask<{ file: string; start: { line: number } }[]>("definition", {
      file,
      ...placeOf(file, name),
    });
    const text = first && readFileSync(first.file, "utf8").split("\n")[first.start.line - 1];
    return { file: first?.file ?? "", line: text ?? "" };
  }

  close(): void {
    this.send("exit", {});
  }
}

function placeOf(file: string, name: string): { line: number; offset: number } {
  const before = readFileSync(file, "utf8").split(name)[0]?.split("\n") ?? [];
  return { line: before.length, offset: (before.at(-1)?.length ?? 0) + 1 };
}
