import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { revoke } from "../../commands/keys/revocation";
import { rotate } from "../../commands/keys/rotation";
import { Stack as CommandStack } from "../../commands/stack/stack";
import { problemsOf } from "../../commands/status/problems";
import { readStatus } from "../../commands/status/readStatus";
import { verifyConsumer } from "../../commands/verify/verifyConsumer";
import { accountId, rootCredentials } from "../../local/aws";
import { type Credentials, clientConfig } from "../../local/aws/clients";
import { backgroundTask } from "../support/background";
import { callCommandLine } from "../support/commandLine";
import { createDeployer } from "../support/deployer";
import { deployerPolicy } from "../support/deployerPolicy";
import { clients, environment, fresh, Stack } from "../support/environment";

/** The account of a hosted service. MiniStack takes an account's ID for its root user's access key. */
const theirs = "111122223333";
const issuer = "token.actions.githubusercontent.com";
const provider = `arn:aws:iam::${accountId}:oidc-provider/${issuer}`;

/** How a call ends. */
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "allowed",
    (error: Error) => error.name,
  );
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

async function sts(credentials: Credentials) {
  return new STSClient(clientConfig((await environment()).aws, credentials));
}

/** A user of an account who may do what the policy says. */
async function userOf(owner: IAMClient, Action: string): Promise<Credentials> {
  const UserName = fresh("caller");
  await owner.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action, Resource: "*" },
  });
  await owner.send(new PutUserPolicyCommand({ UserName, PolicyName: "may", PolicyDocument }));
  const { AccessKey } = await owner.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

interface Session extends Credentials {
  readonly sessionToken: string;
}

async function assume(
  caller: Credentials,
  RoleArn: string,
  more: { readonly ExternalId?: string; readonly DurationSeconds?: number } = {},
): Promise<Session> {
  const client = await sts(caller);
  const { Credentials } = await client.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "test", ...more }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}

/** Signs in with a token of these claims; nobody looks at its signature here. */
async function signIn(RoleArn: string, claims: object): Promise<unknown> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const WebIdentityToken = [part({ alg: "none" }), part({ iss: `https://${issuer}`, ...claims }), "x"].join(
    ".",
  );
  const client = await sts(rootCredentials);
  return client.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "workflow", WebIdentityToken }),
  );
}

/** What credentials can do in a bucket, inside and outside of a folder, and elsewhere. */
async function tryOut(credentials: Credentials, Bucket: string, folder: string) {
  const { s3, iam } = await clients(credentials);
  const put = (Key: string) => outcome(s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" })));
  const list = (Prefix: string) => outcome(s3.send(new ListObjectsV2Command({ Bucket, Prefix })));
  return {
    put: await put(`${folder}a`),
    list: await list(folder),
    putOutside: await put("elsewhere/a"),
    listOutside: await list("elsewhere/"),
    listUsers: await outcome(iam.send(new ListUsersCommand({}))),
  };
}
const inFolderOnly = {
  ...{ put: "allowed", list: "allowed" },
  ...{ putOutside: "AccessDenied", listOutside: "AccessDenied", listUsers: "AccessDenied" },
};

/** A role as IAM has it. */
async function readRole(iam: IAMClient, arn: string) {
  const RoleName = arn.split("/").at(-1) ?? "";
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return {
    trust: JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).Statement,
    path: Role?.Path,
    boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
    tags: Role?.Tags ?? [],
    maximum: Role?.MaxSessionDuration,
    policies: AttachedPolicies.map(({ PolicyArn }) => PolicyArn),
  };
}

interface RoleOutputs {
  readonly roleArn: string;
  readonly externalId?: string;
  readonly policyArn: string;
}

