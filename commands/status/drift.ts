// The differences between a bucket's settings in AWS and as deployed. Pure.
import { describeDifference } from "../adopt/difference";
import { type BucketPart, bucketPartNames, bucketParts } from "../aws/bucketParts";
import { types } from "../stack/consumers";
import { isSealed, type StateResource } from "../stack/state";

type Inputs = Readonly<Record<string, unknown>>;

/** The state of a bucket's setting: as deployed, or what an update with `--refresh` would change. */
export interface PartStatus {
  readonly setting: string;
  /** Empty: as deployed. */
  readonly differences: readonly string[];
}

/** Their names in the output. */
const nouns: Readonly<Record<BucketPart, string>> = {
  ownership: "object ownership",
  publicAccessBlock: "public access block",
  policy: "bucket policy",
  versioning: "versioning",
  encryption: "encryption",
  objectLock: "object lock",
  logging: "access logs",
  lifecycle: "lifecycle",
};

/** Inputs that identify the bucket instead of configuring it. */
const places: readonly string[] = ["bucket", "region", "expectedBucketOwner"];

/** The settings of a bucket that the stack has deployed, by name; none for a bucket that the stack doesn't manage. */
export function deployedParts(
  resources: readonly StateResource[],
  bucketName: string,
): readonly (readonly [BucketPart, Inputs])[] {
  const bucket = resources.find(
    ({ type, outputs, external }) =>
      type === "aws:s3/bucket:Bucket" && outputs?.bucket === bucketName && external !== true,
  );
  const owner = resources.find(({ urn, type }) => type === types.bucket && urn === bucket?.parent);
  const own = resources.filter(
    (one) => owner !== undefined && one.parent === owner.urn && one.delete !== true,
  );
  return bucketPartNames.flatMap((part) =>
    own
      .filter(({ type }) => type === bucketParts[part].type)
      .map(({ inputs = {} }) => [part, inputs] as const),
  );
}

const holdsSecret = (value: unknown): boolean =>
  isSealed(value) || (typeof value === "object" && value !== null && Object.values(value).some(holdsSecret));

/**
 * Compares a setting.
 *
 * @param found the setting in AWS; undefined: it isn't set
 */
export function partStatus(part: BucketPart, deployed: Inputs, found: Inputs | undefined): PartStatus {
  const setting = nouns[part];
  if (found === undefined) {
    return { setting, differences: ["missing in AWS"] };
  }
  const differences = Object.entries(deployed)
    // Values that a program has marked as secret can't be compared without them, and would be shown.
    .filter(([name, wanted]) => !places.includes(name) && !name.startsWith("__") && !holdsSecret(wanted))
    .flatMap(([name, wanted]) => describeDifference(name, found[name], wanted));
  return { setting, differences };
}
