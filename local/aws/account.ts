/** The local AWS's only account, and the keys of its root user, who can do everything. */
export const accountId = "000000000000";
export const region = "us-east-1";
export const rootCredentials = { accessKeyId: "test", secretAccessKey: "test" };
