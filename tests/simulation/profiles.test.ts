import { expect } from "chai";
import { type AccessName, profiles } from "../../components/access/profiles";
import { type Caller, type Expected, expected, isExpected, type Variant } from "./expected";
import { allRequests, type Request } from "./requests";
import { checkedDecision, consumerPolicy, decision, shareCollator, simulationOf } from "./simulate";

const names = Object.keys(expected) as AccessName[];
const basic = { versioned: false, locked: false, kms: false, ipRanges: false, existingBucket: false };
const prefixes = (row: Expected) => [{}, ...(row.prefix ? [{ prefix: "db1/" }] : [])];

/** All that a policy depends on. */
function variants(access: AccessName): Variant[] {
  const row = expected[access];
  return prefixes(row).flatMap((prefix) =>
    [false, true].flatMap((kms) =>
      [false, true].flatMap((ipRanges) =>
        [false, ...(row.versioned ? [true] : [])].map((versioned) => ({
          ...basic,
          ...prefix,
          access,
          kms,
          ipRanges,
          versioned,
        })),
      ),
    ),
  );
}

/** TLS and plain HTTP, from inside the ranges, where there are some, and from outside; over IPv6 as well as IPv4. */
function callers({ ipRanges, kms }: Variant): Caller[] {
  const inside = { inRange: true, address: kms ? "2001:db8:0:1::7" : "192.0.2.7" };
  const outside = { inRange: false, address: kms ? "2001:db8:0:2::7" : "198.51.100.7" };
  return [inside, ...(ipRanges ? [outside] : [])].flatMap((from) => [
    { tls: true, ...from },
    { tls: false, ...from },
  ]);
}

describe("access profiles, simulated", function () {
  this.timeout(60_000);
  let requests: Request[] = [];
  let decided = 0;
  let unshareCollator = () => {};

  before(async () => {
    unshareCollator = shareCollator();
    requests = await allRequests();
  });
  after(() => {
    unshareCollator();
    console.log(`${decided} cells decided`);
  });

  /** What a policy says to each request of a caller: tools share sets of actions, and with them their policies. */
  const decisions = new Map<string, boolean[]>();

  async function decide(variant: Variant, document: unknown, caller: Caller): Promise<boolean[]> {
    const question = JSON.stringify([document, variant.existingBucket, caller]);
    const known = decisions.get(question);
    if (known) {
      return known;
    }
    const simulation = simulationOf(variant, document);
    const answers: boolean[] = [];
    for (const request of requests) {
      answers.push(await decision(simulation(caller, request)));
    }
    decided += answers.length;
    decisions.set(question, answers);
    return answers;
  }

  /** Decides every request by every caller, and fails by naming the decisions that are not as expected. */
  async function prove(row: Expected, cases: readonly Variant[], extraActions?: string[]): Promise<void> {
    const wrong: string[] = [];
    for (const variant of cases) {
      const document = consumerPolicy(variant, extraActions);
      for (const caller of callers(variant)) {
        const answers = await decide(variant, document, caller);
        for (const [index, request] of requests.entries()) {
          const allowed = answers[index];
          if (allowed !== isExpected(row, variant, caller, request)) {
            wrong.push(
              [
                JSON.stringify(variant),
                JSON.stringify(caller),
                `${request.action} on ${request.resource} ${JSON.stringify(request.context)}`,
                allowed ? "expected: refused, got: allowed" : "expected: allowed, got: refused",
              ].join(" | "),
            );
          }
        }
      }
    }
    if (wrong.length > 0) {
      const first = wrong.slice(0, 20);
      expect.fail(`${wrong.length} decisions are wrong, the first ${first.length}:\n${first.join("\n")}`);
    }
  }

  it("are all in the table", () => expect(names).to.have.members(Object.keys(profiles)));

  for (const access of names) {
    const row = expected[access];
    it(`${access} may do what its tool needs and nothing else`, () => prove(row, variants(access)));

    if (row.locked === undefined) {
      it(`${access} needs the same on a bucket with Object Lock`, () => {
        for (const variant of variants(access)) {
          expect(consumerPolicy({ ...variant, locked: true })).to.deep.equal(consumerPolicy(variant));
        }
      });
    } else {
      it(`${access} may do what its tool needs on a bucket with Object Lock, and nothing else`, () =>
        prove(
          row,
          prefixes(row).map((prefix) => ({ ...basic, ...prefix, access, versioned: true, locked: true })),
        ));
    }

    if (row.versioned === undefined) {
      it(`${access} needs the same on a versioned bucket`, () => {
        for (const variant of variants(access)) {
          expect(consumerPolicy({ ...variant, versioned: true })).to.deep.equal(consumerPolicy(variant));
        }
      });
    }

    it(`${access} may do the same on a bucket that was there before, over TLS only`, () =>
      prove(
        row,
        prefixes(row).map((prefix) => ({ ...basic, ...prefix, access, kms: true, existingBucket: true })),
      ));

    it(`${access} with extra actions may do those too, within the same limits`, () => {
      const bucket = "ListBucket ListBucketVersions GetLifecycleConfiguration";
      const objects = "PutObject GetObjectTagging";
      return prove(
        {
          ...row,
          account: "ListAllMyBuckets",
          bucket: `${row.bucket} ${bucket}`,
          objects: `${row.objects} ${objects}`,
          key: "GenerateDataKey Decrypt",
        },
        prefixes(row).map((prefix) => ({ ...basic, ...prefix, access, kms: true })),
        `ListAllMyBuckets ${bucket} ${objects}`.split(" ").map((name) => `s3:${name}`),
      );
    });
  }

  it("are decided alike where the simulator checks every request", async () => {
    const caller = { tls: true, inRange: true, address: "192.0.2.7" };
    // It does not know the condition keys of an encryption context, and would leave them out.
    const known = requests.filter(({ action }) => !action.startsWith("kms:"));
    for (const access of ["append-only", "msp360"] as const) {
      const variant = { ...basic, access };
      const simulation = simulationOf(variant, consumerPolicy(variant));
      for (const request of known) {
        const tried = simulation(caller, request);
        expect(await checkedDecision(tried), `${request.action} on ${request.resource}`).to.equal(
          await decision(tried),
        );
      }
    }
  });
});
