import fc from "fast-check";

const prefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
const suffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];
const taken = new Set("abcdefghijklmnopqrstuvwxyz0123456789.-");
const digits = new Set("0123456789");

/**
 * "General purpose bucket naming rules" of the Amazon S3 User Guide, sentence by sentence and without a regex: what
 * breaks each of them.
 */
export const bucketNameSentences: readonly (readonly [
  sentence: string,
  broken: (name: string) => boolean,
])[] = [
  [
    "Bucket names must be between 3 (min) and 63 (max) characters long.",
    (name) => name.length < 3 || name.length > 63,
  ],
  [
    "Bucket names can consist only of lowercase letters, numbers, periods (.), and hyphens (-).",
    (name) => [...name].some((character) => !taken.has(character)),
  ],
  [
    "Bucket names must begin and end with a letter or number.",
    (name) => [name.at(0), name.at(-1)].some((end) => end === "." || end === "-"),
  ],
  ["Bucket names must not contain two adjacent periods.", (name) => name.includes("..")],
  [
    "Bucket names must not be formatted as an IP address (for example, 192.168.5.4).",
    (name) => {
      const parts = name.split(".");
      return (
        parts.length === 4 &&
        parts.every((part) => part !== "" && [...part].every((digit) => digits.has(digit)))
      );
    },
  ],
  ...prefixes.map(
    (prefix) =>
      [
        `Bucket names must not start with the prefix ${prefix}`,
        (name: string) => name.startsWith(prefix),
      ] as const,
  ),
  // "-an" is for names in the account regional namespace.
  ...suffixes.map(
    (suffix) =>
      [
        `Bucket names must not end with the suffix ${suffix}`,
        (name: string) => name.endsWith(suffix),
      ] as const,
  ),
];

/** Whether S3 would take the name for a new bucket. */
export const awsTakesBucketName = (name: string): boolean =>
  !bucketNameSentences.some(([, broken]) => broken(name));

/**
 * Whether the program creates a bucket of that name. "For best compatibility, we recommend that you avoid using periods", because
 * "the security certificates used for virtual hosting of buckets don't work for buckets with periods in their names".
 */
export const isForNewBucket = (name: string): boolean => awsTakesBucketName(name) && !name.includes(".");

/**
 * Whether a general purpose bucket can have that name: "Before March 1, 2018, buckets created in the US East (N. Virginia) Region
 * could have names that were up to 255 characters long and included uppercase letters and underscores." The suffixes of what is
 * no general purpose bucket, or no bucket, stay out; `-an` is one of a bucket's own.
 */
export const isOfExistingBucket = (name: string): boolean =>
  name.length >= 3 &&
  name.length <= 255 &&
  [...name].every(
    (character) => character < "\u007f" && (character === "_" || taken.has(character.toLowerCase())),
  ) &&
  !suffixes.some((suffix) => suffix !== "-an" && name.endsWith(suffix));

const pieces = [
  ...prefixes,
  ...suffixes,
  ...["a", "z", "0", "9", "-", ".", "..", "_", "A", "é", " ", "/", "1.2.3.4", "255", "backup", "\n"],
  "a".repeat(30),
  "B".repeat(100),
];

/** Names that keep the rules, names that nearly do, and names that do not. */
export const bucketNames: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((chosen) => chosen.join("")),
  },
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,30}[a-z0-9]$/) },
  { weight: 2, arbitrary: fc.stringMatching(/^[a-z0-9.-]{1,66}$/) },
  { weight: 1, arbitrary: fc.ipV4() },
  { weight: 1, arbitrary: fc.string() },
);
