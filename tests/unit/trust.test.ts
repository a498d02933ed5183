import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { BackupConsumer } from "../../components/backupConsumer";
import { BackupTarget, outputsOf } from "../../components/backupTarget";
import { parseSettings } from "../../components/readSettings";
import type { BackupTargetArgs } from "../../components/targetArgs";
import { type KnownTrust, providerElsewhere, trustPolicy, withoutExternalId } from "../../components/trust";
import { inAccount, promised, record, refusals } from "./record";

const provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const subject = "repo:octo-org/octo-repo:ref:refs/heads/main";

/** What is wrong with a trust; empty: nothing. */
function problems(trust: unknown, more: Readonly<Record<string, string>> = {}): string[] {
  try {
    parseSettings({ trust: JSON.stringify(trust), ...more });
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").slice(1, -1);
  }
}

const example =
  'for example {"accountId": "111122223333", "externalId": "…"}, {"oidc": {"provider": "arn:…", "subject": "repo:…"}} or {"service": "ec2.amazonaws.com"}';

describe("a trust", () => {
  it("is one of an account, an OIDC provider and a service", () => {
    const right: KnownTrust[] = [
      { accountId: "111122223333" },
      { accountId: "111122223333", externalId: "7b1e_a+=,.@:/-" },
      { accountId: "111122223333", externalId: "" },
      { oidc: { provider, subject } },
      { oidc: { provider, subject: "repo:octo-org/*", audience: "backups" } },
      { oidc: { provider, subject: "system:serviceaccount:backups:*" } },
      { service: "ec2.amazonaws.com" },
      { service: "pods.eks.amazonaws.com" },
    ];
    for (const trust of right) {
      expect(problems(trust)).to.deep.equal([]);
    }
    for (const wrong of [{}, { accountId: "111122223333", service: "ec2.amazonaws.com" }]) {
      expect(problems(wrong)).to.deep.equal([
        `  trust: must have exactly one of accountId, oidc, service; ${example}.`,
      ]);
    }
    expect(problems([])).to.deep.equal([`  trust = []: must say who may assume the role, ${example}.`]);
    expect(problems({ principal: "*" })).to.deep.equal([
      "  trust.principal: there is no such argument; remove it.",
    ]);
  });

  it("is read as it is meant", () => {
    const meant = (trust: unknown) => parseSettings({ trust: JSON.stringify(trust) }).args.trust;
    for (const accountId of [111122223333, "1111-2222-3333", " arn:aws:iam::111122223333:root "]) {
      expect(meant({ accountId })).to.deep.equal({ accountId: "111122223333" });
    }
    expect(meant({ oidc: { provider: ` ${provider}`, subject: `"${subject}"` } })).to.deep.equal({
      oidc: { provider, subject },
    });
  });

  it("is refused if anyone could assume the role", () => {
    const open: [trust: unknown, problem: string][] = [
      [
        { accountId: "*" },
        'trust.accountId = "*": must not be a wildcard: anyone\'s AWS account could assume the role; name the account of the service.',
      ],
      [
        { service: "*" },
        'trust.service = "*": must not be a wildcard: anyone\'s service could assume the role; name the service, for example "ec2.amazonaws.com".',
      ],
      [
        { oidc: { provider } },
        'trust.oidc.subject: is required: without it, anyone who can sign in with the provider could assume the role; for example "repo:octo-org/octo-repo:ref:refs/heads/main".',
      ],
      ...["*", "repo:*", "repo:octo*", "re?o:octo-org/x", "system:serviceaccount:*:restic"].map(
        (sub): [unknown, string] => [
          { oidc: { provider, subject: sub } },
          `trust.oidc.subject = "${sub}": must name the owner of the token before any wildcard: otherwise anyone who can sign in with the provider could assume the role; for example "repo:octo-org/octo-repo:*", or "system:serviceaccount:backups:restic".`,
        ],
      ),
    ];
    for (const [trust, problem] of open) {
      expect(problems(trust)).to.deep.equal([`  ${problem}`]);
    }
  });

  it("is refused with what else is wrong, all at once", () => {
    expect(
      problems({
        ...{ accountId: "1", externalId: "a b", service: "ec2" },
        oidc: { provider: "github", subject: `${"$"}{aws:x}`, audience: "*" },
      }),
    ).to.deep.equal([
      '  trust.accountId = "1": must be the ID of an AWS account, which has 12 digits; for example "111122223333".',
      '  trust.externalId = "a b": must have 2 to 1224 letters, digits and _+=,.@:/-; use the one that the service shows, or remove it and give the service the output externalId.',
      '  trust.service = "ec2": must be the service principal of an AWS service, for example "ec2.amazonaws.com", or "pods.eks.amazonaws.com" for EKS Pod Identity.',
      '  trust.oidc.provider = "github": must be the ARN of an OIDC provider in IAM, for example "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com".',
      `  trust.oidc.subject = "${"$"}{aws:x}": must not contain ${"$"}{, which begins an IAM variable; remove it.`,
      '  trust.oidc.audience = "*": must have 1 to 255 characters, without spaces, wildcards or quotes; for example "sts.amazonaws.com".',
    ]);
    expect(problems({ service: "ec2.amazonaws.com", externalId: "ab" })).to.deep.equal([
      '  trust.externalId = "ab": has no effect with service: only accountId uses an external ID; remove externalId.',
    ]);
  });

  it("leaves nothing to set for a key, unless there is one alongside the role", () => {
    const trust = { service: "ec2.amazonaws.com" };
    const ofKey = { keyGeneration: "2", groupName: "g", userName: "u", maxKeyAgeDays: "30" };
    const noKey = "has no effect with trust: there is a role, and no key";
    const keep = "or set previousKey to active to keep the key alongside the role.";
    expect(problems(trust, ofKey)).to.deep.equal([
      `  maxKeyAgeDays = 30: ${noKey}; remove maxKeyAgeDays or trust.`,
      `  keyGeneration = 2: ${noKey}; remove keyGeneration, ${keep}`,
      `  groupName = "g": ${noKey}; remove groupName, ${keep}`,
      `  userName = "u": ${noKey}; remove userName, ${keep}`,
    ]);
    expect(problems(trust, { ...ofKey, previousKey: "active" })).to.deep.equal([]);
    expect(problems(trust, { previousKey: "inactive" })).to.deep.equal([]);
    // Another consumer has a key.
    const consumers = JSON.stringify({ db2: { access: "restic" } });
    expect(problems(trust, { maxKeyAgeDays: "30", consumers })).to.deep.equal([]);
    expect(() => parseSettings({ roleName: "r" })).to.throw(
      'roleName = "r": has no effect without trust, which says who may assume the role; set trust, or remove roleName.',
    );
  });

  it("becomes a policy in the partition of the bucket", () => {
    const statement = (trust: KnownTrust, partition = "aws") => {
      const { Version, Statement } = trustPolicy(partition, trust);
      expect(Version).to.equal("2012-10-17");
      return Statement;
    };
    const Effect = "Allow";
    expect(statement({ accountId: "111122223333", externalId: "id" }, "aws-cn")).to.deep.equal([
      {
        ...{ Effect, Principal: { AWS: "arn:aws-cn:iam::111122223333:root" }, Action: "sts:AssumeRole" },
        Condition: { StringEquals: { "sts:ExternalId": "id" } },
      },
    ]);
    expect(statement({ accountId: "111122223333", externalId: "" })).to.deep.equal([
      { Effect, Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "sts:AssumeRole" },
    ]);
    const of = { Effect, Principal: { Federated: provider }, Action: "sts:AssumeRoleWithWebIdentity" };
    const sub = "token.actions.githubusercontent.com:sub";
    const aud = "token.actions.githubusercontent.com:aud";
    expect(statement({ oidc: { provider, subject } })).to.deep.equal([
      { ...of, Condition: { StringEquals: { [aud]: "sts.amazonaws.com", [sub]: subject } } },
    ]);
    expect(statement({ oidc: { provider, subject: "repo:a/b:*", audience: "x" } })).to.deep.equal([
      { ...of, Condition: { StringEquals: { [aud]: "x" }, StringLike: { [sub]: "repo:a/b:*" } } },
    ]);
    expect(statement({ service: "ec2.amazonaws.com" })).to.deep.equal([
      { Effect, Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    ]);
    expect(statement({ service: "pods.eks.amazonaws.com" })).to.deep.equal([
      {
        ...{ Effect, Principal: { Service: "pods.eks.amazonaws.com" } },
        Action: ["sts:AssumeRole", "sts:TagSession"],
      },
    ]);
  });

  it("without an external ID is for one's own account only, and an OIDC provider is in it", () => {
    const none = { accountId: "111122223333", externalId: "" };
    expect(withoutExternalId(none, "111122223333")).to.deep.equal([]);
    expect(withoutExternalId({ ...none, externalId: "x" }, "")).to.deep.equal([]);
    expect(withoutExternalId(none, "444455556666").map(({ name }) => name)).to.deep.equal([
      "trust.externalId",
    ]);
    const at = (account: string) => `arn:aws:iam::${account}:policy/p`;
    expect(providerElsewhere({ oidc: { provider, subject } }, at("111122223333"))).to.deep.equal([]);
    expect(
      providerElsewhere({ oidc: { provider, subject } }, at("444455556666")).map(({ rule }) => rule),
    ).to.deep.equal(["the OIDC provider must be in the account of the role, 444455556666"]);
  });
});

describe("a consumer with a trust", () => {
  const build = (args: BackupTargetArgs) => record((opts) => new BackupTarget("mLab", args, opts), inAccount);
  const iamOf = (resources: Awaited<ReturnType<typeof build>>["resources"]) =>
    resources
      .filter(({ type }) => type.startsWith("aws:iam/") || type.startsWith("pulumi:"))
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
  const keyOnly = [
    ...["Group mLabGroup", "GroupPolicyAttachment mLabGroupPolicyAttachment", "User mLabUser"],
    ...["UserGroupMembership mLabUserGroupMembership", "AccessKey mLabAccessKey"],
  ];
  const roleOnly = ["Role mLabRole", "RolePolicyAttachment mLabRolePolicyAttachment"];

  it("has the policy that a key would have, a role, and nothing of a key", async () => {
    const before = await build({ access: "restic", prefix: "db1" });
    const { built, resources } = await build({
      ...{ access: "restic", prefix: "db1", path: "/b/", roleName: "r", tags: { team: "db" } },
      permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
      trust: { accountId: "444455556666", externalId: "given" },
    });
    expect(iamOf(resources)).to.deep.equal(["Policy mLabS3BackupsPolicy", ...roleOnly]);
    const of = (all: typeof resources, title: string) => all.find(({ type }) => type.endsWith(title));
    expect(of(resources, ":Policy")?.inputs.policy).to.equal(of(before.resources, ":Policy")?.inputs.policy);
    expect(of(resources, ":Role")).to.deep.equal({
      ...{
        type: "aws:iam/role:Role",
        name: "mLabRole",
        dependsOn: [],
        protect: false,
        retainOnDelete: false,
      },
      parent: "s3-backup-target:index:BackupConsumer mLab",
      inputs: {
        ...{ name: "r", path: "/b/", forceDetachPolicies: true, tags: { team: "db" } },
        permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
        assumeRolePolicy: JSON.stringify(
          trustPolicy("aws", { accountId: "444455556666", externalId: "given" }),
        ),
      },
    });
    expect(of(resources, ":RolePolicyAttachment")?.inputs).to.deep.equal({
      ...{ role: "r", policyArn: "arn:of:mLabS3BackupsPolicy" },
    });
    const outputs = outputsOf(built);
    expect(Object.keys(outputs)).to.have.members([
      ...["roleArn", "externalId", "policyArn", "bucketName", "bucketArn", "region"],
    ]);
    expect(await promised(pulumi.output(outputs.roleArn))).to.equal("arn:of:mLabRole");
    expect(await promised(pulumi.output(outputs.externalId))).to.equal("given");
    expect([built.consumer.user, built.consumer.role === undefined]).to.deep.equal([undefined, false]);
  });

  it("gets an external ID from the engine, where an account has none given", async () => {
    const { built, resources } = await build({ trust: { accountId: "444455556666" } });
    expect(iamOf(resources)).to.deep.equal([
      ...["Policy mLabS3BackupsPolicy", "Stash mLabExternalId"],
      ...roleOnly,
    ]);
    expect(await promised(pulumi.output(built.externalId))).to.equal("mLabExternalId-id");
    const role = resources.find(({ type }) => type === "aws:iam/role:Role");
    expect(JSON.parse(String(role?.inputs.assumeRolePolicy)).Statement[0].Condition).to.deep.equal({
      StringEquals: { "sts:ExternalId": "mLabExternalId-id" },
    });
    for (const trust of [{ service: "ec2.amazonaws.com" }, { accountId: "111122223333", externalId: "" }]) {
      const none = await build({ trust });
      expect(iamOf(none.resources)).to.deep.equal(["Policy mLabS3BackupsPolicy", ...roleOnly]);
      expect(none.built.externalId).to.equal(undefined);
    }
  });

  it("keeps its key alongside the role for as long as previousKey says", async () => {
    for (const previousKey of ["active", "inactive"] as const) {
      const { built, resources } = await build({ trust: { service: "ec2.amazonaws.com" }, previousKey });
      expect(iamOf(resources)).to.deep.equal(["Policy mLabS3BackupsPolicy", ...roleOnly, ...keyOnly]);
      const key = resources.find(({ type }) => type === "aws:iam/accessKey:AccessKey");
      expect(key?.inputs.status).to.equal(previousKey === "inactive" ? "Inactive" : undefined);
      expect(await promised(pulumi.output(built.accessKeyId))).to.equal("mLabAccessKey-id");
      expect(built.previousAccessKeyId).to.equal(undefined);
    }
    const { resources } = await build({
      ...{ trust: { service: "ec2.amazonaws.com" }, previousKey: "active", keyGeneration: 4 },
    });
    expect(iamOf(resources).at(-1)).to.equal("AccessKey mLabAccessKeyEven");
  });

  it("takes Outputs for what is in its trust, and refuses them in the same words", async () => {
    const later = pulumi.output("444455556666");
    const { resources } = await build({ trust: { accountId: later, externalId: pulumi.output("given") } });
    const role = resources.find(({ type }) => type === "aws:iam/role:Role");
    expect(JSON.parse(String(role?.inputs.assumeRolePolicy))).to.deep.equal(
      trustPolicy("aws", { accountId: "444455556666", externalId: "given" }),
    );
    const made: pulumi.Resource[] = [];
    const refused = await refusals(() => {
      const trusts = [
        { accountId: pulumi.output("*") },
        { oidc: { provider, subject: pulumi.output("repo:*") } },
      ];
      for (const [index, trust] of trusts.entries()) {
        made.push(new BackupConsumer(`later-${index}`, { bucketArn: "arn:aws:s3:::b", trust }));
      }
    }, 2);
    expect(made.map((one) => refused.get(one)?.split(";")[0])).to.deep.equal([
      'invalid argument:\n  trust.accountId = "*": must not be a wildcard: anyone\'s AWS account could assume the role',
      'invalid argument:\n  trust.oidc.subject = "repo:*": must name the owner of the token before any wildcard: otherwise anyone who can sign in with the provider could assume the role',
    ]);
  });

  it("is refused to another account without an external ID, as soon as the own one is known", async () => {
    const trust = { accountId: "444455556666", externalId: "" };
    let component: pulumi.Resource | undefined;
    const refused = await refusals(() => {
      component = new BackupConsumer("foreign", { bucketArn: "arn:aws:s3:::b", trust });
    }, 1);
    expect(refused.get(component)).to.contain(
      "isn't your own account (111122223333): without an external ID",
    );
  });
});
