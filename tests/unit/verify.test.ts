import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { ConsumerWithSecret } from "../../commands/stack/consumers";
import { type CallName, calls, expectedOf, withoutCall } from "../../commands/verify/calls";
import { secondsYoung } from "../../commands/verify/diagnosis";
import { plainHttpCalls, verifyKey } from "../../commands/verify/verifyKey";
import { grantedActions } from "../../components/access/policy";
import { type AccessName, accessNames } from "../../components/access/profiles";

const consumer: ConsumerWithSecret = {
  urn: "urn:pulumi:prod::s3-backup-target::s3-backup-target:index:BackupConsumer::mLab",
  name: "mLab",
  stack: "prod",
  options: "--stack prod",
  declaredIn: "the BackupTarget mLab",
  configured: true,
  provider: undefined,
  plainHttpEndpoint: undefined,
  further: undefined,
  access: "restic",
  prefix: "db1/",
  extraActions: [],
  allowedIpRanges: [],
  versioned: true,
  ownBucket: true,
  keyGeneration: 1,
  previousKey: "none",
  maxKeyAgeDays: 90,
  accessKeyId: "AKIAEXAMPLE",
  secretAccessKey: "not a secret",
  userName: "u",
  policyArn: "arn:aws:iam::000000000000:policy/p",
  bucketName: "my-backups",
  region: "eu-central-1",
  endpoint: undefined,
  insecure: false,
  keys: [],
  created: undefined,
};

