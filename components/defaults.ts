// The defaults of the arguments; the documents take these values from here.

/** The bucket's. */
export const bucketDefaults = {
  adoptedBucket: false,
  versioning: true,
  noncurrentVersionDays: 30,
  abortIncompleteUploadDays: 7,
  encryption: "sse-s3",
  objectOwnership: "BucketOwnerPreferred",
  protect: false,
  forceDestroy: false,
} as const;

/** Of a consumer's key. */
export const keyDefaults = { keyGeneration: 1, previousKey: "none", maxKeyAgeDays: 90 } as const;
