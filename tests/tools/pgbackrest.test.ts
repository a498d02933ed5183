// A repository of pgBackRest, whose key is stolen: it is revoked, and the repository restored. With a real PostgreSQL.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { DeleteObjectCommand, PutObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { handoff } from "../../components/handoff";
import { ensureTools } from "../e2e/tools/install";
import { callCommandLine } from "../support/commandLine";
import {
  atTheEnd,
  clients,
  environment,
  type Outputs,
  passphrase,
  Stack,
  state,
} from "../support/environment";
import { ensurePostgres } from "./install";

const run = promisify(execFile);

/** PostgreSQL does not run as root: then it and pgBackRest run as nobody. */
const ids = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const port = "54329";

/** PostgreSQL, pgBackRest, and all that they write, where nobody may go, in a folder that ends with the tests. */
class Database {
  private constructor(
    private readonly home: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  private server: ChildProcess | undefined;
  private log = "";

  static async make(): Promise<Database> {
    const [{ pgbackrest }, postgres, { aws }] = await Promise.all([
      ensureTools(),
      ensurePostgres(),
      environment(),
    ]);
    // Apart from the project's folder, which nobody else may be allowed into.
    const home = mkdtempSync(join(tmpdir(), "pgbackrest-"));
    atTheEnd(() => run("rm", ["-rf", home]));
    chmodSync(home, 0o755);
    cpSync(postgres, join(home, "postgres"), { recursive: true, verbatimSymlinks: true });
    cpSync(pgbackrest, join(home, "pgbackrest"));
    cpSync(aws.caFile, join(home, "ca.pem"));
    mkdirSync(join(home, "run"));
    if (ids.uid !== undefined) {
      chownSync(home, ids.uid, ids.gid);
      chownSync(join(home, "run"), ids.uid, ids.gid);
    }
    return new Database(home, {
      ...{ PATH: process.env.PATH, HOME: home, TMPDIR: home, LC_ALL: "C" },
      ...{ PGBACKREST_CONFIG: join(home, "pgbackrest.conf"), PGBACKREST_STANZA: "main" },
      ...{ PGBACKREST_LOG_PATH: home, PGBACKREST_LOCK_PATH: home, PGBACKREST_SPOOL_PATH: home },
      // It compares a certificate with the names of hosts only, and the local AWS is at an address.
      PGBACKREST_REPO1_STORAGE_VERIFY_TLS: "n",
      ...{
        PGBACKREST_PG1_SOCKET_PATH: join(home, "run"),
        PGBACKREST_PG1_PORT: port,
        PGBACKREST_PG1_USER: "postgres",
      },
      ...{ PGBACKREST_ARCHIVE_TIMEOUT: "10", PGBACKREST_START_FAST: "y" },
    });
  }

  private data = "data";

  /** Has pgBackRest use the key of these outputs. */
  configure(outputs: Outputs, endpoint: string): void {
    writeFileSync(
      join(this.home, "pgbackrest.conf"),
      handoff("pgbackrest", { ...outputs, name: "mLab", prefix: "", endpoint }),
    );
  }

  private async start(program: string, args: readonly string[], input = "") {
    const child = spawn(join(this.home, program), args, {
      cwd: this.home,
      env: { ...this.env, PGBACKREST_PG1_PATH: join(this.home, this.data) },
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
  private async works(...started: Parameters<Database["start"]>): Promise<string> {
    const { code, said } = await this.start(...started);
    expect(code, `${started[0]} ${started[1].join(" ")}: ${said}`).to.equal(0);
    return said;
  }

  pgbackrest(...args: string[]) {
    return this.start("pgbackrest", args);
  }

  pgbackrestWorks(...args: string[]): Promise<string> {
    return this.works("pgbackrest", args);
  }

  /** Makes a database, which archives what it writes. */
  async initialize(): Promise<void> {
    await this.works("postgres/bin/initdb", ["-D", this.data, "-U", "postgres", "--auth=trust"]);
  }

  /** What statements say, with no server running. */
  single(...statements: string[]): Promise<string> {
    const input = statements.map((statement) => `${statement}\n`).join("");
    return this.works("postgres/bin/postgres", ["--single", "-D", this.data, "postgres"], input);
  }

  async startServer(): Promise<void> {
    const settings = {
      ...{ port, listen_addresses: "", unix_socket_directories: join(this.home, "run") },
      ...{ archive_mode: "on", archive_command: `${join(this.home, "pgbackrest")} archive-push %p` },
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.log = "";
    const server = spawn(join(this.home, "postgres", "bin", "postgres"), ["-D", this.data, ...args], {
      cwd: this.home,
      env: { ...this.env, PGBACKREST_PG1_PATH: join(this.home, this.data) },
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

  /** From now on the database is the one that pgBackRest restores. */
  async restore(): Promise<void> {
    this.data = "restored";
    mkdirSync(join(this.home, this.data), { mode: 0o700 });
    if (ids.uid !== undefined) {
      chownSync(join(this.home, this.data), ids.uid, ids.gid);
    }
    await this.pgbackrestWorks("restore");
    await this.startServer();
    await this.stopServer();
  }
}

const count = "select count(*), sum(id) from rows";
/** What {@link count} says of the rows 1 to 10,000. */
const counted = /count = "10000".*sum = "50005000"/s;

describe("npm run recover, with pgBackRest", function () {
  this.timeout(600_000);
  const stack = new Stack("postgres");
  let database: Database;

  before("one stack, PostgreSQL, and pgBackRest", async () => {
    await stack.create({ access: "pgbackrest" });
    await stack.up();
    database = await Database.make();
  });
  after(() => database.stopServer());

  it("restores a repository that a stolen key has deleted and overwritten", async () => {
    const { aws, engine } = await environment();
    const stolen = await stack.outputs();
    const { folder } = (await stack.place()).project;
    const command = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await callCommandLine([...args, "--stack", stack.name, "--yes"], {
        cwd: folder,
        env: { ...engine.env, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: passphrase },
      });
      expect(code, stderr).to.equal(0);
      return stdout;
    };

    database.configure(stolen, aws.endpoint);
    await database.initialize();
    await database.single("create table rows (id int)", "insert into rows select generate_series(1, 10000)");
    await database.startServer();
    await database.pgbackrestWorks("stanza-create");
    await database.pgbackrestWorks("check");
    await database.pgbackrestWorks("backup");
    await sleep(1100); // S3 keeps times to the second
    const to = new Date().toISOString();
    await sleep(1100);

    const { s3 } = await clients(stolen);
    let objects = 0;
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: s3 },
      { Bucket: stolen.bucketName },
    )) {
      for (const { Key } of Contents) {
        const target = { Bucket: stolen.bucketName, Key };
        await (objects++ % 2 === 0
          ? s3.send(new DeleteObjectCommand(target))
          : s3.send(new PutObjectCommand({ ...target, Body: "pay" })));
      }
    }
    expect(objects).to.be.greaterThan(20);
    const { code, said } = await database.pgbackrest("check");
    expect(code, said).to.not.equal(0);
    // What PostgreSQL writes in the meantime is archived once the key is a new one.
    await command("revoke");
    const { done, failed } = JSON.parse(await command("recover", "--to", to, "--exact", "--json"));
    expect({ done, failed }).to.deep.equal({ done: objects, failed: 0 });
    await stack.up();
    database.configure(await stack.outputs(), aws.endpoint);

    await database.pgbackrestWorks("check");
    await database.pgbackrestWorks("verify");
    await database.pgbackrestWorks("backup", "--type=incr");
    await database.stopServer();
    await database.restore();
    expect(await database.single(count)).to.match(counted);
  });
});
