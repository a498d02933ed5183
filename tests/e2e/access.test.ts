import { createHash } from "node:crypto";
import {
  CreatePolicyCommand,
  GetGroupCommand,
  GetPolicyCommand,
  GetUserCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
} from "@aws-sdk/client-kms";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { ConsumerWithSecret } from "../../commands/stack/consumers";
import { Stack as CommandStack } from "../../commands/stack/stack";
import { verifyKey } from "../../commands/verify/verifyKey";
import { accessPolicy } from "../../components/access/policy";
import { type AccessName, accessNames, profiles as profileTable } from "../../components/access/profiles";
import { rootCredentials } from "../../local/aws";
import { clientConfig } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { allowedCalls, answer, forbiddenCalls, inOrder, makePlace, type ToolCall } from "../support/calls";
import { clients, environment, fresh, type Outputs, Stack } from "../support/environment";
import { workflowCalls, workflows } from "../support/workflows";
import { testVerify } from "./verify";

/** A consumer's entry among the outputs. */
type ConsumerOutputs = Omit<Outputs, "bucketName" | "bucketArn" | "region">;

const lists = ["list", "list all", "head"] as const;
const puts = ["put", "put in parts"] as const;
const deletes = ["delete", "unlock"] as const;

/**
 * Which calls a key of a profile can make, one profile for each set of actions; every other one is to be refused. That
 * nothing else is allowed, of all that S3 knows, is for the simulation to prove: these are the real requests.
 */
const callsOf = {
  // Not "put under own key": the guide's policy allows that, and the bucket refuses it.
  mlab: [...lists, "get", "get acl", ...puts, "put with acl", "put acl", ...deletes],
  restic: [...lists, "get", ...puts, "abort", ...deletes],
  litestream: [...lists, "location", "get", ...puts, "abort", ...deletes],
  pgbackrest: [...lists, "list versions", "get", "get version", ...puts, ...deletes],
  "wal-g": [...lists, "location", "get", ...puts, "abort", ...deletes],
  rclone: [...lists, "get", "get version", ...puts, "put with acl", "put acl", "abort", ...deletes],
  pbm: [...lists, "get", ...puts, ...deletes],
  veeam: [...lists, "location", "versioning", "lock settings", "get", ...puts, ...deletes],
  msp360: [
    ...([...lists, "list buckets", "list versions", "list uploads", "location", "lock settings"] as const),
    ...(["get", "get version", "get acl", "get version's acl", "restore"] as const),
    ...([
      ...puts,
      "put with acl",
      "put acl",
      "put version's acl",
      "abort",
      "list parts",
      ...deletes,
    ] as const),
  ],
  "read-write": [...lists, "location", "get", ...puts, "abort", "list parts", ...deletes],
  "read-only": [...lists, "location", "get"],
  "write-only": ["location", ...puts, "abort"],
  "append-only": [...lists, "get", ...puts, "abort", "unlock"],
  bareos: [...lists, "location", "get", ...puts, ...deletes],
  commvault: [...lists, "list buckets", "location", "get", ...puts, "put tags", "put with tags", ...deletes],
  "docker-volume-backup": [...lists, "location", ...puts, "abort", ...deletes],
  elasticdump: ["get", ...puts],
  elasticsearch: [
    ...([...lists, "list uploads", "get", ...puts] as const),
    ...(["put with acl", "put acl", "abort", ...deletes] as const),
  ],
  gitlab: ["location", ...puts, "put with acl", "put acl", "abort"],
  "mysql-shell": [...lists, "list uploads", "get", ...puts, "abort", "list parts", ...deletes],
  opensearch: [...lists, "get", ...puts, "put with acl", "put acl", "abort", ...deletes],
  "scylla-manager": [
    ...([...lists, "location", "list uploads", "get", ...puts] as const),
    ...(["abort", "list parts", ...deletes] as const),
  ],
  "sql-server": [...lists, "get", ...puts],
  truenas: [
    ...([...lists, "list buckets", "location", "get", "get version"] as const),
    ...([...puts, "put with acl", "put acl", "abort", ...deletes] as const),
  ],
  "veeam-agent": [
    ...([...lists, "list buckets", "location", "versioning", "lock settings"] as const),
    ...(["get", ...puts, ...deletes] as const),
  ],
  virtualmin: [...lists, "list buckets", "get", ...puts, ...deletes],
  yugabytedb: [...lists, "list buckets", "location", "get", ...puts, ...deletes],
} satisfies Partial<Record<AccessName, readonly ToolCall[]>>;
const sets: Readonly<Partial<Record<AccessName, readonly ToolCall[]>>> = callsOf;

