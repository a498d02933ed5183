import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import * as yaml from "js-yaml";
import { root } from "../../common/paths";
import { partsIn, versions } from "../../engine/layout";
import { deleteVersions } from "../../local/aws/clients";
import { pack } from "../../package/pack";
import { awsConfig } from "../support/awsConfig";
import { backgroundTask } from "../support/background";
import { atTheEnd, clients, environment, Stack } from "../support/environment";
import { findSecret, secretForms } from "../support/secretForms";

const run = promisify(execFile);
const page = readFileSync(join(root, "docs", "package.md"), "utf8");

/** The program that docs/package.md shows below a heading. */
function shown(heading: string): string {
  const [, code] = new RegExp(`^### ${heading}\n+\`\`\`\\w+\n(.*?)^\`\`\``, "ms").exec(page) ?? [];
  expect(code, `docs/package.md shows a program below "${heading}"`).to.be.a("string");
  return code ?? "";
}

const read = (...path: string[]) => readFileSync(join(...path), "utf8");

/** Writes files into a folder, which is created. */
function write(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(path, name), text);
  }
}

/** The types are checked, and nothing but what is wrong is printed. */
const checkTypes = (path: string, ...args: string[]) =>
  run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), ...args], { cwd: path });

/** What `pulumi new` has left, and where further projects have its packages too, outside of the repository. */
interface Installed {
  readonly folder: string;
  readonly archive: string;
  readonly stack: Stack;
}

const settings = { consumer: "db1", access: "restic" };

/** From the template, which depends on the package as it is packed here, as it would on one from npm's registry. */
async function install(): Promise<Installed> {
  await environment();
  const archive = await pack();
  const parent = mkdtempSync(join(tmpdir(), "s3-backup-target-"));
  atTheEnd(async () => rmSync(parent, { recursive: true, force: true }));
  const template = join(parent, "template");
  cpSync(join(root, "template"), template, { recursive: true });
  const manifest = JSON.parse(read(template, "package.json"));
  manifest.dependencies["s3-backup-target"] = `file:${archive}`;
  Object.assign(manifest.dependencies, {
    "@pulumi/aws": versions.aws,
    "@pulumi/pulumi": JSON.parse(read(root, "package.json")).dependencies["@pulumi/pulumi"],
  });
  write(template, {
    "package.json": JSON.stringify(manifest),
    ".npmrc": "prefer-offline=true\naudit=false\nfund=false\n",
    // So that it gets the versions that this repository has.
    "package-lock.json": read(root, "package-lock.json"),
  });
  const folder = join(parent, "project");
  mkdirSync(folder);
  const stack = new Stack("dev", { folder });
  const answers = Object.entries({ ...settings, "aws:region": "eu-central-1" });
  const config = answers.flatMap(([key, value]) => ["--config", `${key}=${value}`]);
  await stack.run("new", template, "--yes", "--name", "my-backups", "--stack", "dev", ...config);
  return { folder, archive, stack };
}

let installing: Promise<Installed> | undefined;
const installed = () => {
  installing ??= install();
  return installing;
};

describe("the npm package, outside of the repository", function () {
  this.timeout(600_000);

  const template = backgroundTask(async () => {
    const { folder, stack } = await installed();
    const made = {
      project: yaml.load(read(folder, "Pulumi.yaml")),
      config: (yaml.load(read(folder, "Pulumi.dev.yaml")) as { config: unknown }).config,
      manifest: JSON.parse(read(folder, "package.json")),
      readme: read(folder, "README.md").split("\n")[0],
      files: readdirSync(folder),
    };
    const complaints = await checkTypes(folder).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );

    const { aws } = await environment();
    const ours = Object.entries(settings).map(([key, value]) => [`my-backups:${key}`, value]);
    await stack.set({ ...Object.fromEntries(ours) });
    // First as a program that has copied the components.
    const program = read(folder, "index.ts");
    cpSync(join(root, "components"), join(folder, "components"), { recursive: true });
    write(folder, { "index.ts": program.replace('"s3-backup-target"', '"./components"') });
    await stack.up();
    const copied = await stack.size();
    rmSync(join(folder, "components"), { recursive: true });
    write(folder, { "index.ts": program });
    const planned = await stack.plan("--expect-no-changes");
    await stack.up();
    const outputs = await stack.outputs();
    const consumer = await clients(outputs);
    const object = { Bucket: outputs.bucketName, Key: "first" };
    await consumer.s3.send(new PutObjectCommand({ ...object, Body: "backup" }));
    const { Body } = await consumer.s3.send(new GetObjectCommand(object));
    const got = await Body?.transformToString();
    await consumer.s3.send(new DeleteObjectCommand(object));
    await deleteVersions((await clients()).s3, outputs.bucketName);
    await stack.destroy();
    return { made, complaints, copied, planned, outputs, got, left: await stack.size(), aws };
  });

  it("comes with a template, of which pulumi new makes a project with three settings", async () => {
    const { made } = await template();
    expect(made.project).to.deep.equal({});
  });

  it("is used by a strict TypeScript program without a complaint", async () => {
    const { complaints, outputs, got } = await template();
    expect(complaints).to.equal("");
    expect(got).to.equal("backup");
    expect(Object.keys(outputs)).to.have.members([]);
  });

  it("takes the place of components that were copied, and nothing changes", async () => {
    const { copied, planned, left } = await template();
    expect(copied).to.equal(19);
    expect(planned).to.deep.equal({});
    expect(left).to.equal(0);
  });
});
