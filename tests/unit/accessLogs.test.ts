import {
  GetBucketLoggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { type Logged, readAccessLogs } from "../../commands/accessLogs/accessLogs";
import { Activity, isSessionOf, isUser, parseRecord } from "../../commands/accessLogs/activity";
import { describeAddresses, describeChanges } from "../../commands/accessLogs/describe";

const owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const user = "arn:aws:iam::111122223333:user/backups/mLabUser-1a2b3c4";

/** A line as AWS writes it. */
const line = ({
  time = "20/Nov/2026:11:02:10 +0000",
  address = "198.51.100.7",
  requester = user,
  operation = "REST.DELETE.OBJECT",
  key = "db1/data/4f",
  request = '"DELETE /my-backups/db1/data/4f HTTP/1.1"',
  status = "204",
  rest = '- - - 28 - "-" "restic/0.18" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROu= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader my-backups.s3.eu-central-1.amazonaws.com TLSv1.3 - - eu-central-1',
} = {}) =>
  `${owner} my-backups [${time}] ${address} ${requester} 3E57427F3EXAMPLE ${operation} ${key} ${request} ${status} ${rest}`;

describe("access logs", () => {
  it("are read line by line, as AWS writes them now and wrote them before", () => {
    const read = {
      at: Date.parse("2026-11-20T11:02:10Z"),
      address: "198.51.100.7",
      requester: user,
      operation: "REST.DELETE.OBJECT",
      key: "db1/data/4f",
      status: 204,
    };
    expect(parseRecord(line())).to.deep.equal(read);
    // Up to 2014, the lines ended with the version; a line can get more fields at any time.
    expect(parseRecord(line({ rest: '- - - 28 - "-" "restic/0.18" -' }))).to.deep.equal(read);
    expect(parseRecord(`${line()} something new "of several words"`)).to.deep.equal(read);
    expect(parseRecord(line({ key: "-", operation: "REST.GET.VERSIONING", status: "200" }))).to.deep.equal({
      ...read,
      ...{ key: undefined, operation: "REST.GET.VERSIONING", status: 200 },
    });
    expect(parseRecord(line({ requester: "-", request: '"-"', status: "-" }))).to.deep.equal({
      ...read,
      ...{ requester: "-", status: undefined },
    });
    // Of a lifecycle.
    expect(
      parseRecord(line({ request: "-", status: "-", address: "-", requester: "AmazonS3" })),
    ).to.deep.equal({
      ...read,
      ...{ requester: "AmazonS3", address: "-", status: undefined },
    });
    expect(parseRecord(line({ address: "2001:db8::7" }))?.address).to.equal("2001:db8::7");
  });

  it("have keys that are encoded twice, and request lines with anything in them", () => {
    const keyOf = (key: string) => parseRecord(line({ key }))?.key;
    expect(keyOf("a%2520b/%25C3%25BC%252B")).to.equal("a b/ü+");
    expect(keyOf("a%20b")).to.equal("a b");
    expect(keyOf("100%25")).to.equal("100%25");
    expect(parseRecord(line({ request: '"GET /b/x" 200 y" HTTP/1.1"', status: "403" }))?.key).to.equal(
      "db1/data/4f",
    );
  });

  it("may hold lines of another form, which count for nothing", () => {
    const other = [
      ...["", "-", "{}", line().slice(0, 200), line({ time: "20/Foo/2026:11:02:10 +0000" })],
      ...[
        line({ time: "2026-11-20T11:02:10Z" }),
        line({ status: "ok" }),
        line({ time: "40/Nov/2026:11:02:10 +0000" }),
      ],
    ];
    expect(other.map(parseRecord)).to.deep.equal(other.map(() => undefined));
  });

  it("are added up by requester and address: what S3 did, and not what it refused", () => {
    const activity = new Activity();
    const add = (fields: Parameters<typeof line>[0]) => {
      const record = parseRecord(line(fields));
      expect(record).to.not.equal(undefined);
      if (record !== undefined) {
        activity.add(record);
      }
    };
    add({ time: "20/Nov/2026:11:40:00 +0000" });
    add({ operation: "BATCH.DELETE.OBJECT" });
    add({ status: "403" });
    add({ operation: "REST.DELETE.UPLOAD" });
    for (const operation of ["REST.PUT.OBJECT", "REST.COPY.OBJECT", "REST.POST.UPLOAD", "REST.PUT.PART"]) {
      add({ operation, status: "200" });
    }
    add({
      address: "203.0.113.9",
      operation: "REST.GET.OBJECT",
      status: "200",
      time: "20/Nov/2026:12:00:00 +0000",
    });
    const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`);
    expect(activity.actors()).to.deep.equal([
      {
        ...{ requester: user, address: "203.0.113.9", requests: 1, deletions: 0, writes: 0 },
        ...{ first: at("12:00:00"), last: at("12:00:00") },
      },
      {
        ...{ requester: user, address: "198.51.100.7", requests: 8, deletions: 2, writes: 3 },
        ...{ first: at("11:02:10"), last: at("11:40:00") },
      },
    ]);
  });

  it("name a user by its ARN, under any path, and nothing else by that name", () => {
    const others = [
      `${user}0`,
      "arn:aws:iam::111122223333:user/mLabUser-1a2b3c4/x",
      "arn:aws:sts::111122223333:assumed-role/admin/mLabUser-1a2b3c4",
      ...[owner, "-", "AmazonS3"],
    ];
    expect(
      [user, "arn:aws-cn:iam::111122223333:user/mLabUser-1a2b3c4", ...others].filter((requester) =>
        isUser(requester, "mLabUser-1a2b3c4"),
      ),
    ).to.deep.equal([user, "arn:aws-cn:iam::111122223333:user/mLabUser-1a2b3c4"]);
  });

  it("name a role's sessions by its name, whatever the session is called", () => {
    const session = (role: string) => `arn:aws:sts::111122223333:assumed-role/${role}/atlas-1`;
    const all = [session("mLabRole-1a2b3c4"), session("mLabRole-1a2b3c40"), session("x"), user, owner, "-"];
    expect(all.filter((requester) => isSessionOf(requester, "mLabRole-1a2b3c4"))).to.deep.equal([
      session("mLabRole-1a2b3c4"),
    ]);
    expect(
      isSessionOf("arn:aws:sts::111122223333:assumed-role/x/mLabRole-1a2b3c4", "mLabRole-1a2b3c4"),
    ).to.equal(false);
  });

  /** S3 with these log files, of which each was written a second after the one before; and what it was asked. */
  function fakeS3(files: Record<string, string>, logging: object | undefined) {
    const asked: object[] = [];
    const names = Object.keys(files);
    const s3 = {
      send: async (command: unknown) => {
        if (command instanceof GetBucketLoggingCommand) {
          return { LoggingEnabled: logging };
        }
        if (command instanceof ListObjectsV2Command) {
          const { Prefix = "", StartAfter = "", ContinuationToken } = command.input;
          asked.push(command.input);
          const found = names.filter((name) => name.startsWith(Prefix) && name > StartAfter).sort();
          const from = Number(ContinuationToken ?? 0);
          return {
            Contents: found
              .slice(from, from + 2)
              .map((Key) => ({ Key, LastModified: new Date(1000 * names.indexOf(Key)) })),
            NextContinuationToken: from + 2 < found.length ? String(from + 2) : undefined,
          };
        }
        if (command instanceof GetObjectCommand) {
          return { Body: { transformToString: async () => files[command.input.Key ?? ""] ?? "" } };
        }
        throw new Error("another call");
      },
    };
    return { s3: s3 as unknown as S3Client, asked };
  }

  const partition = "access-logs/111122223333/eu-central-1/my-backups";
  const wanted = {
    ...{ bucketName: "my-backups", region: "eu-central-1", accountId: "111122223333", mostFiles: 100 },
    since: Date.parse("2026-11-20T10:00:00Z"),
    where: () => true,
  };
  const partitioned = {
    TargetBucket: "mlab-logs-1",
    TargetPrefix: "access-logs/",
    TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "EventTime" } },
  };

  it("are listed from the day on that matters, and read from the moment on", async () => {
    const files = {
      [`${partition}/2026/11/19/2026-11-19-00-00-00-A`]: line({ address: "192.0.2.1" }),
      [`${partition}/2026/11/20/2026-11-20-00-00-00-C`]: `${line()}\n${line({ time: "20/Nov/2026:09:59:59 +0000", address: "192.0.2.2" })}\n`,
      [`${partition}/2026/11/20/2026-11-20-00-00-00-B`]: line(),
      [`${partition}/2026/11/21/2026-11-21-00-00-00-D`]: line({ time: "21/Nov/2026:00:00:00 +0000" }),
      "access-logs/111122223333/eu-central-1/others/2026/11/21/2026-11-21-00-00-00-E": line({
        address: "192.0.2.3",
      }),
    };
    const { s3, asked } = fakeS3(files, partitioned);
    const logged = await readAccessLogs(s3, wanted);
    expect(logged).to.deep.equal({
      ...{ state: "read", logBucket: "mlab-logs-1", filesRead: 3, filesLeftOut: 0 },
      actors: [
        {
          ...{ requester: user, address: "198.51.100.7", requests: 3, deletions: 3, writes: 0 },
          ...{ first: Date.parse("2026-11-20T11:02:10Z"), last: Date.parse("2026-11-21T00:00:00Z") },
        },
      ],
    });
    expect(asked).to.deep.equal(
      [undefined, "2"].map((ContinuationToken) => ({
        ...{ Bucket: "mlab-logs-1", Prefix: `${partition}/`, StartAfter: `${partition}/2026/11/20` },
        ContinuationToken,
      })),
    );
    // The newest, by when S3 wrote them.
    const few = await readAccessLogs(s3, { ...wanted, mostFiles: 2 });
    expect(few).to.include({ state: "read", filesRead: 2, filesLeftOut: 1 });
    expect(few.state === "read" && few.actors[0]?.requests).to.equal(2);
    const none = await readAccessLogs(s3, { ...wanted, where: ({ key }) => key === "another" });
    expect(none.state === "read" && none.actors).to.deep.equal([]);
  });

  it("are read in S3's older format of keys too, as others have set it", async () => {
    const files = {
      "s3/2026-11-19-23-00-00-A": line({ address: "192.0.2.1" }),
      "s3/2026-11-20-12-00-00-B": line(),
    };
    const { s3 } = fakeS3(files, { TargetBucket: "logs", TargetPrefix: "s3/" });
    expect(await readAccessLogs(s3, wanted)).to.include({ filesRead: 1, logBucket: "logs" });
  });

  it("are reported to be off, or unreadable and why", async () => {
    expect(await readAccessLogs(fakeS3({}, undefined).s3, wanted)).to.deep.equal({ state: "off" });
    const refusing = {
      send: async () => {
        throw Object.assign(new Error("no"), { name: "AccessDenied" });
      },
    } as unknown as S3Client;
    expect(await readAccessLogs(refusing, wanted)).to.deep.equal({
      state: "unreadable",
      why: "AccessDenied: no",
    });
  });

  it("are shown without what could steer a terminal, at most ten lines, and what is missing", () => {
    const at = Date.parse("2026-11-20T11:02:10Z");
    const actor = {
      ...{ requester: user, address: "198.51.100.7", requests: 1240 },
      ...{ deletions: 1234, writes: 5, first: at, last: at + 2_270_000 },
    };
    const read: Extract<Logged, { state: "read" }> = {
      ...{ state: "read", logBucket: "mlab-logs-1", filesRead: 3, filesLeftOut: 0 },
      actors: [actor, { ...actor, address: "192.0.2.1", deletions: 0, writes: 0 }],
    };
    expect(describeChanges(read)).to.equal(
      `Who deleted and wrote since, according to the access logs in mlab-logs-1 (S3 delivers them a few hours late):
      1,234 deleted          5 written  from 198.51.100.7, 2026-11-20T11:02:10Z to 2026-11-20T11:40:00Z, by ${user}`,
    );
    expect(describeAddresses(read, 7).split("\n")).to.deep.equal([
      "The addresses of this key's user in the last 7 days, according to the access logs in mlab-logs-1 (S3 delivers them a few hours late):",
      "  198.51.100.7         1,240 requests, 1,234 deleted, 5 written, 2026-11-20T11:02:10Z to 2026-11-20T11:40:00Z",
      "  192.0.2.1            1,240 requests, 0 deleted, 0 written, 2026-11-20T11:02:10Z to 2026-11-20T11:40:00Z",
    ]);
    const many = Array.from({ length: 12 }, () => ({ ...actor, requester: "x\u001b[2J" }));
    const shown = describeChanges({ ...read, filesLeftOut: 3, actors: many }).split("\n");
    expect(shown).to.have.length(1 + 10 + 2);
    expect(shown[1]).to.contain("by x\\u001b[2J");
    expect(shown.slice(-2)).to.deep.equal([
      "  … and 2 more; --json has all of them",
      "  3 older log files were not read: there are too many of them.",
    ]);
    expect(describeChanges({ ...read, actors: [] })).to.equal(
      "The access logs in mlab-logs-1 show no deletions or writes since then. S3 delivers them a few hours late: try again later.",
    );
    expect(describeChanges({ state: "off" })).to.equal(
      "Who did it is unknown: the bucket has no access logs. To log what happens from now on, set accessLogs (docs/access-logs.md).",
    );
    expect(describeAddresses({ state: "unreadable", why: "AccessDenied: no" }, 7)).to.equal(
      "Where the key was used from is unknown: the access logs can't be read (AccessDenied: no). docs/access-logs.md lists the permissions.",
    );
  });
});
