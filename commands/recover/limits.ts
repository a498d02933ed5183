/** More calls at once than the AWS SDK keeps connections open would only wait. */
export const mostCalls = 50;
/** How many calls are made at once, unless `--concurrency` says so. */
export const usualCalls = 32;
