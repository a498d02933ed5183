import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { waitsProblem, withoutWaits } from "../../components/providerWaits";
import { env } from "../../local/devStack";
import { awsConfig } from "../support/awsConfig";

const { load }: { load: (text: string) => unknown } = require("js-yaml");

interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
}
const { config } = load(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")) as StackFile;
const ofAws = Object.fromEntries(Object.entries(config).filter(([key]) => key.startsWith("aws:")));
const [endpoints = {}] = config["aws:endpoints"] as Record<string, string>[];

describe("the stack dev", () => {
  it("has the configuration that the end-to-end tests have", () => {
    expect(ofAws).to.deep.equal(awsConfig(endpoints.s3 ?? ""));
  });

  it("is configured by names that the official aws plugin has", () => {
    const names = Object.keys(require("@pulumi/aws/config/vars"));
    expect(names).to.include.members(Object.keys(ofAws).map((key) => key.slice("aws:".length)));
  });

  it("has the provider skip its waits, as its endpoints are on this machine", () => {
    expect(env).to.include(withoutWaits);
    expect(waitsProblem(env, JSON.stringify(config["aws:endpoints"]))).to.equal(undefined);
  });
});
