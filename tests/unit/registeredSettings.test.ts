import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { BackupTarget, readSettings } from "../../components";
import { promised, record } from "./record";

type RegisterOutputs = (this: pulumi.Resource, outputs: Record<string, unknown>) => void;

/** What the consumers of a program register as their settings, by name. */
async function registered(
  build: (opts: pulumi.ComponentResourceOptions) => unknown,
): Promise<Record<string, { readonly configured?: boolean }>> {
  const prototype = pulumi.ComponentResource.prototype as unknown as { registerOutputs: RegisterOutputs };
  const { registerOutputs } = prototype;
  const all: [name: string, settings: unknown][] = [];
  prototype.registerOutputs = function (outputs) {
    if (pulumi.resourceType(this).endsWith(":BackupConsumer")) {
      all.push([pulumi.resourceName(this), outputs.settings]);
    }
    registerOutputs.call(this, outputs);
  };
  try {
    await record(build);
  } finally {
    prototype.registerOutputs = registerOutputs;
  }
  const known = all.map(
    async ([name, settings]) => [name, await promised(pulumi.output(settings as object))] as const,
  );
  return Object.fromEntries(await Promise.all(known));
}

describe("the settings that a consumer leaves in its stack's state", () => {
  const defaults = {
    access: "mlab",
    prefix: "",
    furtherPrefixes: undefined,
    extraActions: [],
    allowedIpRanges: [],
    versioned: true,
    locked: false,
    keyGeneration: 1,
    previousKey: "none",
    maxKeyAgeDays: 90,
    expectBackupEvery: undefined,
    expectBackupSize: undefined,
    configured: false,
  };

  it("are all that the command line has to know of its arguments", async () => {
    const settings = await registered(
      (opts) =>
        new BackupTarget(
          "left",
          {
            maxKeyAgeDays: 30,
            objectLock: { enabled: true },
            consumers: {
              left2: {
                access: "restic",
                prefix: pulumi.output("db"),
                furtherPrefixes: ["old", pulumi.output("older/")],
                extraActions: ["s3:GetObjectTagging"],
                allowedIpRanges: ["3.5.140.0/22"],
                keyGeneration: 3,
                previousKey: "inactive",
                expectBackupEvery: "24h",
                expectBackupSize: "100MB",
              },
            },
          },
          opts,
        ),
    );
    const both = {
      bucketArn: "arn:aws:s3:::left-backups-1a2b3c4",
      locked: true,
      maxKeyAgeDays: 30,
    };
    expect(settings).to.deep.equal({
      left: { ...defaults, ...both },
      left2: {
        ...defaults,
        ...both,
        ...{
          access: "restic",
          prefix: "db/",
          furtherPrefixes: ["old/", "older/"],
          extraActions: ["s3:GetObjectTagging"],
        },
        ...{ allowedIpRanges: ["3.5.140.0/22"], keyGeneration: 3, previousKey: "inactive" },
        ...{ expectBackupEvery: "24h", expectBackupSize: "100MB" },
      },
    });
  });

  it("say where they come from, also if a program adds its own arguments", async () => {
    pulumi.runtime.setAllConfig({
      "s3-backup-target:consumer": "left3",
      "s3-backup-target:consumers": '{"left4":{"access":"restic","prefix":"db"}}',
    });
    try {
      const { consumer, args } = readSettings();
      const settings = await registered(
        (opts) => new BackupTarget(consumer, { ...args, protect: true }, opts),
      );
      expect(Object.entries(settings).map(([name, { configured }]) => [name, configured])).to.deep.equal([
        ["left3", true],
        ["left4", true],
      ]);
    } finally {
      pulumi.runtime.setAllConfig({});
    }
  });
});
