// Barman's cloud commands in a bucket with Object Lock, from a base backup to a restore. With a real PostgreSQL.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { handoff } from "../../components/handoff";
import { region } from "../../local/aws";
import type { Credentials } from "../../local/aws/clients";
import { environment, type Outputs, Stack } from "../support/environment";
import { ensurePythonModules } from "./install";
import { counted, Postgres } from "./postgres";
import { keyOf, versions } from "./run";

const access = "barman-cloud";

describe("barman-cloud, with PostgreSQL and Object Lock", function () {
  this.timeout(600_000);
  const stack = new Stack("barman");
  let outputs: Outputs;
  let database: Postgres;
  let endpoint: string;

  before("one stack, PostgreSQL, and Barman", async () => {
    await stack.create({ access, objectLock: { mode: "governance", days: 1 } });
    await stack.up();
    outputs = await stack.outputs();
    endpoint = (await environment()).aws.endpoint;
    database = await Postgres.make(({ home }) => ({
      ...{
        PYTHONPATH: join(home, "python"),
        AWS_CA_BUNDLE: join(home, "ca.pem"),
        AWS_DEFAULT_REGION: region,
      },
      ...{ AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"), AWS_PROFILE: "barman" },
      AWS_EC2_METADATA_DISABLED: "true",
    }));
    cpSync(await ensurePythonModules(), join(database.home, "python"), {
      recursive: true,
      filter: (path) => !/\/(awscli|__pycache__)$/.test(path),
    });
  });
  after(() => database.stopServer());

  /** Has Barman use a key. */
  const use = ({ accessKeyId, secretAccessKey }: Credentials) =>
    writeFileSync(
      join(database.home, "credentials"),
      handoff("aws", {
        ...{ name: "barman", accessKeyId, secretAccessKey },
        ...{ bucketName: outputs.bucketName, region, prefix: "", endpoint },
      }),
    );
  const without = (action: string) => keyOf({ access, bucketArn: outputs.bucketArn, locked: true }, action);

  const command = (name: string, ...options: string[]) => [
    ...["python3", "-m", `barman.clients.cloud_${name}`, "--endpoint-url", endpoint, ...options],
    ...[`s3://${outputs.bucketName}`, "pg"],
  ];
  const barman = (name: string, options: string[] = [], args: string[] = []) =>
    database.works("/usr/bin/env", [...command(name, ...options), ...args]);
  const archiveCommand = () => `${command("walarchive").join(" ")} %p`;
  const connection = () => [
    ...["--host", database.socketFolder, "--port", Postgres.port, "--user", "postgres"],
  ];
  const backup = () => barman("backup", [...connection(), "--immediate-checkpoint"]);
  const backups = async (): Promise<string[]> => {
    const { backups_list } = JSON.parse(await barman("backup_list", ["--format", "json"]));
    return backups_list.map(({ backup_id }: { backup_id: string }) => backup_id);
  };

  it("backs up, prunes what stays in the history, and restores", async () => {
    use(outputs);
    await database.initialize();
    await database.startServer(archiveCommand());
    await barman("check_wal_archive");
    for (const _ of [1, 2, 3]) {
      await backup();
    }
    const [first = "", second = "", third = ""] = await backups();
    const kept = await versions(outputs.bucketName);

    const remove = (...options: string[]) =>
      database.start("/usr/bin/env", command("backup_delete", "--backup-id", first, ...options));
    const refused = await remove("--check-object-lock");
    expect(refused.said).to.contain("locked");
    expect(refused.code, refused.said).to.not.equal(0);
    use(await without("s3:DeleteObject"));
    const denied = await remove();
    expect(denied.said).to.contain("AccessDenied");
    expect(denied.code, denied.said).to.not.equal(0);
    expect(await backups()).to.deep.equal([first, second, third]);
    // It takes for unlocked what it may not see the retention of.
    use(await without("s3:GetObjectRetention"));
    const unseen = await remove("--check-object-lock");
    expect(unseen.code, unseen.said).to.equal(0);
    expect(await backups()).to.deep.equal([second, third]);
    use(outputs);
    await barman("backup_delete", ["--retention-policy", "REDUNDANCY 1"]);
    expect(await backups()).to.deep.equal([third]);
    expect(await versions(outputs.bucketName)).to.include.members(kept);

    await database.stopServer();
    await database.restore(
      async () => {
        await barman("restore", [], [third, database.dataFolder]);
        writeFileSync(join(database.dataFolder, "recovery.signal"), "");
      },
      archiveCommand(),
      `${command("walrestore").join(" ")} %f %p`,
    );
    expect(await database.count()).to.match(counted);
  });
});
