import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { meaningOfAwsError } from "../../commands/cli/awsErrors";

/** What comes of a request that gets no answer. */
const failed = (client: IAMClient) =>
  client.send(new ListUsersCommand({})).then(
    () => "no error",
    (error: Error) => meaningOfAwsError(error),
  );

describe("errors of AWS", () => {
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };

  it("say in a sentence that there is no response", async () => {
    const nobody = new IAMClient({
      endpoint: "http://127.0.0.1:1",
      region: "x",
      credentials,
      maxAttempts: 1,
    });
    expect(await failed(nobody)).to.match(/^Can't connect to AWS \(connect ECONNREFUSED 127\.0\.0\.1:1\)\. /);
  });

  it("say in a sentence what is wrong with the credentials", () => {
    const named = (name: string, message: string) =>
      meaningOfAwsError(Object.assign(new Error(message), { name }));
    expect(named("CredentialsProviderError", "none")).to.match(
      /^No valid AWS credentials were found \(none\)\. Sign in to AWS in this shell, /,
    );
    expect(named("ExpiredTokenException", "")).to.equal(
      "The AWS credentials have expired. Sign in to AWS again in this shell.",
    );
    expect(named("InvalidClientTokenId", "The token is invalid.")).to.match(
      /^AWS rejects the credentials of this shell \(The token is invalid\.\)\./,
    );
    expect(named("AccessDenied", "not authorized to perform: iam:GetUser")).to.match(
      /^The credentials of this shell lack a permission: not authorized to perform: iam:GetUser\n/,
    );
  });

  it("leave any other error as it is", () => {
    expect(meaningOfAwsError(new TypeError("x is not a function"))).to.equal(undefined);
  });
});
