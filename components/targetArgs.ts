import { type BackupBucketArgs, bucketChecks } from "./bucketArgs";
import {
  atOnce,
  type Checks,
  checkAfter,
  checkDays,
  type Finding,
  fixName,
  isLater,
  type Known,
  ownCheck,
  type Problem,
  take,
} from "./check";
import { bucketAndConsumerContradictions, existingBucketContradictions } from "./conflicts";
import { type ConsumerAccessArgs, consumerAccessChecks } from "./consumerArgs";
import { checkConsumer, checkExistingBucketName } from "./naming";

/** Arguments for `BackupTarget`: those of its bucket and of its consumer. All are optional. */
export interface BackupTargetArgs extends Omit<BackupBucketArgs, "objectOwnership">, ConsumerAccessArgs {
  /**
   * The name of an existing bucket to use. Nothing about it is changed. The policies of the consumers then refuse plain HTTP.
   *
   * @default - a bucket that the program creates
   */
  readonly existingBucket?: string | undefined;

  /**
   * Additional consumers of the same bucket, by name. Each gets its own policy, group, user and key or, with `trust`, its own
   * policy and role.
   *
   * @default - none
   */
  readonly consumers?: Readonly<Record<string, ConsumerAccessArgs>> | undefined;

  /**
   * Age of a consumer's key, in days, after which each update warns that it should be rotated.
   *
   * @default 90
   */
  readonly maxKeyAgeDays?: number | undefined;
}

/** Each consumer's settings, with values corrected as far as their meaning is clear. */
function readConsumers(value: unknown): unknown {
  const isMap = (one: unknown): one is object =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  const read = (argument: string, given: unknown) => {
    const check = ownCheck<keyof ConsumerAccessArgs>(consumerAccessChecks, argument);
    const isKnown = check !== undefined && given !== undefined && !isLater(given);
    return isKnown ? take(argument, given, check).taken : given;
  };
  const entries = (one: object, convert: (name: string, part: unknown) => unknown) =>
    Object.fromEntries(Object.entries(one).map(([name, part]) => [name, convert(name, part)]));
  return isMap(value)
    ? entries(value, (_, consumer) => (isMap(consumer) ? entries(consumer, read) : consumer))
    : value;
}

const checkConsumers = checkAfter(readConsumers, (value): Finding[] => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [
      {
        rule: "must map the names of consumers to what each may do",
        fix: 'for example {"db2": {"access": "restic"}}',
      },
    ];
  }
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const [name, access] of Object.entries(value)) {
    findings.push(...checkConsumer(name).map((finding) => ({ ...finding, at: name, value: name })));
    if (seen.has(name.toLowerCase())) {
      findings.push({
        at: name,
        value: name,
        rule: "IAM ignores case, so two names must differ in more than that",
        fix: "rename one of the two consumers",
      });
    }
    seen.add(name.toLowerCase());
    if (typeof access !== "object" || access === null || Array.isArray(access)) {
      const rule = "a consumer is a map of its settings";
      findings.push({ at: name, value: access, rule, fix: 'for example {"access": "restic"}' });
      continue;
    }
    for (const [argument, given] of Object.entries(access)) {
      const at = `${name}.${argument}`;
      const check = ownCheck<keyof ConsumerAccessArgs>(consumerAccessChecks, argument);
      if (check === undefined) {
        const fix = fixName(argument, Object.keys(consumerAccessChecks));
        // Without the value, which may be a secret.
        findings.push({ at, value: undefined, rule: "a consumer has no such setting", fix });
      } else if (given !== undefined && !isLater(given)) {
        findings.push(
          ...check(given).map(({ at: place, ...finding }) => ({
            value: given,
            ...finding,
            at: place === undefined ? at : `${at}.${place}`,
          })),
        );
      }
    }
  }
  return findings;
});

const { objectOwnership: _derived, ...passedOn } = bucketChecks;
/** How each argument is checked that a target passes on to its bucket. */
export const checksOfBucket = passedOn;

/** The KMS key and the tags can be set for an existing bucket too. */
const { kmsKeyArn: _said, tags: _shared, ...settingsOfBucket } = checksOfBucket;

/** Contradictions among the arguments of a `BackupTarget`. */
export const targetContradictions = (args: Known<BackupTargetArgs>): Problem[] => [
  ...bucketAndConsumerContradictions(args),
  ...existingBucketContradictions(args, Object.keys(settingsOfBucket)),
];

/** How each argument of a `BackupTarget` is checked. */
export const targetChecks = {
  ...checksOfBucket,
  ...consumerAccessChecks,
  existingBucket: atOnce(checkExistingBucketName),
  consumers: Object.assign(atOnce(checkConsumers), { each: consumerAccessChecks }),
  maxKeyAgeDays: atOnce(checkDays),
} satisfies Checks<BackupTargetArgs>;
