// A program that fails while it has the secret in its hands, or that leaks it in each way that a program can.
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { BackupTarget, readSettings } from "../../../components";

const { consumer, args } = readSettings();
const target = new BackupTarget(consumer, args);

function leak(secret: string): string {
  const inside = Buffer.from(`this is ${secret} and so on`);
  console.log([secret, inside.toString("base64"), inside.toString("hex")].join("\n"));
  writeFileSync(join(tmpdir(), "kept"), secret);
  const removed = join(tmpdir(), "removed");
  writeFileSync(removed, secret);
  setTimeout(() => rmSync(removed), 500);
  spawn("sh", ["-c", "sleep 2; true", "as an argument:", secret]);
  spawn("sh", ["-c", "sleep 2; true"], { env: { ...process.env, LEAKED: secret } });
  return secret;
}

function fail(): never {
  // Node hangs for most of a minute in coloring a stack that gets to where Pulumi's SDK says that its sources are.
  Error.stackTraceLimit = 2;
  throw new Error("a mistake in the program");
}

const does = new pulumi.Config("leaking").require("does");
const leaked = pulumi
  .output(target.secretAccessKey)
  .apply((secret) => (does === "leak" ? leak(secret ?? "") : fail()));

export = {
  accessKeyId: target.accessKeyId,
  secretAccessKey: target.secretAccessKey,
  leaked: pulumi.unsecret(leaked),
};