/** Of each profile, the one in the table above that has the same policy. */
const representativeOf = Object.fromEntries(
  accessNames.map((access) => {
    const policy = (of: AccessName) =>
      JSON.stringify(accessPolicy({ bucketArn: "arn:aws:s3:::b", access: of, versioned: true }));
    const same = (Object.keys(callsOf) as AccessName[]).find((other) => policy(other) === policy(access));
    return [access, same];
  }),
);

/** The calls that show nothing of objects, so they work under a prefix too: they are about the bucket as a whole. */
const aboutBucket: readonly string[] = ["location", "versioning", "lock settings"];
/** IAM sees no prefix in these, so a condition on it refuses them. HeadBucket is one of them. */
const withoutPrefix: readonly string[] = ["list all", "head"];

const boundaryName = fresh("boundary");

/** Each profile but the stack's own, most of them limited to a folder, and one consumer for each other modifier. */
const consumers = {
  restic: { access: "restic", prefix: "db1", furtherPrefixes: ["old, db1", "db7/x"] },
  litestream: { access: "litestream", prefix: "apps/web/" },
  pgbackrest: { access: "pgbackrest", prefix: "pg" },
  walg: { access: "wal-g" },
  rclone: { access: "rclone", prefix: "laptop" },
  pbm: { access: "pbm" },
  veeam: { access: "veeam" },
  msp360: { access: "msp360" },
  readwrite: { access: "read-write", prefix: "rw" },
  readonly: { access: "read-only", prefix: "ro" },
  writeonly: { access: "write-only", prefix: "wo" },
  appendonly: { access: "append-only", prefix: "ao" },
  bareos: { access: "bareos" },
  commvault: { access: "commvault" },
  volumes: { access: "docker-volume-backup", prefix: "volumes" },
  elasticdump: { access: "elasticdump", prefix: "dump" },
  elasticsearch: { access: "elasticsearch" },
  gitlab: { access: "gitlab", prefix: "gitlab" },
  mysqlshell: { access: "mysql-shell" },
  opensearch: { access: "opensearch", prefix: "os" },
  scylla: { access: "scylla-manager" },
  sqlserver: { access: "sql-server" },
  truenas: { access: "truenas" },
  veeamagent: { access: "veeam-agent" },
  virtualmin: { access: "virtualmin" },
  yugabytedb: { access: "yugabytedb" },
  // The sets of actions that are deployed above for a folder only, for tools that need the whole bucket.
  wholeRestic: { access: "restic" },
  wholeReadWrite: { access: "read-write" },
  // The local AWS sees 127.0.0.1, which no setting accepts on its own.
  near: { access: "read-write", allowedIpRanges: ["96.0.0.0/3"] },
  far: { access: "read-write", allowedIpRanges: ["3.5.140.0/22"] },
  more: {
    access: "read-only",
    extraActions: ["s3:GetObjectTagging", "s3:GetBucketVersioning", "s3:ListAllMyBuckets"],
  },
  bounded: {
    access: "read-write",
    permissionsBoundary: `arn:aws:iam::000000000000:policy/${boundaryName}`,
    path: "/backups/",
  },
} satisfies Record<string, { access: AccessName } & Record<string, unknown>>;
type ConsumerName = keyof typeof consumers;

/** What is deployed, with the stack's own consumer. */
const rows: { name?: ConsumerName; access: AccessName; prefix?: string }[] = [
  { access: "mlab" },
  ...Object.entries(consumers).map(([name, row]) => ({ name: name as ConsumerName, ...row })),
];

/** Where a setting is not set, the name of the error that says so. */
const orName = <T>(request: Promise<T>) => request.catch((error: Error) => error.name);

/** All that can be set of a bucket. */
async function settingsOf(s3: S3Client, Bucket: string): Promise<object> {
  const answers = {
    acl: await orName(s3.send(new GetBucketAclCommand({ Bucket }))),
    cors: await orName(s3.send(new GetBucketCorsCommand({ Bucket }))),
    encryption: await orName(s3.send(new GetBucketEncryptionCommand({ Bucket }))),
    lifecycle: await orName(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))),
    objectLock: await orName(s3.send(new GetObjectLockConfigurationCommand({ Bucket }))),
    ownership: await orName(s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))),
    policy: await orName(s3.send(new GetBucketPolicyCommand({ Bucket }))),
    publicAccess: await orName(s3.send(new GetPublicAccessBlockCommand({ Bucket }))),
    tags: await orName(s3.send(new GetBucketTaggingCommand({ Bucket }))),
    versioning: await orName(s3.send(new GetBucketVersioningCommand({ Bucket }))),
    objects: await orName(s3.send(new ListObjectVersionsCommand({ Bucket }))),
  };
  return Object.fromEntries(
    Object.entries(answers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : { ...value, $metadata: undefined },
    ]),
  );
}

