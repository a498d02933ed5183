import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { accessNames, defaultAccess, profiles } from "../../components/access/profiles";
import { bucketChecks } from "../../components/bucketArgs";
import type { Check } from "../../components/check";
import { consumerAccessChecks, consumerChecks, previousKeys } from "../../components/consumerArgs";
import { bucketDefaults, keyDefaults } from "../../components/defaults";
import { targetChecks } from "../../components/targetArgs";
import { construct } from "../../provider";
import { makeSchema, type Schema, schemaFile, schemaText } from "../../scripts/schema";
import { record } from "./record";

describe("the schema for other languages", function () {
  this.timeout(60_000);

  let schema: Schema;
  before(() => {
    schema = makeSchema();
  });

  const resource = (name: string) => {
    const spec = schema.resources[`s3-backup-target:index:${name}`];
    expect(spec, name).to.not.equal(undefined);
    return spec as NonNullable<typeof spec>;
  };
  const namedType = (name: string) => schema.types[`s3-backup-target:index:${name}`];
  const propertiesOf = (name: string) => {
    const type = namedType(name);
    return type?.type === "object" ? type.properties : {};
  };
  const valuesOf = (name: string) => {
    const type = namedType(name);
    return type?.type === "string" ? type.enum.map(({ value }) => value) : [];
  };

  it("is the one that the sources make: run `npm run schema` after a change", () => {
    expect(readFileSync(schemaFile, "utf8")).to.equal(schemaText());
  });

  const checkTables: Record<string, Readonly<Record<string, Check>>> = {
    BackupBucket: bucketChecks,
    BackupConsumer: consumerChecks,
    BackupTarget: targetChecks,
  };
  for (const [name, checks] of Object.entries(checkTables)) {
    it(`has the arguments of a ${name}, and which of them the program must know at once`, () => {
      const { inputProperties } = resource(name);
      const known = Object.entries(inputProperties).map(([argument, { plain }]) => [
        argument,
        plain === true,
      ]);
      // A map of plain objects does not compile in Go. The component refuses an Output there.
      const expected = Object.entries(checks).map(([argument, { atOnce, each }]) => [
        argument,
        atOnce === true && each === undefined,
      ]);
      expect(known).to.have.deep.members(expected);
    });
  }

  it("has the arguments of one of several consumers", () => {
    const known = Object.entries(propertiesOf("ConsumerAccess")).map(([name, { plain }]) => [
      name,
      plain === true,
    ]);
    const expected = Object.entries<Check>(consumerAccessChecks).map(([name, { atOnce }]) => [
      name,
      atOnce === true,
    ]);
    expect(known).to.have.deep.members(expected);
  });

  it("requires a consumer's bucket, and nothing else", () => {
    expect(Object.keys(checkTables).map((name) => resource(name).requiredInputs)).to.deep.equal([
      [],
      ["bucketArn"],
      [],
    ]);
  });

  it("has the values that the checks take", () => {
    expect(valuesOf("AccessName")).to.deep.equal(accessNames);
    expect(valuesOf("PreviousKey")).to.deep.equal(previousKeys);
    const takenBy = (name: "encryption" | "objectOwnership", type: string) =>
      valuesOf(type).map((value) => bucketChecks[name](value));
    expect(takenBy("encryption", "Encryption")).to.deep.equal([[], []]);
    expect(takenBy("objectOwnership", "ObjectOwnership")).to.deep.equal([[], []]);
    expect(valuesOf("LockMode").map((mode) => bucketChecks.objectLock({ mode, days: 1 }))).to.deep.equal([
      [],
      [],
    ]);
  });

  it("says of each access profile who it is for", () => {
    const type = namedType("AccessName");
    expect(type?.type === "string" ? type.enum.map(({ description }) => description) : []).to.deep.equal(
      Object.values(profiles).map(({ title }) => title),
    );
  });

  it("describes everything", () => {
    const all = [
      ...Object.values(schema.resources).flatMap(({ properties, inputProperties, description }) => [
        description,
        ...Object.values({ ...properties, ...inputProperties }).map((spec) => spec.description),
      ]),
      ...Object.values(schema.types).map(({ description }) => description),
      ...["ConsumerAccess", "ConsumerOutputs", "ObjectLock"].flatMap((name) =>
        Object.values(propertiesOf(name)).map(({ description }) => description),
      ),
    ];
    expect(all.filter((text) => !/^[A-Z].+\.$/.test(text) || /\{@|\n/.test(text))).to.deep.equal([]);
  });

  it("says the defaults that the components have", () => {
    const defaults = { ...bucketDefaults, ...keyDefaults, access: defaultAccess };
    for (const [name, value] of Object.entries(defaults)) {
      const specs = Object.values(schema.resources).flatMap(
        ({ inputProperties: { [name]: spec } }) => spec ?? [],
      );
      expect(specs, name).to.not.deep.equal([]);
      for (const { description } of specs) {
        // `protect` is false where the component's option is.
        expect(description).to.contain(
          name === "protect" ? "Default: the component's" : `Default: \`${JSON.stringify(value)}\``,
        );
      }
    }
  });

  it("leaves the defaults to the components, because an SDK would send them as if the program had set them", () => {
    expect(JSON.stringify(schema)).to.not.contain('"default":');
  });

  it("names no secret outputs, because the SDK that Java's generator makes of them does not compile", () => {
    expect(JSON.stringify(schema)).to.not.contain('"secret":');
  });

  it("takes whole numbers only", () => {
    expect(JSON.stringify(schema)).to.not.contain('"number"');
    expect(resource("BackupTarget").inputProperties.noncurrentVersionDays?.type).to.equal("integer");
  });

  it("is of the package's version", () => {
    expect(schema.version).to.equal(JSON.parse(readFileSync("package.json", "utf8")).version);
  });

  it("is what the provider goes by: where it lacks what a program asks for, that says which version to install", async () => {
    const said = (type: string, args: object) =>
      construct("db", `s3-backup-target:index:${type}`, { ...args }, {}).then(
        () => "constructed",
        (error: Error) => error.message,
      );
    const install =
      "install the version that your program's SDK was generated from: npm install s3-backup-target@VERSION";
    expect(await said("BackupVault", {})).to.equal(
      `s3-backup-target ${schema.version} has no component s3-backup-target:index:BackupVault; ${install}`,
    );
    expect(await said("BackupTarget", { access: "restic", coldStorage: true })).to.equal(
      `s3-backup-target ${schema.version} has no argument coldStorage of s3-backup-target:index:BackupTarget; ${install}`,
    );
  });

  it("refuses a name that differs from another one's in case alone, as in a TypeScript program", async () => {
    const { built } = await record(async (): Promise<string[]> => {
      const constructed = (name: string) => {
        const parent = new pulumi.DependencyResource(
          "urn:pulumi:unit::program::pulumi:pulumi:Stack::program-unit",
        );
        return construct(name, "s3-backup-target:index:BackupTarget", {}, { parent }).then(
          () => "constructed",
          (error: Error) => error.message,
        );
      };
      return [await constructed("mLab"), await constructed("MLAB")];
    });
    expect(await built).to.deep.equal([
      "constructed",
      'the name "MLAB" must differ from "mLab" in more than case: the resources of both buckets would be named mlab-backups; use another name.',
    ]);
  });
});
