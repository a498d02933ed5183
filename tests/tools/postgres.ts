// A real PostgreSQL for the tools that back it up.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { atTheEnd, environment } from "../support/environment";
import { ensurePostgres } from "./install";

const run = promisify(execFile);

/** PostgreSQL does not run as root: then it and its tools run as nobody. */
const ids = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** What {@link Postgres.count} says of the rows 1 to 10,000. */
export const counted = /count = "10000".*sum = "50005000"/s;

/** PostgreSQL, and all that it and its tools write, where nobody may go, in a folder that ends with the tests. */
export class Postgres {
  /** For a socket, and no port. */
  static readonly port = "54329";

  private constructor(
    readonly home: string,
    private readonly ofTools: (postgres: Postgres) => NodeJS.ProcessEnv,
  ) {}

  private server: ChildProcess | undefined;
  private log = "";
  private data = "data";

  /** @param ofTools the environment of its tools, beside what all programs have */
  static async make(ofTools: (postgres: Postgres) => NodeJS.ProcessEnv): Promise<Postgres> {
    const [postgres, { aws }] = await Promise.all([ensurePostgres(), environment()]);
    // Apart from the project's folder, which nobody else may be allowed into.
    const home = mkdtempSync(join(tmpdir(), "postgres-"));
    atTheEnd(() => run("rm", ["-rf", home]));
    chmodSync(home, 0o755);
    cpSync(postgres, join(home, "postgres"), { recursive: true, verbatimSymlinks: true });
    cpSync(aws.caFile, join(home, "ca.pem"));
    const made = new Postgres(home, ofTools);
    made.give(home);
    made.give(join(home, "ca.pem"));
    made.folder("run");
    return made;
  }

  /** Gives a file or folder to whom PostgreSQL runs as. */
  private give(path: string): void {
    if (ids.uid !== undefined) {
      chownSync(path, ids.uid, ids.gid);
    }
  }

  private folder(name: string): void {
    mkdirSync(join(this.home, name), { mode: 0o700 });
    this.give(join(this.home, name));
  }

  private env = (): NodeJS.ProcessEnv => ({
    ...{ PATH: process.env.PATH, HOME: this.home, TMPDIR: this.home, LC_ALL: "C" },
    ...this.ofTools(this),
  });

  /** Where its data are. */
  get dataFolder(): string {
    return join(this.home, this.data);
  }

  get socketFolder(): string {
    return join(this.home, "run");
  }

  /** Runs a program: one of PostgreSQL's by its name, another by its path. */
  async start(program: string, args: readonly string[], input = "") {
    const path = program.includes("/") ? program : join(this.home, "postgres", "bin", program);
    const child = spawn(path, args, {
      cwd: this.home,
      env: this.env(),
      ...ids,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { code, said };
  }

  /** Fails where the program does. */
  async works(...started: Parameters<Postgres["start"]>): Promise<string> {
    const { code, said } = await this.start(...started);
    expect(code, `${started[0]} ${started[1].join(" ")}: ${said}`).to.equal(0);
    return said;
  }

  /** Makes a database with the rows 1 to 10,000. */
  async initialize(): Promise<void> {
    await this.works("initdb", ["-D", this.data, "-U", "postgres", "--auth=trust"]);
    await this.single("create table rows (id int)", "insert into rows select generate_series(1, 10000)");
  }

  /** What statements say, with no server running. */
  private single(...statements: string[]): Promise<string> {
    const input = statements.map((statement) => `${statement}\n`).join("");
    return this.works("postgres", ["--single", "-D", this.data, "postgres"], input);
  }

  count = () => this.single("select count(*), sum(id) from rows");

  async startServer(archiveCommand: string, restoreCommand = ""): Promise<void> {
    const settings = {
      ...{ port: Postgres.port, listen_addresses: "", unix_socket_directories: this.socketFolder },
      ...{ archive_mode: "on", archive_command: archiveCommand },
      ...(restoreCommand !== "" && { restore_command: restoreCommand }),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.log = "";
    const server = spawn(join(this.home, "postgres", "bin", "postgres"), ["-D", this.data, ...args], {
      cwd: this.home,
      env: this.env(),
      stdio: ["ignore", "ignore", "pipe"],
      ...ids,
    });
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
    this.server = server;
    while (!this.log.includes("database system is ready to accept connections")) {
      expect(server.exitCode, this.log).to.equal(null);
      await sleep(100);
    }
  }

  async stopServer(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server !== undefined && server.exitCode === null) {
      server.kill("SIGINT"); // the fast shutdown
      await new Promise((resolve) => server.on("close", resolve));
    }
  }

  /** From now on the database is the one that a tool restores, into a folder that is empty. */
  async restore(restore: () => Promise<unknown>, ...commands: Parameters<Postgres["startServer"]>) {
    this.data = "restored";
    this.folder(this.data);
    await restore();
    await this.startServer(...commands);
    await this.stopServer();
  }
}
