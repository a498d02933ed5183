import { expect } from "chai";
import { waitsProblem, withoutWaits } from "../../components/providerWaits";

const endpoints = (...urls: string[]) => JSON.stringify(urls.map((url) => ({ s3: url, iam: url })));

describe("providerWaits", () => {
  const local: [name: string, endpoints: string][] = [
    ["IPv4", endpoints("https://127.0.0.1:4580")],
    ["IPv6", endpoints("https://[::1]:4580")],
    ["a name", endpoints("http://localhost:1")],
  ];
  for (const [name, text] of local) {
    it(`lets the provider skip its waits on this machine: ${name}`, () => {
      expect(waitsProblem(withoutWaits, text)).to.equal(undefined);
    });
  }

  const elsewhere: [name: string, endpoints: string | undefined][] = [
    ["AWS", undefined],
    ["no endpoint", "[]"],
    ["no service", "[{}]"],
    ["another machine", endpoints("https://s3.example.com")],
    ["a name that only begins like it", endpoints("https://127.0.0.1.example.com")],
    ["one of two", JSON.stringify([{ s3: "https://127.0.0.1:1", iam: "https://iam.amazonaws.com" }])],
    ["not a URL", endpoints("127.0.0.1:4580")],
  ];
  for (const [name, text] of elsewhere) {
    it(`refuses it elsewhere, and says how to go on: ${name}`, () => {
      expect(waitsProblem(withoutWaits, text)).to.equal(
        'VCR_MODE = REPLAY_ONLY: in this shell the AWS provider does not wait until changes are in force, which only the local AWS allows (". .local/env" sets it). Nothing was created or changed. Run "unset VCR_MODE VCR_PATH", or open a new shell.',
      );
    });
  }

  for (const env of [{}, { VCR_MODE: "REPLAY_ONLY" }, { VCR_PATH: "x" }, { ...withoutWaits, VCR_MODE: "" }]) {
    it(`has nothing to say where the provider waits: ${JSON.stringify(env)}`, () => {
      expect(waitsProblem(env, undefined)).to.equal(undefined);
    });
  }
});