describe("access profiles and settings of the bucket on a real engine", function () {
  this.timeout(1_800_000);

  const profiles = new Stack("profiles");
  const locked = new Stack("locked");
  const lockedSettings = {
    access: "restic",
    encryption: "sse-kms",
    forceDestroy: true,
    consumers: { kopia: { access: "kopia" } },
  };
  const keyed = new Stack("keyed");
  const keyedName = fresh("keyed");
  const guest = new Stack("guest");
  const guestBucket = fresh("someone-elses");
  const otherBucket = fresh("another");

  let owner: { s3: S3Client; iam: IAMClient; kms: KMSClient };
  let outputs: Outputs & { consumers: Record<ConsumerName, ConsumerOutputs> };
  let lockedOutputs: Outputs & { consumers: { kopia: ConsumerOutputs } };
  let keyedOutputs: Outputs;
  let givenKey: string;
  let guestBefore: object;

  /** What a consumer can do in a folder. */
  const allowedTo = async (consumer: ConsumerOutputs, at: string, bucket = outputs.bucketName) =>
    allowedCalls((await clients(consumer)).s3, await makePlace(owner.s3, bucket, at));

  const deployed = backgroundTask(async () => {
    const { aws } = await environment();
    owner = { ...(await clients()), kms: new KMSClient(clientConfig(aws, rootCredentials)) };
    await owner.s3.send(new CreateBucketCommand({ Bucket: otherBucket }));
    await prepareGuestBucket();
    guestBefore = await settingsOf(owner.s3, guestBucket);
    const { KeyMetadata } = await owner.kms.send(new CreateKeyCommand({ Description: "someone's own" }));
    givenKey = KeyMetadata?.Arn ?? "";
    const readAll = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["s3:ListBucket", "s3:GetObject*"], Resource: "*" }],
    };
    await owner.iam.send(
      new CreatePolicyCommand({ PolicyName: boundaryName, PolicyDocument: JSON.stringify(readAll) }),
    );

    await profiles.create({ consumers });
    await locked.create({ ...lockedSettings, objectLock: { mode: "governance", days: 1 } });
    await keyed.create({
      ...{ access: "append-only", encryption: "sse-kms", kmsKeyArn: givenKey },
      ...{ bucketName: keyedName, bucketNamespace: "account-regional" },
    });
    await guest.create({ existingBucket: guestBucket, access: "read-write" });
    await Promise.all([profiles.up(), locked.up(), keyed.up(), guest.up()]);
    outputs = (await profiles.outputs()) as typeof outputs;
    lockedOutputs = (await locked.outputs()) as typeof lockedOutputs;
    keyedOutputs = await keyed.outputs();
  });
  before("four stacks, side by side", deployed);

  async function prepareGuestBucket(): Promise<void> {
    const Bucket = guestBucket;
    await owner.s3.send(new CreateBucketCommand({ Bucket }));
    await owner.s3.send(
      new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "owner", Value: "someone" }] } }),
    );
    await owner.s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Theirs",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:DeleteBucket",
              Resource: `arn:aws:s3:::${Bucket}`,
            },
          ],
        }),
      }),
    );
    await owner.s3.send(
      new PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: {
          CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://example.com"] }],
        },
      }),
    );
    await owner.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [{ ID: "theirs", Status: "Enabled", Filter: { Prefix: "tmp/" }, Expiration: { Days: 1 } }],
        },
      }),
    );
    await owner.s3.send(new PutObjectCommand({ Bucket, Key: "theirs", Body: "not ours" }));
  }

  describe("each profile's key", () => {
    it("is there for every set of actions", () => {
      const used = ["mlab", ...Object.values(consumers).map(({ access }) => access)];
      expect(used).to.include.members(Object.keys(callsOf));
      expect(accessNames.filter((access) => representativeOf[access] === undefined)).to.deep.equal([]);
      expect(new Set(Object.values(representativeOf)).size, "none twice").to.be.at.most(
        Object.keys(callsOf).length,
      );
    });

    const limited = ["near", "far", "more", "bounded"];
    for (const { name, access, prefix } of rows.filter(({ name = "" }) => !limited.includes(name))) {
      it(`${access}${prefix === undefined ? "" : ` under ${prefix}`}: drives its tool's calls, and no other`, async () => {
        const of = name === undefined ? outputs : outputs.consumers[name];
        const row: readonly string[] = sets[access] ?? [];
        const elsewhere = row.filter((call) => call === "list buckets");
        if (prefix === undefined) {
          expect(await allowedTo(of, `${access}/`)).to.deep.equal(inOrder(row));
        } else {
          const own = prefix.replace(/\/$/, "");
          const inside = inOrder(row.filter((call) => !withoutPrefix.includes(call)));
          const outside = inOrder(row.filter((call) => aboutBucket.includes(call)));
          expect(await allowedTo(of, `${own}/`), "its folder").to.deep.equal(inside);
          expect(await allowedTo(of, `${own}/deeper/`), "below it").to.deep.equal(
            access === "append-only" ? inside.filter((call) => call !== "unlock") : inside,
          );
          expect(await allowedTo(of, `${own}-2/`), "a look-alike").to.deep.equal(outside);
          expect(await allowedTo(of, ""), "the root").to.deep.equal(outside);
        }
        expect(await allowedTo(of, "", otherBucket), "another bucket").to.deep.equal(elsewhere);
        const forbidden = forbiddenCalls(await clients(of), { ...outputs, ...of });
        for (const [what, call] of Object.entries(forbidden)) {
          expect(await answer(call()), what).to.equal("refused");
        }
      });
    }
  });

  describe("npm run verify", () => {
    let deployed: Record<string, ConsumerWithSecret>;
    before("every consumer, as the command sees it", async () => {
      const stack = CommandStack.open(profiles.name, await profiles.place());
      // One engine's run for all of them.
      const answers = new Map<string, Promise<string>>();
      const run = stack.run.bind(stack);
      stack.run = (...args) => {
        const known = answers.get(args.join(" ")) ?? run(...args);
        answers.set(args.join(" "), known);
        return known;
      };
      const names = ["mLab", ...Object.keys(consumers)];
      const all = await Promise.all(
        names.map(
          async (consumer) => [consumer, await stack.withSecret(await stack.consumer({ consumer }))] as const,
        ),
      );
      deployed = Object.fromEntries(all);
    });
    testVerify(() => ({ owner, consumers: deployed }));
  });

  describe("each tool's key, with the calls that the tool makes,", () => {
    for (const [tool, made = []] of Object.entries(workflows)) {
      const sameSet = rows.filter(({ access }) => access === representativeOf[tool]);
      const whole = sameSet.find(({ prefix }) => prefix === undefined);
      const folder = sameSet.find(({ prefix }) => prefix !== undefined);
      const takesPrefix = !("noPrefix" in profileTable[tool as AccessName]);
      for (const row of [whole, ...(takesPrefix ? [folder] : [])]) {
        if (row === undefined) {
          continue;
        }
        it(`${tool} ${row.prefix === undefined ? "in the whole bucket" : `under ${row.prefix}`}`, async () => {
          const { s3 } = await clients(row.name === undefined ? outputs : outputs.consumers[row.name]);
          const at =
            row.prefix === undefined ? `tool-${tool}/` : `${row.prefix.replace(/\/$/, "")}/tool-${tool}/`;
          const place = await makePlace(owner.s3, outputs.bucketName, at);
          for (const call of made) {
            expect(await answer(workflowCalls[call].send(s3, place)), call).to.equal("allowed");
          }
        });
      }
    }
  });

  describe("a prefix", () => {
    it("shows itself and nothing next to it, however the listing asks", async () => {
      const Bucket = outputs.bucketName;
      for (const Key of ["db1/x/1", "db1/x/2", "db1/y", "db1-2/z", "db1", "db2/z"]) {
        await owner.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
      }
      const { s3 } = await clients(outputs.consumers.restic);
      const list = async (Prefix?: string, Delimiter?: string) => {
        const request = s3.send(new ListObjectsV2Command({ Bucket, Prefix, Delimiter }));
        const came = await answer(request);
        if (came !== "allowed") {
          return came;
        }
        const { Contents = [], CommonPrefixes = [] } = await request;
        return [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map((folder) => folder.Prefix)];
      };
      expect(await list("db1/")).to.include.members(["db1/x/1", "db1/x/2", "db1/y"]);
      expect(await list("db1/", "/")).to.include.members(["db1/x/", "db1/y"]);
      expect(await list("db1/x")).to.deep.equal(["db1/x/1", "db1/x/2"]);
      expect(await list("db1/x/", "/")).to.deep.equal(["db1/x/1", "db1/x/2"]);
      for (const prefix of [undefined, "", "d", "db1", "db1-2/", "db2/", "/db1/", "DB1/"]) {
        expect(await list(prefix), `prefix ${prefix}`).to.equal("refused");
        expect(await list(prefix, "/"), `prefix ${prefix} with a delimiter`).to.equal("refused");
      }
    });

    it("can be one of several, which are alike", async () => {
      const { restic } = outputs.consumers;
      for (const folder of ["old, db1/", "db7/x/"]) {
        expect(await allowedTo(restic, folder), folder).to.deep.equal(await allowedTo(restic, "db1/"));
      }
      const beside = await allowedTo(restic, "db1-2/");
      for (const folder of ["old/", "db7/", "db7/x2/", ""]) {
        expect(await allowedTo(restic, folder), folder).to.deep.equal(beside);
      }
    });

    it("shows what is missing below it, and of nothing else whether it is there", async () => {
      const Bucket = outputs.bucketName;
      const { s3 } = await clients(outputs.consumers.restic);
      const get = (Key: string) => answer(s3.send(new GetObjectCommand({ Bucket, Key })));
      expect(await get("db1/missing")).to.equal("NoSuchKey");
      expect([await get("db2/z"), await get("db2/missing")]).to.deep.equal(["refused", "refused"]);
    });
  });

  describe("a consumer", () => {
    it("works from its own addresses, and from nowhere else", async () => {
      const { near, far } = outputs.consumers;
      expect(await allowedTo(near, "near/")).to.deep.equal(inOrder(callsOf["read-write"]));
      expect(await allowedTo(far, "far/")).to.deep.equal([]);
    });

    it("gets by extraActions exactly their calls", async () => {
      const calls = [...callsOf["read-only"], "list buckets", "get tags", "versioning"];
      expect(await allowedTo(outputs.consumers.more, "more/")).to.deep.equal(inOrder(calls));
    });

    it("can do no more than its permissions boundary lets it", async () => {
      const { userName: UserName } = outputs.consumers.bounded;
      const { User } = await owner.iam.send(new GetUserCommand({ UserName }));
      expect(User?.PermissionsBoundary?.PermissionsBoundaryArn).to.equal(
        consumers.bounded.permissionsBoundary,
      );
      expect(await allowedTo(outputs.consumers.bounded, "bounded/")).to.deep.equal(
        inOrder([...lists, "get"]),
      );
    });

    it("lives under its IAM path, with its policy and its group", async () => {
      const { userName: UserName, groupName: GroupName, policyArn: PolicyArn } = outputs.consumers.bounded;
      const { User } = await owner.iam.send(new GetUserCommand({ UserName }));
      const { Group } = await owner.iam.send(new GetGroupCommand({ GroupName }));
      const { Policy } = await owner.iam.send(new GetPolicyCommand({ PolicyArn }));
      expect([User?.Path, Group?.Path, Policy?.Path]).to.deep.equal(Array(3).fill("/backups/"));
      expect(PolicyArn).to.contain(":policy/backups/bounded");
    });

    it("has its own entry among the outputs, with the secret hidden", async () => {
      expect(outputs.consumers).to.have.all.keys(Object.keys(consumers));
      const secrets = Object.values(outputs.consumers).map(({ secretAccessKey }) => secretAccessKey);
      expect(new Set([...secrets, outputs.secretAccessKey]).size).to.equal(Object.keys(consumers).length + 1);
      const shown = JSON.parse(await profiles.run("stack", "output", "--json", "--stack", "profiles"));
      for (const [name, entry] of Object.entries(outputs.consumers)) {
        expect(entry).to.have.all.keys(
          "accessKeyId",
          "secretAccessKey",
          "userName",
          "userArn",
          "groupName",
          "policyArn",
        );
        expect(entry.userName).to.match(new RegExp(`^${name}User-`));
        expect(shown.consumers[name]).to.deep.equal({ ...entry, secretAccessKey: "[secret]" });
      }
      expect(secrets.filter((secret) => profiles.printed.includes(secret))).to.deep.equal([]);
    });
  });

  describe("the bucket", () => {
    const ownershipOf = async ({ bucketName: Bucket }: Outputs) => {
      const { OwnershipControls } = await owner.s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      return OwnershipControls?.Rules;
    };
    const encryptionOf = async ({ bucketName: Bucket }: Outputs) => {
      const encryption = await owner.s3.send(new GetBucketEncryptionCommand({ Bucket }));
      const [rule, ...more] = encryption.ServerSideEncryptionConfiguration?.Rules ?? [];
      expect(more).to.deep.equal([]);
      return {
        ...rule?.ApplyServerSideEncryptionByDefault,
        BucketKeyEnabled: rule?.BucketKeyEnabled,
        blocked: rule?.BlockedEncryptionTypes?.EncryptionType,
      };
    };

    it("has ACLs on where a profile uses them, and off where none does", async () => {
      expect(await ownershipOf(outputs)).to.deep.equal([{ ObjectOwnership: "BucketOwnerPreferred" }]);
      const { bucketName: Bucket } = lockedOutputs;
      expect(await ownershipOf(lockedOutputs)).to.deep.equal([{ ObjectOwnership: "BucketOwnerEnforced" }]);
      const withAcl = new PutObjectCommand({ Bucket, Key: "x", Body: "x", ACL: "bucket-owner-read" });
      expect(await answer(owner.s3.send(withAcl))).to.equal("AccessControlListNotSupported");
    });

    it("refuses each upload with SSE-C, from any caller, but not reading what was stored with it", async () => {
      const customerKey = Buffer.alloc(32, "0123456789abcdef");
      const sseC = {
        SSECustomerAlgorithm: "AES256",
        SSECustomerKey: customerKey.toString("base64"),
        SSECustomerKeyMD5: createHash("md5").update(customerKey).digest("base64"),
      };
      const Key = "sse-c";
      /** Each kind of upload that S3's documents name, but for those by a form and by a replication. */
      const uploads = async (s3: S3Client, Bucket: string) => {
        const source = { CopySource: `${Bucket}/plain` };
        await owner.s3.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "x" }));
        return {
          put: await answer(s3.send(new PutObjectCommand({ Bucket, Key, Body: "mine", ...sseC }))),
          copy: await answer(s3.send(new CopyObjectCommand({ Bucket, Key: "copy", ...source, ...sseC }))),
          begin: await answer(s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts", ...sseC }))),
        };
      };
      const all = (came: string) => ({ put: came, copy: came, begin: came });
      const { s3 } = await clients(outputs); // of the profile mlab, whose policy does not refuse it
      expect(await uploads(s3, outputs.bucketName), "the key").to.deep.equal(all("refused"));
      for (const { bucketName } of [outputs, lockedOutputs, keyedOutputs]) {
        expect(await uploads(owner.s3, bucketName), "the owner").to.deep.equal(all("refused"));
      }

      const Bucket = fresh("not-blocked");
      await owner.s3.send(new CreateBucketCommand({ Bucket }));
      expect(await uploads(owner.s3, Bucket), "before it is blocked").to.deep.equal(all("allowed"));
      const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...sseC }));
      const { ServerSideEncryptionConfiguration } = await owner.s3.send(
        new GetBucketEncryptionCommand({ Bucket: outputs.bucketName }),
      );
      await owner.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
      expect(await uploads(owner.s3, Bucket), "afterwards").to.deep.equal(all("refused"));
      const part = { Bucket, Key, UploadId, PartNumber: 1, ...sseC };
      expect(await answer(owner.s3.send(new UploadPartCommand({ ...part, Body: "x" })))).to.equal("refused");
      const { Body } = await owner.s3.send(new GetObjectCommand({ Bucket, Key, ...sseC }));
      expect(await Body?.transformToString()).to.equal("mine");
    });

    // The local AWS stores KMS keys and grants, and asks nobody for the use of a key. That the policies give the consumers
    // the use of this one key, through S3 and for this bucket, is for the simulation to prove.
    it("is encrypted with its own KMS key", async () => {
      const made = lockedOutputs;
      const { KMSMasterKeyID = "", ...encryption } = await encryptionOf(made);
      expect(encryption).to.deep.equal({
        SSEAlgorithm: "aws:kms",
        BucketKeyEnabled: true,
        blocked: ["SSE-C"],
      });
      expect(KMSMasterKeyID).to.match(/^arn:aws:kms:us-east-1:000000000000:key\//);
      const { KeyMetadata } = await owner.kms.send(new DescribeKeyCommand({ KeyId: KMSMasterKeyID }));
      expect(KeyMetadata).to.include({ KeyState: "Enabled", KeyManager: "CUSTOMER" });
      const rotation = await owner.kms.send(new GetKeyRotationStatusCommand({ KeyId: KMSMasterKeyID }));
      expect(rotation.KeyRotationEnabled).to.equal(true);
      const { Aliases = [] } = await owner.kms.send(new ListAliasesCommand({ KeyId: KMSMasterKeyID }));
      expect(Aliases.map(({ AliasName }) => AliasName)).to.deep.equal([`alias/${made.bucketName}`]);

      const { s3 } = await clients(made);
      const written = await s3.send(
        new PutObjectCommand({ Bucket: made.bucketName, Key: "k", Body: "data" }),
      );
      expect(written).to.include({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: KMSMasterKeyID });
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: made.bucketName, Key: "k" }));
      expect(await Body?.transformToString()).to.equal("data");
    });

    it("is encrypted by the KMS key that is given", async () => {
      expect(await encryptionOf(keyedOutputs)).to.deep.equal({
        SSEAlgorithm: "aws:kms",
        KMSMasterKeyID: givenKey,
        BucketKeyEnabled: true,
        blocked: ["SSE-C"],
      });
    });

    it("has a name in the account-regional namespace, which S3 takes with its suffix and its header alone", async () => {
      const suffix = "-000000000000-us-east-1-an";
      const { bucketName } = keyedOutputs;
      expect(bucketName).to.equal(`${keyedName}${suffix}`);
      expect(await keyed.plan("--refresh")).to.deep.equal({});
      const create = (Bucket: string, BucketNamespace?: "account-regional" | "global") =>
        owner.s3.send(new CreateBucketCommand({ Bucket, ...(BucketNamespace && { BucketNamespace }) })).then(
          () => "created",
          ({ name }: Error) => name,
        );
      const other = `${fresh("other")}${suffix}`;
      expect(await create(other)).to.equal("MissingNamespaceHeader");
      expect(await create(other, "global")).to.equal("MissingNamespaceHeader");
      expect(await create(fresh("other"), "account-regional")).to.equal("InvalidNamespaceHeader");
      expect(await create(other, "account-regional")).to.equal("created");
    });

    it("locks what is written to it, for as many days as the setting says", async () => {
      const made = lockedOutputs;
      const Bucket = made.bucketName;
      const { ObjectLockConfiguration } = await owner.s3.send(
        new GetObjectLockConfigurationCommand({ Bucket }),
      );
      expect(ObjectLockConfiguration).to.deep.equal({
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } },
      });

      const { s3 } = await clients(made);
      const Key = "locked";
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "data" }));
      const { ObjectLockMode, ObjectLockRetainUntilDate } = await owner.s3.send(
        new HeadObjectCommand({ Bucket, Key, VersionId }),
      );
      expect(ObjectLockMode).to.equal("GOVERNANCE");
      const hours = (Number(ObjectLockRetainUntilDate) - Date.now()) / 3_600_000;
      expect(hours).to.be.within(23.9, 24.1);

      const erase = new DeleteObjectCommand({ Bucket, Key, VersionId });
      const bypass = new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true });
      expect(await answer(s3.send(erase)), "the key").to.equal("refused");
      expect(await answer(s3.send(bypass)), "the key, with a bypass").to.equal("refused");
      expect(await answer(owner.s3.send(erase)), "the owner").to.equal("refused");
      expect(await answer(s3.send(new DeleteObjectCommand({ Bucket, Key }))), "a marker").to.equal("allowed");
      expect(await answer(owner.s3.send(bypass)), "the owner, with a bypass").to.equal("allowed");
    });

    it("refuses uploads without a checksum, as long as there is a default retention", async () => {
      const made = lockedOutputs;
      const Bucket = made.bucketName;
      const { aws } = await environment();
      const without = new S3Client({
        ...clientConfig(aws, made),
        requestChecksumCalculation: "WHEN_REQUIRED",
      });
      const put = () => without.send(new PutObjectCommand({ Bucket, Key: "unchecked", Body: "data" }));
      expect(await put().catch(String)).to.match(/checksum- HTTP header is required for Put Object requests/);

      await locked.set({ ...lockedSettings, objectLock: { enabled: true } });
      expect(await locked.plan()).to.deep.equal({ "mlab-backups-object-lock": "update" });
      await locked.up();
      const { ObjectLockConfiguration } = await owner.s3.send(
        new GetObjectLockConfigurationCommand({ Bucket }),
      );
      expect(ObjectLockConfiguration).to.deep.equal({ ObjectLockEnabled: "Enabled" });
      await put();
      const { ObjectLockMode } = await owner.s3.send(new HeadObjectCommand({ Bucket, Key: "unchecked" }));
      expect(ObjectLockMode).to.equal(undefined);
      without.destroy();
    });

    it("lets a tool set the retention of each object, and no other", async () => {
      const made = lockedOutputs;
      const Bucket = made.bucketName;
      const RetainUntilDate = new Date(Date.now() + 60 * 60_000);
      const retained = (Key: string) =>
        new PutObjectCommand({
          ...{ Bucket, Key, Body: "data", ObjectLockMode: "GOVERNANCE" },
          ObjectLockRetainUntilDate: RetainUntilDate,
        });
      const kopia = await clients(made.consumers.kopia);
      const restic = await clients(made);
      const { VersionId } = await kopia.s3.send(retained("kopia"));
      expect(await answer(restic.s3.send(retained("restic"))), "restic").to.equal("refused");
      const { ObjectLockMode, ObjectLockRetainUntilDate } = await owner.s3.send(
        new HeadObjectCommand({ Bucket, Key: "kopia" }),
      );
      expect(ObjectLockMode).to.equal("GOVERNANCE");
      const stack = CommandStack.open(locked.name, await locked.place());
      const { rows, verdict } = await verifyKey(
        await stack.withSecret(await stack.consumer({ consumer: "kopia" })),
      );
      expect(
        rows.filter(({ ok }) => ok === false),
        verdict,
      ).to.deep.equal([]);
      expect(rows.filter(({ call }) => call.includes("retention")).map(({ got }) => got)).to.deep.equal([
        ...["AccessDenied", "allowed"],
      ]);
      expect(Math.abs(Number(ObjectLockRetainUntilDate) - Number(RetainUntilDate))).to.be.below(1_000);
      const erase = { Bucket, Key: "kopia", VersionId };
      expect(await answer(owner.s3.send(new DeleteObjectCommand(erase))), "the owner").to.equal("refused");
      await owner.s3.send(new DeleteObjectCommand({ ...erase, BypassGovernanceRetention: true }));
      // A bucket without Object Lock takes no retention.
      const { bucketName: unlocked } = keyedOutputs;
      const elsewhere = new PutObjectCommand({ ...retained("x").input, Bucket: unlocked });
      expect(await owner.s3.send(elsewhere).catch(String)).to.contain("ObjectLockConfiguration");
    });

    it("goes with its key, which KMS keeps for 30 days more", async () => {
      const { KMSMasterKeyID: KeyId } = await encryptionOf(lockedOutputs);
      // The provider may bypass the lock only where it has seen it, and the bucket was there before its lock.
      await locked.destroy("--refresh");
      const { KeyMetadata } = await owner.kms.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata?.KeyState).to.equal("PendingDeletion");
      const days = (Number(KeyMetadata?.DeletionDate) - Date.now()) / 86_400_000;
      expect(days).to.be.within(29.9, 30.1);
    });
  });

  describe("a bucket that was there before", () => {
    it("is served as it is, over https alone", async () => {
      expect(await settingsOf(owner.s3, guestBucket)).to.deep.equal(guestBefore);
      const served = await guest.outputs();
      expect(served).to.include({
        bucketName: guestBucket,
        bucketArn: `arn:aws:s3:::${guestBucket}`,
        region: "us-east-1",
      });
      const { s3 } = await clients(served);
      const http = await clients(served, { plainHttp: true });
      const place = await makePlace(owner.s3, guestBucket, "ours/");
      expect(await allowedCalls(http.s3, place), "over plain http").to.deep.equal([]);
      expect(await allowedCalls(s3, place)).to.deep.equal(inOrder(callsOf["read-write"]));
      // The bucket's own policy refuses the owner nothing there, so it is the key's that refuses plain http.
      const asOwner = await clients(rootCredentials, { plainHttp: true });
      expect(await answer(asOwner.s3.send(new ListObjectsV2Command({ Bucket: guestBucket })))).to.equal(
        "allowed",
      );
    });

    it("unchanged when the stack goes", async () => {
      const { Contents = [] } = await owner.s3.send(new ListObjectsV2Command({ Bucket: guestBucket }));
      await Promise.all(
        Contents.filter(({ Key }) => Key !== "theirs").map(({ Key }) =>
          owner.s3.send(new DeleteObjectCommand({ Bucket: guestBucket, Key })),
        ),
      );
      await guest.destroy();
      expect(await guest.size()).to.equal(0);
      expect(await settingsOf(owner.s3, guestBucket)).to.deep.equal(guestBefore);
    });
  });
});
