// A repository of pgBackRest, whose key is stolen: it is revoked, and the repository restored. With a real PostgreSQL.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteObjectCommand, PutObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { grantedActions } from "../../components/access/policy";
import { handoff } from "../../components/handoff";
import type { Credentials } from "../../local/aws/clients";
import { ensureTools } from "../e2e/tools/install";
import { callCommandLine } from "../support/commandLine";
import { clients, environment, type Outputs, passphrase, Stack, state } from "../support/environment";
import { counted, Postgres } from "./postgres";
import { keyOf, versions } from "./run";

const access = "pgbackrest";

/** The database, and the folder's pgBackRest. */
async function make(): Promise<Postgres> {
  const { pgbackrest } = await ensureTools();
  const made = await Postgres.make(({ home, dataFolder, socketFolder }) => ({
    ...{ PGBACKREST_CONFIG: join(home, "pgbackrest.conf"), PGBACKREST_STANZA: "main" },
    ...{ PGBACKREST_LOG_PATH: home, PGBACKREST_LOCK_PATH: home, PGBACKREST_SPOOL_PATH: home },
    // It compares a certificate with the names of hosts only, and the local AWS is at an address.
    PGBACKREST_REPO1_STORAGE_VERIFY_TLS: "n",
    ...{ PGBACKREST_PG1_PATH: dataFolder, PGBACKREST_PG1_SOCKET_PATH: socketFolder },
    ...{ PGBACKREST_PG1_PORT: Postgres.port, PGBACKREST_PG1_USER: "postgres" },
    ...{ PGBACKREST_ARCHIVE_TIMEOUT: "10", PGBACKREST_START_FAST: "y" },
  }));
  cpSync(pgbackrest, join(made.home, "pgbackrest"));
  return made;
}

describe("npm run recover, with pgBackRest", function () {
  this.timeout(600_000);
  const stack = new Stack("postgres");
  let database: Postgres;
  const program = () => join(database.home, "pgbackrest");
  const pgbackrest = (...args: string[]) => database.works(program(), args);
  const archiveCommand = () => `${program()} archive-push %p`;
  /** Has pgBackRest use the key of these outputs. */
  const configure = (outputs: Outputs, endpoint: string) =>
    writeFileSync(
      join(database.home, "pgbackrest.conf"),
      handoff("pgbackrest", { ...outputs, name: "mLab", prefix: "", endpoint }),
    );

  before("one stack, PostgreSQL, and pgBackRest", async () => {
    await stack.create({ access, objectLock: { mode: "governance", days: 1 } });
    await stack.up();
    database = await make();
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

    configure(stolen, aws.endpoint);
    await database.initialize();
    await database.startServer(archiveCommand());
    await pgbackrest("stanza-create");
    await pgbackrest("check");
    await pgbackrest("backup");
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
    const { code, said } = await database.start(program(), ["check"]);
    expect(code, said).to.not.equal(0);
    // What PostgreSQL writes in the meantime is archived once the key is a new one.
    await command("revoke");
    const { done, failed } = JSON.parse(await command("recover", "--to", to, "--exact", "--json"));
    expect({ done, failed }).to.deep.equal({ done: objects, failed: 0 });
    await stack.up();
    configure(await stack.outputs(), aws.endpoint);

    await pgbackrest("check");
    await pgbackrest("verify");
    await pgbackrest("backup", "--type=incr");
    const kept = await versions(stolen.bucketName);
    const [{ backup }] = JSON.parse(await pgbackrest("info", "--output=json"));
    const { label } = backup.at(-1);
    await pgbackrest("expire", `--set=${label}`);
    expect(await pgbackrest("info")).to.not.contain(label);
    expect(await versions(stolen.bucketName)).to.include.members(kept);
    await database.stopServer();
    await database.restore(() => pgbackrest("restore"), archiveCommand());
    expect(await database.count()).to.match(counted);
  });

  describe("with a key without an action", () => {
    before(() => database.startServer(archiveCommand()));

    /** The first command that fails, if any does. */
    const failing = async (key: Credentials) => {
      configure({ ...(await stack.outputs()), ...key }, (await environment()).aws.endpoint);
      for (const args of [["check"], ["backup", "--type=full"], ["expire", "--repo1-retention-full=1"]]) {
        if ((await database.start(program(), args)).code !== 0) {
          return args[0];
        }
      }
      return undefined;
    };

    const { onBucket, onObjects } = grantedActions({ access, versioned: false });
    for (const action of [...onBucket, ...onObjects]) {
      it(`fails without ${action}`, async () => {
        const outputs = await stack.outputs();
        expect(await failing(outputs)).to.equal(undefined);
        const key = await keyOf({ access, bucketArn: outputs.bucketArn, locked: true }, action);
        expect(await failing(key)).to.not.equal(undefined);
      });
    }
  });
});
