import type * as iam from "@pulumi/aws/iam";
import type * as pulumi from "@pulumi/pulumi";
import { atOnce, type Checks, checkAfter, checkMap, checkString, type Finding, type Problem } from "./check";
import { partsOfArn } from "./naming";
import { readString } from "./reading";

// Who may assume a consumer's role: checks, and the trust policy. Pure.

/** A caller that signs in through an OIDC provider, such as a GitHub Actions workflow or a Kubernetes service account (IRSA). */
export interface OidcTrust {
  /**
   * The ARN of the OIDC provider in IAM, such as `arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com`.
   * It must be in the role's account.
   */
  readonly provider: pulumi.Input<string>;

  /**
   * The token's claim `sub`, 3 to 512 characters: `repo:octo-org/octo-repo:ref:refs/heads/main`, or
   * `system:serviceaccount:NAMESPACE:NAME`. It can have the wildcards `*` and `?` after the part that names the owner.
   */
  readonly subject: pulumi.Input<string>;

  /**
   * The token's claim `aud`.
   *
   * @default "sts.amazonaws.com", which GitHub's action for AWS and EKS ask for
   */
  readonly audience?: pulumi.Input<string> | undefined;
}

/** Who may assume the role: exactly one of `accountId`, `oidc` and `service`. */
export interface Trust {
  /**
   * The ID of an AWS account, 12 digits: that of a hosted service, such as MongoDB Atlas, or your own. Anyone that this account
   * permits can assume the role.
   */
  readonly accountId?: pulumi.Input<string> | undefined;

  /**
   * What the other account must name when it assumes the role, 2 to 1224 letters, digits and `_+=,.@:/-`: so that a customer of a
   * hosted service can't make it assume another customer's role. Use the one that the service gives you. An empty string, for
   * none, is allowed only with your own account. AWS does not treat it as a secret.
   *
   * @default - a random UUID
   */
  readonly externalId?: pulumi.Input<string> | undefined;

  /** A caller that signs in through an OIDC provider. */
  readonly oidc?: OidcTrust | undefined;

  /** An AWS service that runs your program, such as `ec2.amazonaws.com` or `pods.eks.amazonaws.com` (EKS Pod Identity). */
  readonly service?: pulumi.Input<string> | undefined;
}

/** EKS Pod Identity, which tags its sessions (EKS User Guide, "EKS Pod Identity role"). */
const podIdentity = "pods.eks.amazonaws.com";

/** The audience that GitHub's action for AWS and EKS request. */
export const defaultAudience = "sts.amazonaws.com";

const isWildcard = (value: string) => /^[*?]+$/.test(value);
const wildcardPrincipal = (who: string) => ({
  rule: `must not be a wildcard: anyone's ${who} could assume the role`,
  broken: isWildcard,
});

/** An account ID; also as a root user's ARN, which MongoDB Atlas shows, or in the console's notation. */
function readAccountId(value: unknown): unknown {
  const text = readString(value);
  const [, ofArn] = typeof text === "string" ? (/^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(text) ?? []) : [];
  return ofArn ?? (typeof text === "string" ? text.replace(/^(\d{4})-(\d{4})-(\d{4})$/, "$1$2$3") : text);
}

const checkAccountId = checkAfter(
  readAccountId,
  checkString([
    { ...wildcardPrincipal("AWS account"), fix: "name the account of the service" },
    {
      rule: "must be the ID of an AWS account, which has 12 digits",
      broken: (id) => !isWildcard(id) && !/^\d{12}$/.test(id),
      fix: 'for example "111122223333"',
    },
  ]),
);

/** STS API, AssumeRole, ExternalId. */
const checkExternalId = checkString([
  {
    rule: "must have 2 to 1224 letters, digits and _+=,.@:/-",
    broken: (id) => id !== "" && !/^[\w+=,.@:/-]{2,1224}$/.test(id),
    fix: "use the one that the service shows, or remove it and give the service the output externalId",
  },
]);

const checkService = checkString([
  { ...wildcardPrincipal("service"), fix: 'name the service, for example "ec2.amazonaws.com"' },
  {
    rule: "must be the service principal of an AWS service",
    broken: (name) => !isWildcard(name) && !/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(name),
    fix: `for example "ec2.amazonaws.com", or "${podIdentity}" for EKS Pod Identity`,
  },
]);

/**
 * Whether a wildcard leaves the owner open: a repository's owner (`repo:octo-org/`), or a service account's namespace. Part of a
 * name before a wildcard doesn't count: `repo:octo*` is everyone whose name begins with it.
 */
function leavesOwnerOpen(subject: string): boolean {
  const owner = subject.startsWith("system:serviceaccount:") ? 3 : 2;
  return subject
    .split(/[:/]/)
    .slice(0, owner)
    .some((part) => /[*?]/.test(part));
}

