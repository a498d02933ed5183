import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { root } from "../../common/paths";
import { partsIn } from "../../engine/layout";
import { region, rootCredentials } from "../../local/aws";
import { deleteVersions } from "../../local/aws/clients";
import { pack } from "../../package/pack";
import { backgroundTask } from "../support/background";
import { Editor } from "../support/editor";
import { atTheEnd, clients, environment, Stack, unwaiting } from "../support/environment";
import { findSecret, secretForms } from "../support/secretForms";

const run = promisify(execFile);
const read = (...path: string[]) => readFileSync(join(...path), "utf8");
const readJson = (...path: string[]) => JSON.parse(read(...path));

/** The files in a folder, and in those in it. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );

/** Writes files into a folder, which is created. */
function write(folder: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The program that docs/package.md shows below a heading. */
function shown(heading: string): string {
  const [, code] =
    new RegExp(`^### ${heading}\n.*?^\`\`\`\\w+\n(.*?)^\`\`\``, "ms").exec(
      read(root, "docs", "package.md"),
    ) ?? [];
  if (code === undefined) {
    throw new Error(`docs/package.md shows no program below "${heading}"`);
  }
  return code;
}

const sdk = join("node_modules", "@pulumi", "pulumi");
const ofPackage = join("node_modules", "s3-backup-target");
/** What a user answers to the template. */
const answers = { "aws:region": "eu-central-1", "my-backups:consumer": "db1", "my-backups:access": "restic" };

/**
 * A project that `pulumi new` has made of the template. It depends on the package as it is packed here, in place of one from
 * npm's registry, and gets the versions that this repository has.
 */
async function install(): Promise<{
  readonly folder: string;
  readonly archive: string;
  readonly stack: Stack;
  /** Its own files, as they were made. */
  readonly files: Readonly<Record<string, string>>;
}> {
  await environment();
  const archive = await pack();
  const parent = mkdtempSync(join(tmpdir(), "s3-backup-target-"));
  atTheEnd(async () => rmSync(parent, { recursive: true, force: true }));
  const template = join(parent, "template");
  cpSync(join(root, "template"), template, { recursive: true });
  const { dependencies } = readJson(root, "package.json");
  const manifest = readJson(template, "package.json");
  for (const name of Object.keys(manifest.dependencies)) {
    manifest.dependencies[name] = dependencies[name] ?? `file:${archive}`;
  }
  write(template, {
    "package.json": JSON.stringify(manifest),
    "package-lock.json": read(root, "package-lock.json"),
    ".npmrc": "prefer-offline=true\naudit=false\nfund=false\n",
  });
  const folder = write(join(parent, "project"), {});
  const stack = new Stack("dev", { folder });
  const config = Object.entries(answers).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
  await stack.run("new", template, "--yes", "--name", "my-backups", "--stack", "dev", ...config);
  const names = ["Pulumi.yaml", "index.ts", "tsconfig.json"];
  return {
    folder,
    archive,
    stack,
    files: Object.fromEntries(names.map((name) => [name, read(folder, name)])),
  };
}

let installing: ReturnType<typeof install> | undefined;
/** That project, in whose folders further programs find its packages. */
function installed(): ReturnType<typeof install> {
  installing ??= install();
  return installing;
}

/** The project of a JavaScript program, in a folder of that. */
async function javaScript(name: string, packageJson: object, program: string): Promise<string> {
  const { folder } = await installed();
  return write(join(folder, name), {
    "Pulumi.yaml": `name: ${name}\nruntime: nodejs\n`,
    "package.json": JSON.stringify({ name, main: "index.js", ...packageJson }),
    "index.js": program,
  });
}

/** Deploys the program, and destroys it again. */
async function upAndDestroy(stack: Stack, ...args: string[]) {
  await stack.create();
  const printed = await stack.up(...args);
  const size = await stack.size();
  const outputs = await stack.outputs();
  await stack.destroy();
  return { printed, size, outputs, left: await stack.size() };
}

describe("the npm package, outside of the repository", function () {
  this.timeout(1_800_000);

  it("holds its sources, what the compiler makes of each, and nothing else", async () => {
    const place = join((await installed()).folder, ofPackage);
    const files = filesBelow(place);
    const sources = ["commands", "common", "components", "provider"].flatMap((part) =>
      filesBelow(join(root, part)).map((file) => join(part, file)),
    );
    const compiled = sources.flatMap((source) =>
      source.endsWith(".ts")
        ? [".js", ".js.map", ".d.ts", ".d.ts.map"].map((ending) =>
            join("dist", source.replace(/\.ts$/, ending)),
          )
        : [join("dist", source)],
    );
    expect(files).to.have.members([
      ...["CHANGELOG.md", "LICENSE", "README.md", "package.json"],
      ...sources,
      ...compiled,
    ]);
    expect(files.filter((file) => read(place, file).includes(root))).to.deep.equal([]);
  });

  const template = backgroundTask(async () => {
    const { folder, stack } = await installed();
    const project = read(folder, "Pulumi.yaml");
    const config: Record<string, { readonly value: string }> = JSON.parse(
      await stack.run("config", "--json", "--stack", "dev"),
    );
    const files = readdirSync(folder);
    await stack.set({ ...answers, "aws:region": region });
    // First the program has a copy of the components, whose types nobody checks.
    const [program, tsconfig] = [read(folder, "index.ts"), read(folder, "tsconfig.json")];
    cpSync(join(root, "components"), join(folder, "components"), { recursive: true });
    write(folder, {
      "index.ts": program.replace("s3-backup-target", "./components"),
      "tsconfig.json": tsconfig.replace("{", '{ "noCheck": true,'),
    });
    await stack.up();
    const size = await stack.size();
    rmSync(join(folder, "components"), { recursive: true });
    write(folder, { "index.ts": program, "tsconfig.json": tsconfig });
    const planned = await stack.plan();
    await stack.up();
    const outputs = await stack.outputs();
    const { s3 } = await clients(outputs);
    const object = { Bucket: outputs.bucketName, Key: "first" };
    await s3.send(new PutObjectCommand({ ...object, Body: "a backup" }));
    const { Body } = await s3.send(new GetObjectCommand(object));
    const backup = await Body?.transformToString();
    await s3.send(new DeleteObjectCommand(object));
    await deleteVersions((await clients()).s3, outputs.bucketName);
    await stack.destroy();
    return { project, config, files, size, planned, outputs, backup, left: await stack.size() };
  });

  it("has a template, of which pulumi new makes a project with three settings", async () => {
    const { project, config, files } = await template();
    expect(project).to.match(/^name: my-backups\ndescription: An S3 bucket .*\nruntime:\n/);
    expect(project).to.not.match(/^template:|\$\{/m);
    const values = Object.entries(config).map(([key, { value }]) => [key, value]);
    expect(Object.fromEntries(values.filter(([key]) => key !== "pulumi:tags"))).to.deep.equal(answers);
    expect(files).to.include.members(readdirSync(join(root, "template")));
  });

  it("deploys what the template's program says, with a key that works", async () => {
    const { size, outputs, backup, left } = await template();
    const [stackAndProvider, target] = [2, 16];
    expect(size).to.equal(stackAndProvider + target);
    expect(outputs).to.have.all.keys(
      ...["accessKeyId", "secretAccessKey", "userName", "userArn", "groupName", "policyArn"],
      ...["bucketName", "bucketArn", "region"],
    );
    expect(outputs.bucketName).to.match(/^db1-backups-/);
    expect(backup).to.equal("a backup");
    expect(left).to.equal(0);
  });

  it("takes the place of components that were copied, and nothing changes", async () => {
    const { planned } = await template();
    expect(planned).to.deep.equal({});
  });

  const commonJs = backgroundTask(async () => {
    const { folder } = await installed();
    const own = await javaScript("commonjs", {}, shown("JavaScript, CommonJS"));
    cpSync(join(folder, ofPackage), join(own, ofPackage), { recursive: true });
    mkdirSync(join(own, ofPackage, dirname(sdk)), { recursive: true });
    symlinkSync(join(await lowestInstalled(), sdk), join(own, ofPackage, sdk));
    return upAndDestroy(new Stack("commonjs", { folder: own }), "--debug");
  });

  it("deploys from CommonJS, where npm gave it another copy of Pulumi's SDK, and --debug shows no secret", async () => {
    const { size, outputs, printed, left } = await commonJs();
    expect(size).to.equal(18);
    expect(outputs.secretAccessKey).to.match(/^\S{40}$/);
    expect(printed).to.match(/RegisterResource RPC finished: .*db1AccessKey/);
    expect(findSecret(printed, secretForms(outputs.secretAccessKey))).to.deep.equal([]);
    expect(left).to.equal(0);
  });

  const esModule = backgroundTask(async () => {
    const own = await javaScript("esmodule", { type: "module" }, shown("JavaScript, ES modules"));
    return upAndDestroy(new Stack("esmodule", { folder: own }));
  });

  it("deploys from an ES module", async () => {
    const { size, outputs, left } = await esModule();
    expect(size).to.equal(9);
    expect(outputs).to.have.all.keys("accessKeyId", "secretAccessKey");
    expect(left).to.equal(0);
  });

  const inline = backgroundTask(async () => {
    const { engine, aws } = await environment();
    const program = `${shown("Inline program, with the Automation API")}await stack.destroy();\n`;
    const own = await javaScript("inline", { type: "module" }, program);
    const { cli } = partsIn(engine.env.PULUMI_HOME ?? "");
    const env = {
      ...process.env,
      ...engine.env,
      ...unwaiting,
      PATH: `${dirname(cli)}${delimiter}${process.env.PATH}`,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_CA_BUNDLE: aws.caFile,
      AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    };
    return run(process.execPath, ["index.js"], { cwd: own, env });
  });

  it("deploys from an inline program of the Automation API", async () => {
    const { stdout, stderr } = await inline();
    expect(stderr).to.equal("");
    expect(stdout).to.match(/^\w{20} \[secret\]\n$/);
  });

  let installingLowest: Promise<string> | undefined;
  /** A project with the lowest versions that the package takes. */
  function lowestInstalled(): Promise<string> {
    installingLowest ??= (async () => {
      const { folder, archive, files } = await installed();
      const lowest = join(folder, "lowest");
      cpSync(join(root, "tests", "lowest"), lowest, { recursive: true });
      const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
      await run("npm", ["ci", ...quiet], { cwd: lowest });
      await run("npm", ["install", "--no-save", archive, ...quiet], { cwd: lowest });
      return write(lowest, files);
    })();
    return installingLowest;
  }

  const lowest = backgroundTask(async () => {
    const own = await lowestInstalled();
    const version = (name: string) => readJson(own, "node_modules", name, "package.json").version;
    const { engine } = await environment();
    // The engine has one version of the plugin, which serves as the one that belongs to this version of its package.
    const home = join(own, "home");
    const { PULUMI_HOME = "" } = engine.env;
    const { plugin } = partsIn(PULUMI_HOME);
    const place = write(join(home, "plugins", `resource-aws-v${version("@pulumi/aws")}`), {});
    symlinkSync(plugin, join(place, basename(plugin)));
    symlinkSync(join(PULUMI_HOME, "versions"), join(home, "versions"));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const complaints = await run(process.execPath, [tsc], { cwd: own }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    const stack = new Stack("lowest", { folder: own, env: { PULUMI_HOME: home } });
    await stack.create();
    await stack.up();
    const size = await stack.size();
    await stack.set({ "my-backups:keyGeneration": "3" });
    const planned = await stack.plan();
    await stack.destroy();
    return { complaints, size, planned, left: await stack.size() };
  });

  it("works with the lowest versions of Pulumi's packages that it takes", async () => {
    const { complaints, size, planned, left } = await lowest();
    expect(complaints).to.equal("");
    expect(size).to.equal(18);
    // By `replacementTrigger`, which the releases before it do not have.
    expect(planned).to.deep.equal({ mLabAccessKey: "replace" });
    expect(left).to.equal(0);
  });

  const provider = backgroundTask(async () => {
    const { folder, stack } = await installed();
    const executable = join(folder, "node_modules", ".bin", "pulumi-resource-s3-backup-target");
    const ofExecutable = await stack.run("package", "get-schema", executable);

    // As Pulumi's language host runs it: this engine's cannot run plugins.
    cpSync(join(root, "plugin"), join(folder, "plugin"), { recursive: true });
    const host = join(folder, "pulumi-resource-from-source");
    writeFileSync(host, `#!/bin/sh\nexec "${process.execPath}" "${join(folder, "plugin")}" "$@"\n`, {
      mode: 0o755,
    });
    return { ofExecutable, ofPlugin: await stack.run("package", "get-schema", host) };
  });

  it("has the provider for other languages, as an executable", async () => {
    const { name, version, resources } = JSON.parse((await provider()).ofExecutable);
    expect({ name, version }).to.deep.equal({
      name: "s3-backup-target",
      version: readJson(root, "package.json").version,
    });
    expect(Object.keys(resources)).to.have.length(3);
  });

  it("serves the plugin that `pulumi package add` takes from the repository", async () => {
    const { ofExecutable, ofPlugin } = await provider();
    expect(ofPlugin).to.equal(ofExecutable);
  });

  it("has the command line", async () => {
    const { folder } = await installed();
    const bin = join(folder, "node_modules", ".bin", "s3-backup-target");
    const { stdout } = await run(bin, ["--version"], { cwd: folder });
    expect(stdout.trim()).to.equal(readJson(root, "package.json").version);
    const { stdout: policy } = await run(bin, ["policy", "--access", "restic"], { cwd: folder });
    expect(policy).to.contain("s3:PutObject");
  });

  const editor = backgroundTask(async () => {
    const { folder } = await installed();
    const file = join(write(join(folder, "editor"), { "index.ts": shown("TypeScript") }), "index.ts");
    const declarations = join(folder, ofPackage, "dist", "components", "backupTarget.d.ts");
    const one = new Editor();
    for (const opened of [file, declarations]) {
      one.open(opened);
    }
    const seen = {
      program: await one.diagnostics(file),
      declarations: await one.diagnostics(declarations),
      hover: await one.hover(file, "noncurrentVersionDays"),
      definition: await one.definition(file, "BackupTarget("),
    };
    one.close();
    return { folder, ...seen };
  });

  it("has declarations without a complaint, whose documentation an editor shows, and leads to the sources", async () => {
    const { folder, program, declarations, hover, definition } = await editor();
    expect([program, declarations]).to.deep.equal([[], []]);
    expect(hover).to.deep.include({
      displayString: "(property) noncurrentVersionDays?: Input<number>",
      documentation:
        "Number of days that an old version is kept after it was overwritten or deleted. That must be longer than it takes you to\nnotice a bad overwrite. From 1 to 2147483647.",
      tags: [{ name: "default", text: "30" }],
    });
    expect(definition.file).to.equal(join(folder, ofPackage, "components", "backupTarget.ts"));
    expect(definition.line).to.match(/^export class BackupTarget /);
  });
});