describe("a role instead of a key, on a real engine", function () {
  this.timeout(1_800_000);

  const life = backgroundTask(async () => {
    const { iam } = await clients();
    const otherAccount = (await clients({ accessKeyId: theirs, secretAccessKey: "test" })).iam;
    const them = await userOf(otherAccount, "sts:AssumeRole");
    const us = await userOf(iam, "sts:AssumeRole");
    const noneOfUs = await userOf(iam, "s3:ListAllMyBuckets");
    await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://${issuer}`,
        ClientIDList: ["sts.amazonaws.com"],
      }),
    );
    const everything = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
    };
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: fresh("boundary"), PolicyDocument: JSON.stringify(everything) }),
    );
    const boundary = Policy?.Arn ?? "";
    const settings = {
      ...{ access: "restic", prefix: "db1", forceDestroy: true, tags: { team: "databases" } },
      consumers: {
        atlas: {
          ...{ access: "read-write", prefix: "atlas", roleName: "trust-atlas", path: "/backups/" },
          ...{ permissionsBoundary: boundary, trust: { accountId: theirs } },
        },
        restore: { access: "read-only", trust: { accountId, externalId: "" } },
        ci: {
          ...{ access: "read-write", prefix: "ci" },
          trust: { oidc: { provider, subject: "repo:octo-org/octo-repo:*" } },
        },
        pods: {
          ...{ access: "read-write", prefix: "pods" },
          trust: { service: "pods.eks.amazonaws.com" },
        },
      },
    };
    const testStack = await new Stack("trust").create(settings);
    await testStack.up();
    const place = await testStack.place();
    const stack = () => CommandStack.open("trust", place);
    const asUser = (user: Credentials, more: object = {}) =>
      testStack.set({
        ...{ ...settings, ...more },
        ...{ "aws:accessKey": user.accessKeyId, "aws:secretKey": user.secretAccessKey },
      });
    const cli = (...args: readonly string[]) =>
      callCommandLine([...args, "--stack", "trust"], {
        cwd: place.project.folder,
        env: { ...(place.env as Record<string, string>) },
      });
    const first = await testStack.outputs();
    const { bucketName } = first;
    const { consumers } = first as unknown as { consumers: Record<string, RoleOutputs> };
    const of = (name: string): RoleOutputs => consumers[name] ?? { roleArn: "", policyArn: "" };
    const roles = {
      atlas: await readRole(iam, of("atlas").roleArn),
      restore: await readRole(iam, of("restore").roleArn),
      ci: await readRole(iam, of("ci").roleArn),
      pods: await readRole(iam, of("pods").roleArn),
    };
    const attachedTo = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: of("atlas").policyArn }));
    const types = await testStack.types();

    const ExternalId = of("atlas").externalId ?? "";
    const atlasArn = of("atlas").roleArn;
    const atlas = await assume(them, atlasArn, { ExternalId });
    const assumed = {
      atlas: await tryOut(atlas, bucketName, "atlas/"),
      withoutId: await outcome(assume(them, atlasArn)),
      wrongId: await outcome(assume(them, atlasArn, { ExternalId: "other" })),
      ownUser: await outcome(assume(us, atlasArn, { ExternalId })),
      root: await failure(assume(rootCredentials, of("restore").roleArn)),
      tooLong: await failure(assume(them, atlasArn, { ExternalId, DurationSeconds: 7200 })),
      notAllowed: await outcome(assume(noneOfUs, of("restore").roleArn)),
      pods: await outcome(assume(us, of("pods").roleArn)),
    };
    const sub = "repo:octo-org/octo-repo:ref:refs/heads/main";
    const aud = "sts.amazonaws.com";
    const signedIn = {
      right: await outcome(signIn(of("ci").roleArn, { sub, aud })),
      otherRepository: await outcome(signIn(of("ci").roleArn, { sub: "repo:octo-org/evil:x", aud })),
      otherAudience: await outcome(signIn(of("ci").roleArn, { sub, aud: "other" })),
      otherRole: await outcome(signIn(atlasArn, { sub, aud })),
    };

    // Whoever deploys is root here, who may assume nothing, as on AWS.
    const simulated = await verifyConsumer(stack(), await stack().consumer({ consumer: "atlas" }));
    const printed = await cli("verify", "--consumer", "ci");
    const wide = JSON.stringify(everything);
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "trust-atlas", PolicyName: "wide", PolicyDocument: wide }),
    );
    const simulatedWide = await verifyConsumer(stack(), await stack().consumer({ consumer: "atlas" }));

    await asUser(us);
    const restore = await stack().consumer({ consumer: "restore" });
    const tried = await verifyConsumer(stack(), restore, {
      plainHttpEndpoint: (await environment()).aws.httpEndpoint,
    });
    const restoreName = of("restore").roleArn.split("/").at(-1) ?? "";
    await iam.send(new AttachRolePolicyCommand({ RoleName: restoreName, PolicyArn: boundary }));
    const triedWide = await verifyConsumer(stack(), restore);

    const handedOver = {
      role: await cli("handoff", "--json", "--duration", "1h", "--consumer", "restore"),
      key: await cli("handoff", "--json", "--duration", "12h"),
      others: await cli("handoff", "env", "--duration", "1h", "--consumer", "atlas"),
      tooLong: await cli("handoff", "env", "--duration", "2h", "--consumer", "restore"),
      noToken: await cli("handoff", "litestream", "--duration", "1h"),
      noKey: await cli("handoff", "env", "--consumer", "restore"),
    };
    const byKey = JSON.parse(handedOver.key.stdout);
    const byRole = JSON.parse(handedOver.role.stdout);
    const temporary = { key: await tryOut(byKey, bucketName, "db1/") };
    const restoring = (await clients(byRole)).s3;
    const read = () => outcome(restoring.send(new GetObjectCommand({ Bucket: bucketName, Key: "atlas/a" })));

    await testStack.set(settings);
    const readBefore = await read();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const revoked = await revoke(stack(), { consumer: "restore", yes: true });
    const readAfter = await read();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const again = await tryOut(await assume(us, of("restore").roleArn), bucketName, "atlas/");
    const rotated = await failure(rotate(stack(), { consumer: "atlas" }));

    const statusBefore = problemsOf(await readStatus(stack(), {}, { pages: 1 }));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: theirs }, Action: "sts:AssumeRole" }],
    });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "trust-atlas", PolicyDocument }));
    const statusAfter = problemsOf(await readStatus(stack(), {}, { pages: 1 }));

    const pods = await stack().consumer({ consumer: "pods" });
    const noRole = pods.role && { ...pods.role, arn: `arn:aws:iam::${accountId}:role/none`, name: "none" };
    const notThere = await failure(verifyConsumer(stack(), { ...pods, ...(noRole && { role: noRole }) }));

    // From a key to a role, with both for a while.
    const trust = { accountId };
    await testStack.set({ ...settings, trust, previousKey: "active" });
    const plannedBoth = await testStack.plan();
    await testStack.up();
    const both = (await testStack.outputs()) as typeof first & RoleOutputs;
    const withBoth = {
      key: await tryOut(both, bucketName, "db1/"),
      role: await tryOut(
        await assume(us, both.roleArn, { ExternalId: both.externalId ?? "" }),
        bucketName,
        "db1/",
      ),
    };
    await asUser(us, { trust, previousKey: "active" });
    const triedWithId = await verifyConsumer(stack(), await stack().consumer());
    const rotatedBoth = await failure(rotate(stack()));

    await testStack.set({ ...settings, trust });
    const preview = await testStack.run("preview", "--stack", "trust");
    const printedUp = await testStack.up();
    const last = (await testStack.outputs()) as Partial<typeof first> & RoleOutputs;
    const keyAfter = await tryOut(both, bucketName, "db1/");
    const plannedAfter = await testStack.plan();
    const refreshed = await testStack.plan("--refresh");
    await testStack.set({ ...settings, trust: { accountId: theirs, externalId: "" } });
    const refused = await testStack.try("preview", "--stack", "trust");
    await testStack.destroy();
    const gone = await outcome(iam.send(new GetRoleCommand({ RoleName: "trust-atlas" })));
    return {
      ...{ first, of, roles, boundary, attachedTo, types, ExternalId, assumed, signedIn, simulated, printed },
      ...{ simulatedWide, tried, triedWide, handedOver, temporary, byRole, readBefore, revoked, readAfter },
      ...{
        notThere,
        again,
        rotated,
        statusBefore,
        statusAfter,
        plannedBoth,
        both,
        withBoth,
        triedWithId,
        rotatedBoth,
      },
      ...{ preview, printedUp, last, keyAfter, plannedAfter, refreshed, refused, gone },
      printedByStack: testStack.printed,
    };
  });

  const byDeployer = backgroundTask(async () => {
    const { iam } = await clients();
    const { Statement, ...document } = deployerPolicy({ trust: true });
    // The provider makes other calls to S3 where that is not in AWS: asOnAws.test.ts is about those.
    const anyBucket = { Sid: "AnyBucket", Effect: "Allow", Action: "s3:*", Resource: "*" };
    const deployer = await createDeployer(iam, { ...document, Statement: [...Statement, anyBucket] });
    const { accessKeyId, secretAccessKey } = deployer.credentials;
    const as = { "aws:accessKey": accessKeyId, "aws:secretKey": secretAccessKey };
    const testStack = await new Stack("trust-deployer").create({
      ...{ ...as, access: "restic", tags: { a: "1", b: "2" }, trust: { accountId: theirs } },
    });
    await testStack.up();
    const first = (await testStack.outputs()) as unknown as RoleOutputs;
    // As revoke and the console do.
    await iam.send(
      new PutRolePolicyCommand({
        ...{ RoleName: first.roleArn.split("/").at(-1), PolicyName: "byHand" },
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Deny", Action: "*", Resource: "*" },
        }),
      }),
    );
    await testStack.set({
      ...as,
      access: "restic",
      tags: { a: "3" },
      trust: { service: "ec2.amazonaws.com" },
    });
    await testStack.up("--refresh");
    const changed = await readRole(iam, first.roleArn);
    await testStack.destroy();
    return { changed, gone: await outcome(readRole(iam, first.roleArn)) };
  });

  it("is deployed, changed and destroyed with the permissions of docs/trust.md", async () => {
    const { changed, gone } = await byDeployer();
    expect(changed.tags).to.deep.equal([{ Key: "a", Value: "3" }]);
    expect(changed.trust[0].Principal).to.deep.equal({ Service: "ec2.amazonaws.com" });
    expect(gone).to.equal("NoSuchEntityException");
  });

  it("is in IAM what its trust says, with the consumer's policy, and no user", async () => {
    const { first, of, roles, boundary, attachedTo, types, ExternalId } = await life();
    const usual = {
      path: "/",
      boundary: undefined,
      tags: [{ Key: "team", Value: "databases" }],
      maximum: 3600,
    };
    const own = `arn:aws:iam::${accountId}:root`;
    expect(ExternalId).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(roles.atlas).to.deep.equal({
      ...{ ...usual, path: "/backups/", boundary, policies: [of("atlas").policyArn] },
      trust: [
        {
          ...{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${theirs}:root` }, Action: "sts:AssumeRole" },
          Condition: { StringEquals: { "sts:ExternalId": ExternalId } },
        },
      ],
    });
    expect(of("atlas").roleArn).to.equal(`arn:aws:iam::${accountId}:role/backups/trust-atlas`);
    expect(roles.restore).to.deep.equal({
      ...{ ...usual, policies: [of("restore").policyArn] },
      trust: [{ Effect: "Allow", Principal: { AWS: own }, Action: "sts:AssumeRole" }],
    });
    expect(Object.keys(of("restore")).sort()).to.deep.equal(["policyArn", "roleArn"]);
    expect(roles.ci.trust).to.deep.equal([
      {
        ...{ Effect: "Allow", Principal: { Federated: provider }, Action: "sts:AssumeRoleWithWebIdentity" },
        Condition: {
          StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com" },
          StringLike: { [`${issuer}:sub`]: "repo:octo-org/octo-repo:*" },
        },
      },
    ]);
    expect(roles.pods.trust).to.deep.equal([
      {
        ...{ Effect: "Allow", Principal: { Service: "pods.eks.amazonaws.com" } },
        Action: ["sts:AssumeRole", "sts:TagSession"],
      },
    ]);
    expect(attachedTo.PolicyRoles?.map(({ RoleName }) => RoleName)).to.deep.equal(["trust-atlas"]);
    expect([attachedTo.PolicyGroups, attachedTo.PolicyUsers]).to.deep.equal([[], []]);
    // Only the stack's own consumer has them.
    expect(
      types.filter((type) => /^aws:iam\/(user:User|group:Group|accessKey:AccessKey)$/.test(type)),
    ).to.have.length(3);
    expect(first).not.to.have.any.keys("roleArn", "externalId");
  });

  it("is assumed by those that it trusts, with the external ID, and by no one else", async () => {
    const { assumed, signedIn } = await life();
    expect(assumed).to.deep.equal({
      atlas: inFolderOnly,
      withoutId: "AccessDenied",
      wrongId: "AccessDenied",
      ownUser: "AccessDenied",
      root: "Roles may not be assumed by root accounts.",
      tooLong: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      notAllowed: "AccessDenied",
      pods: "AccessDenied",
    });
    expect(signedIn).to.deep.equal({
      right: "allowed",
      otherRepository: "AccessDenied",
      otherAudience: "InvalidIdentityTokenException",
      otherRole: "AccessDenied",
    });
  });

  it("is verified by assuming it, or else by a simulation, which says so", async () => {
    const { of, simulated, simulatedWide, printed, tried, triedWide, triedWithId, both } = await life();
    expect([simulated.ok, simulated.verdict]).to.deep.equal([
      true,
      `According to IAM's simulation, the role ${of("atlas").roleArn} can do what the access profile read-write needs, and nothing else that was simulated.`,
    ]);
    expect(simulated.notes).to.deep.equal([
      "Simulated, because these credentials can't assume the role: Roles may not be assumed by root accounts.",
      "The simulation covers the role's policies and its permissions boundary, but not who may assume it, or the bucket's policy and settings.",
    ]);
    const got = (call: string) => simulated.rows.find((row) => row.call === call)?.got;
    expect([
      got("put an object"),
      got("put an object, outside atlas/"),
      got("delete an old version"),
    ]).to.deep.equal(["allowed", "implicitDeny", "implicitDeny"]);
    expect((await life()).notThere).to.match(/^IAM has no role .*role\/none anymore: someone deleted it\./);
    expect(simulatedWide.ok).to.equal(false);
    expect(simulatedWide.verdict).to.match(/^This should be refused but is allowed: .*delete an old version/);
    expect(printed.code, printed.stderr + printed.stdout).to.equal(0);
    expect(printed.stdout).to.contain("Simulated, because these credentials can't assume the role");
    expect([tried.ok, tried.verdict]).to.deep.equal([
      true,
      `The role ${of("restore").roleArn} can do what the access profile read-only needs, and nothing else that was tried.`,
    ]);
    expect(tried.rows.find(({ call }) => call === "put an object")?.got).to.equal("AccessDenied");
    expect(triedWide.verdict).to.match(/^This should be refused but is allowed: .*put an object/);
    expect(triedWithId.ok, triedWithId.verdict).to.equal(true);
    expect(triedWithId.verdict).to.contain(both.roleArn);
    expect(triedWithId.rows.at(-1)).to.deep.equal({
      ...{
        call: "assume the role without the external ID",
        expected: "refused",
        got: "AccessDenied",
        ok: true,
      },
    });
  });

  it("yields temporary credentials by handoff, and so does a key", async () => {
    const { handedOver, temporary, byRole, readBefore } = await life();
    expect(temporary.key).to.deep.equal({ ...inFolderOnly, listUsers: "InvalidClientTokenId" });
    expect(handedOver.key.stderr).to.match(/^These credentials expire at 20/m);
    expect(byRole.sessionToken).to.have.length.above(10);
    expect(readBefore).to.equal("allowed");
    expect(handedOver.others.code).to.equal(1);
    expect(handedOver.others.stderr).to.match(
      /^The credentials of this shell can't assume the role .*trust-atlas/m,
    );
    expect(handedOver.tooLong.code).to.equal(2);
    expect(handedOver.tooLong.stderr).to.contain("the role's maximum session duration is 1h");
    expect(handedOver.noToken.stderr).to.contain("The format litestream has no place for a session token");
    expect(handedOver.noKey.stderr).to.match(/^restore has no access key: it has the role/m);
  });

  it("loses its sessions by revoke, and can be assumed again", async () => {
    const { revoked, readAfter, again, rotated } = await life();
    expect(revoked.revoked).to.deep.equal([]);
    expect(revoked.next).to.contain("The principals in the trust policy can assume the role again.");
    expect(readAfter).to.equal("AccessDenied");
    expect(again.list).to.equal("allowed");
    expect(rotated).to.match(
      /^atlas has the role .*, whose credentials expire automatically: there is nothing to rotate\./,
    );
  });

  it("is watched by status, which notices who else is trusted", async () => {
    const { of, statusBefore, statusAfter } = await life();
    expect(statusBefore.map(({ message }) => message)).to.deep.equal([]);
    expect(statusAfter.map(({ kind, consumer }) => [kind, consumer])).to.deep.equal([["key", "atlas"]]);
    expect(statusAfter[0]?.message).to.contain(
      `the trust policy of the role ${of("atlas").roleArn} in AWS differs from the stack's`,
    );
  });

  it("replaces a key: first alongside it, and then a preview names the key that will be deleted", async () => {
    const { first, plannedBoth, both, withBoth, rotatedBoth } = await life();
    // The role of atlas is untouched here: an update without a refresh does not look.
    expect(plannedBoth).to.deep.equal({
      ...{ mLabExternalId: "create", mLabRole: "create", mLabRolePolicyAttachment: "create" },
    });
    expect([both.accessKeyId, both.policyArn]).to.deep.equal([first.accessKeyId, first.policyArn]);
    expect(withBoth).to.deep.equal({ key: inFolderOnly, role: inFolderOnly });
    expect(rotatedBoth).to.contain(`Its key ${first.accessKeyId} is kept alongside the role for a hand-over`);

    const { preview, printedUp, last, keyAfter, plannedAfter, refreshed, printedByStack } = await life();
    const warning = `mLab gets a role instead of its access key: ${first.accessKeyId} will be deleted at the end of this update, with the user and the group. To keep the key until the role is in use, set previousKey to active.`;
    expect(preview).to.contain(warning);
    expect(printedUp).to.contain(warning);
    expect(preview).to.match(/aws:iam:AccessKey mLabAccessKey delete/);
    expect(Object.keys(last)).not.to.include.any.members(["accessKeyId", "secretAccessKey", "userName"]);
    expect([last.roleArn, last.externalId]).to.deep.equal([both.roleArn, both.externalId]);
    expect(keyAfter.put).to.equal("InvalidAccessKeyId");
    expect(plannedAfter).to.deep.equal({});
    expect(refreshed).to.deep.equal({ atlasRole: "update" });
    expect(printedByStack).not.to.contain(first.secretAccessKey);
  });

  it("is refused to another account without an external ID, and a destroy removes it with what is attached by hand", async () => {
    const { refused, gone } = await life();
    expect(refused.stdout).to.contain(
      `trust.externalId = "": is required, because ${theirs} isn't your own account (${accountId})`,
    );
    expect(gone).to.equal("NoSuchEntityException");
  });
});
