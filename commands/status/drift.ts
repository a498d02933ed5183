// What differs between a bucket's settings in AWS and those that the stack has deployed. Pure.
import { describeDifference } from "../adopt/difference";
import { type BucketPart, bucketPartNames, bucketParts } from "../aws/bucketParts";
import { types } from "../stack/consumers";
import { isSealed, type StateResource } from "../stack/state";

type Inputs = Readonly<Record<string, unknown>>;

/** How a setting of a bucket is: as deployed, or what an update with `--refresh` would change. */
export interface PartStatus {
  readonly setting: string;
  /** Empty: it is as deployed. */
  readonly differences: readonly string[];
}

/** What a reader calls them. */
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

/** Inputs that say which bucket, and not what it is like. */
const places: readonly string[] = ["bucket", "region", "expectedBucketOwner"];

/** The settings of a bucket that the stack has deployed, by what they are; none of a bucket that is not its own. */
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
 * How a setting is.
 *
 * @param found as AWS has it; undefined: it has none
 */
export function partStatus(part: BucketPart, deployed: Inputs, found: Inputs | undefined): PartStatus {
  const setting = nouns[part];
  if (found === undefined) {
    return { setting, differences: ["missing in AWS"] };
  }
  const differences = Object.entries(deployed)
    // What a program has marked as secret cannot be compared without it, and would be shown.
    .filter(([name, wanted]) => !places.includes(name) && !name.startsWith("__") && !holdsSecret(wanted))
    .flatMap(([name, wanted]) => describeDifference(name, found[name], wanted));
  return { setting, differences };
}