/** How each part of an OIDC trust is checked. */
const oidcChecks = {
  provider: checkString([
    {
      rule: "must be the ARN of an OIDC provider in IAM",
      broken: (arn) => !/^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[A-Za-z0-9./_:-]{1,255}$/.test(arn),
      fix: 'for example "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"',
    },
  ]),
  subject: checkString([
    {
      rule: "must have 3 to 512 characters, without spaces, quotes or IAM variables",
      broken: (subject) => !/^[!#-&(-_a-~]{3,512}$/.test(subject) && !isWildcard(subject),
      fix: 'for example "repo:octo-org/octo-repo:ref:refs/heads/main"',
    },
    {
      rule: "must not contain ${, which begins an IAM variable",
      broken: (subject) => subject.includes("${"),
      fix: "remove it",
    },
    {
      rule: "must name the owner of the token before any wildcard: otherwise anyone who can sign in with the provider could assume the role",
      broken: leavesOwnerOpen,
      fix: 'for example "repo:octo-org/octo-repo:*", or "system:serviceaccount:backups:restic"',
    },
  ]),
  audience: checkString([
    {
      rule: "must have 1 to 255 characters, without spaces, wildcards or quotes",
      broken: (audience) => !/^[!#-&()+->@-_a-~]{1,255}$/.test(audience),
      fix: `for example "${defaultAudience}"`,
    },
  ]),
} satisfies Checks<OidcTrust>;

const example =
  'for example {"accountId": "111122223333", "externalId": "…"}, {"oidc": {"provider": "arn:…", "subject": "repo:…"}} or {"service": "ec2.amazonaws.com"}';

const checkOidc = checkMap(
  oidcChecks,
  ({ provider, subject }): Finding[] => [
    ...(provider === undefined
      ? [{ at: "provider", value: undefined, rule: "must be the ARN of an OIDC provider in IAM" }]
      : []),
    ...(subject === undefined
      ? [
          {
            at: "subject",
            value: undefined,
            rule: "is required: without it, anyone who can sign in with the provider could assume the role",
            fix: 'for example "repo:octo-org/octo-repo:ref:refs/heads/main"',
          },
        ]
      : []),
  ],
  {
    rule: "must have a provider and a subject",
    fix: 'for example {"provider": "arn:…", "subject": "repo:…"}',
  },
);

const kinds = ["accountId", "oidc", "service"] as const;

const trustParts = {
  accountId: checkAccountId,
  externalId: checkExternalId,
  oidc: atOnce(checkOidc),
  service: checkService,
} satisfies Checks<Trust>;

/** Checks a trust and its parts. Which parts it has must be known when the program runs; their values may not be. */
export const checkTrust = checkMap(
  trustParts,
  (given): Finding[] => {
    const named = kinds.filter((kind) => given[kind] !== undefined);
    if (named.length !== 1) {
      return [{ value: undefined, rule: `must have exactly one of ${kinds.join(", ")}`, fix: example }];
    }
    return given.externalId !== undefined && given.accountId === undefined
      ? [
          {
            at: "externalId",
            value: given.externalId,
            rule: `has no effect with ${named[0]}: only accountId uses an external ID`,
            fix: "remove externalId",
          },
        ]
      : [];
  },
  { rule: "must say who may assume the role", fix: example },
);

/** A trust, once all of it is known. */
export type KnownTrust = pulumi.Unwrap<Trust>;

/**
 * The problem of another account that doesn't need an external ID.
 *
 * @param own the account of the deployer
 */
export const withoutExternalId = ({ accountId, externalId }: KnownTrust, own: string): Problem[] =>
  externalId !== "" || accountId === own
    ? []
    : [
        {
          name: "trust.externalId",
          value: externalId,
          rule: `is required, because ${accountId} isn't your own account (${own}): without an external ID, any customer of a service in ${accountId} could have that service assume the role`,
          fix: "use the one that the service shows, or remove it and give the service the output externalId",
        },
      ];

/** The problem of an OIDC provider outside the role's account, which IAM doesn't accept. */
export const providerElsewhere = ({ oidc }: KnownTrust, policyArn: string): Problem[] => {
  const [, account] = /^arn:[^:]+:iam::(\d{12}):/.exec(policyArn) ?? [];
  return oidc === undefined || account === undefined || partsOfArn(oidc.provider).account === account
    ? []
    : [
        {
          name: "trust.oidc.provider",
          value: oidc.provider,
          rule: `the OIDC provider must be in the account of the role, ${account}`,
          fix: "create the provider there: aws iam create-open-id-connect-provider",
        },
      ];
};

/**
 * A role's trust policy: who may assume it.
 *
 * @param partition the role's
 * @param trust one that has passed {@link checkTrust}; without an external ID, or with an empty one, the account needs none
 */
export function trustPolicy(
  partition: string,
  { accountId, externalId, oidc, service }: KnownTrust,
): iam.PolicyDocument {
  const statement = (): Omit<iam.PolicyStatement, "Effect"> => {
    if (oidc !== undefined) {
      const { provider, subject, audience = defaultAudience } = oidc;
      const issuer = provider.slice(provider.indexOf("/") + 1);
      const hasWildcard = /[*?]/.test(subject);
      return {
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: audience,
            ...(!hasWildcard && { [`${issuer}:sub`]: subject }),
          },
          ...(hasWildcard && { StringLike: { [`${issuer}:sub`]: subject } }),
        },
      };
    }
    if (service !== undefined) {
      return {
        Principal: { Service: service },
        Action: service === podIdentity ? ["sts:AssumeRole", "sts:TagSession"] : "sts:AssumeRole",
      };
    }
    return {
      Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
      Action: "sts:AssumeRole",
      ...(externalId && { Condition: { StringEquals: { "sts:ExternalId": externalId } } }),
    };
  };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement() }] };
}
