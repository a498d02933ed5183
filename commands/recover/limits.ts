/** How many calls are made at once, unless `--concurrency` says so: as many as the AWS SDK keeps connections open. */
export const mostCalls = 50;