/** Something that answers every request in the same way. */
interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly more?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe("npm run verify", () => {
  describe("what is expected of a key", () => {
    it("is decided for every action that a profile grants, but for a written few", () => {
      const granted = new Set(
        accessNames.flatMap((access) =>
          Object.values(grantedActions({ access, versioned: true, locked: true })).flat(),
        ),
      );
      const tried = new Set(Object.values(calls).map(({ action }): string => action));
      expect([...granted].filter((action) => !tried.has(action))).to.deep.equal(Object.keys(withoutCall));
      // Plain HTTP is tried with one of these, which would be allowed over TLS.
      for (const access of accessNames) {
        const of = { access, versioned: true, extraActions: [], ownBucket: true };
        expect(
          plainHttpCalls.map((name) => expectedOf(name, of)),
          access,
        ).to.include("allowed");
      }
    });

    const allowed = (of: Partial<ConsumerWithSecret>) =>
      (Object.keys(calls) as CallName[]).filter(
        (name) => expectedOf(name, { ...consumer, ...of }) === "allowed",
      );
    const untried = (of: Partial<ConsumerWithSecret>) =>
      (Object.keys(calls) as CallName[]).filter(
        (name) => expectedOf(name, { ...consumer, ...of }) === undefined,
      );

    it("follows the profile, whether the bucket is versioned, and the further actions", () => {
      expect(allowed({ access: "pgbackrest" })).to.deep.equal([
        ...["list", "list versions", "put", "get", "get version", "put in parts", "delete"],
      ]);
      expect(allowed({ access: "pgbackrest", versioned: false })).to.deep.equal([
        ...["list", "put", "get", "put in parts", "delete"],
      ]);
      expect(allowed({ access: "read-only", extraActions: ["s3:GetObjectTagging"] })).to.deep.equal([
        ...["list", "location", "get", "get tags"],
      ]);
      expect(allowed({ access: "append-only" })).to.deep.equal([
        ...["list", "put", "get", "put in parts", "abort", "unlock"],
      ]);
    });

    it("follows whether the bucket has Object Lock", () => {
      const more = (access: AccessName) => {
        const without = allowed({ access });
        return allowed({ access, locked: true }).filter((name) => !without.includes(name));
      };
      expect(more("restic")).to.deep.equal([]);
      expect(more("kopia")).to.deep.equal(["put retention"]);
      expect(more("duplicati")).to.deep.equal(["get retention", "put retention"]);
      expect(more("barman-cloud")).to.deep.equal(["get retention", "get legal hold"]);
      expect(more("tidb-br")).to.deep.equal(["lock settings"]);
      expect(more("veeam")).to.deep.equal([
        ...["list versions", "get version", "get retention", "get legal hold"],
        ...["put retention", "put legal hold", "delete version"],
      ]);
    });

    it("is nothing where the answer would prove nothing", () => {
      expect(untried({ access: "pbm", locked: true })).to.deep.equal(["list parts", "abort", "unlock"]);
      // Where there is no Object Lock, nobody can set or read a retention.
      const unlocked = ["get retention", "get legal hold", "put retention", "put legal hold"];
      expect(untried({ access: "pbm" })).to.deep.equal([...unlocked, "list parts", "abort", "unlock"]);
      // The guide's policy allows an upload with SSE-C, and someone else's bucket may take it.
      expect(untried({ access: "mlab", ownBucket: false })).to.deep.equal([
        ...["put under own key", ...unlocked, "list parts", "abort", "unlock"],
      ]);
      for (const of of [{ access: "mlab" }, { access: "pbm", ownBucket: false }] as const) {
        expect(untried(of)).to.deep.equal([...unlocked, "list parts", "abort", "unlock"]);
      }
      expect(untried({ access: "append-only" })).to.deep.equal([...unlocked, "list parts"]);
      expect(untried({ access: "append-only", extraActions: ["s3:DeleteObject"] })).to.include("unlock");
    });
  });

  describe("what it says", () => {
    let server: Server;
    let answer: Answer;
    let clock = 0;
    let endpoint: string;
    before(async () => {
      server = createServer((request, response) => {
        const { status, code, more = "", headers = {} } = answer;
        request.resume();
        response.writeHead(status, { date: new Date(Date.now() + clock).toUTCString(), ...headers });
        // As "Error responses" in S3's API reference has it.
        response.end(
          code &&
            `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>As documented${more}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`,
        );
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => server.close());

    const verdict = async (given: Answer, of: Partial<ConsumerWithSecret> = {}) => {
      answer = given;
      const { verdict, ok } = await verifyKey({ ...consumer, endpoint, ...of }, { waitSeconds: 0 });
      expect(ok).to.equal(false);
      return verdict;
    };

    it("names the region that S3 names", async () => {
      const said =
        "The bucket my-backups is not in eu-central-1 but in us-west-2 (CODE). Update the output region with npx pulumi refresh --stack prod, and give the service that region.";
      const malformed = "AuthorizationHeaderMalformed";
      const more = "; the region 'eu-central-1' is wrong; expecting 'us-west-2'";
      expect(await verdict({ status: 400, code: malformed, more })).to.equal(said.replace("CODE", malformed));
      const headers = { "x-amz-bucket-region": "us-west-2" };
      expect(await verdict({ status: 301, code: "PermanentRedirect", headers })).to.equal(
        said.replace("CODE", "PermanentRedirect"),
      );
    });

    it("reports a wrong clock, even where the SDK sets its own right", async () => {
      const fix = "Set the clock, preferably with NTP.";
      expect(await verdict({ status: 403, code: "RequestTimeTooSkewed" })).to.equal(
        `This machine's clock is wrong (RequestTimeTooSkewed): S3 refuses requests that are more than 15 minutes off. ${fix}`,
      );
      for (const [minutes, word] of [
        [20, "slow"],
        [-16, "fast"],
      ] as const) {
        clock = minutes * 60_000;
        expect(await verdict({ status: 403, code: "AccessDenied" })).to.contain(
          `\nThis machine's clock is ${Math.abs(minutes)} minutes ${word}, and S3 refuses requests that are more than 15 minutes off. ${fix}`,
        );
      }
      clock = 14 * 60_000;
      expect(await verdict({ status: 403, code: "AccessDenied" })).to.not.contain("clock");
      clock = 0;
    });

    it("quotes what it does not know", async () => {
      expect(await verdict({ status: 400, code: "AccountProblem" })).to.match(
        /^This failed: list the account's buckets \(s3:ListAllMyBuckets\), .*\. AccountProblem: As documented$/,
      );
    });

    it("says where a secret is missing, and tries nothing", async () => {
      expect(await verifyKey({ ...consumer, secretAccessKey: "" })).to.deep.equal({
        rows: [],
        ok: false,
        verdict:
          "The stack does not know the secret of the key AKIAEXAMPLE, because the key was adopted. To create a new key: npm run rotate -- --stack prod",
        notes: [],
      });
    });
  });

  it("takes a key for young for five minutes, by when AWS made it", () => {
    const created = (ago: number): ConsumerWithSecret => {
      const createDate = new Date(1_000_000 - ago * 1000);
      return {
        ...consumer,
        keys: [{ accessKeyId: "AKIAEXAMPLE", createDate, status: "Active", generation: 1 }],
      };
    };
    const young = [0, 299, 300].map((ago) => secondsYoung(created(ago), 1_000_000));
    expect(young).to.deep.equal([0, 299, undefined]);
    expect(secondsYoung(consumer)).to.equal(undefined);
  });
});
