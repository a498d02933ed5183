import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { findCli } from "../../commands/stack/cli";
import { root } from "../../common/paths";
import { accessNames } from "../../components/access/profiles";
import { handoffFormats } from "../../components/handoff";
import { callCommandLine as call, withoutNpm } from "../support/commandLine";

const manifest = require("../../package.json");
const commands = ["policy", "handoff", "verify", "rotate", "revoke", "recover", "status", "adopt"];

describe("the command line", function () {
  this.timeout(120_000);

  it("says what it can do, and its version", async () => {
    const [help, version, ...ofCommands] = await Promise.all([
      call(["--help"]),
      call(["--version"]),
      ...commands.map((command) => call([command, "--help"])),
    ]);
    for (const command of commands) {
      expect(help?.stdout).to.match(new RegExp(`^ {2}s3-backup-target ${command}\\b`, "m"));
    }
    expect(version?.stdout).to.equal(`${manifest.version}\n`);
    for (const [index, { code, stdout, stderr }] of ofCommands.entries()) {
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout)
        .to.contain(`npx s3-backup-target ${commands[index]} `)
        .and.to.contain("Exit codes: 0 success");
      expect(stdout).to.not.contain("npm run ");
    }
  });

  it("names itself as it was called", async () => {
    const env = { npm_package_name: manifest.name, npm_command: "run" };
    const [script, exec] = await Promise.all([
      call(["rotate", "--help"], { env }),
      call(["rotate", "--help"], { env: { ...env, npm_command: "exec" } }),
    ]);
    expect(script?.stdout)
      .to.match(/^npm run rotate -- \[options\]\n/)
      .and.to.contain("npm run rotate -- --stack prod\n");
    expect(exec?.stdout).to.match(/^npx s3-backup-target rotate \[options\]\n/);
  });

  it("says what is wrong with itself, and what was perhaps meant", async () => {
    const help = (command: string) => `For help: npx s3-backup-target ${command}--help\n`;
    const wrong: [args: string, message: string][] = [
      ["", `Which command? Choose one of ${commands.join(", ")}, completion.\n${help("")}`],
      ["rotat --stack prod", `There is no command rotat. Did you mean rotate?\n${help("")}`],
      ["xyz", `There is no command xyz.\n${help("")}`],
      ["verify --stck prod", `There is no option --stck. Did you mean --stack?\n${help("verify ")}`],
      [
        "policy --allowed-ip-range=x",
        `There is no option --allowed-ip-range. Did you mean --allowed-ip-ranges?\n${help("policy ")}`,
      ],
      ["verify --stack", `Not enough arguments following: stack\n${help("verify ")}`],
      ["verify --stack a --stack b", `--stack is given twice. Give it once.\n${help("verify ")}`],
      ["verify", `Which stack? Name it, for example --stack prod.\n${help("verify ")}`],
      [
        "verify --stack prod --wait soon",
        `--wait soon: must be a whole number of seconds, for example --wait 30.\n${help("verify ")}`,
      ],
      ["handoff rclone aws --stack prod", `handoff does not take aws.\n${help("handoff ")}`],
      [
        "adopt --bucket b --stack prod",
        `Give all four names: --bucket, --user, --group and --policy.\n${help("adopt ")}`,
      ],
    ];
    const ended = await Promise.all(wrong.map(([args]) => call(args.split(" ").filter(Boolean))));
    expect(ended.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).to.deep.equal(
      wrong.map(([, stderr]) => ({ code: 2, stdout: "", stderr })),
    );
  });

  it("takes the options of the settings in the settings' spelling too", async () => {
    const [kebab, camel] = await Promise.all([
      call([
        "policy",
        "--json",
        "--allowed-ip-ranges",
        "3.5.140.0/22",
        "--allowed-ip-ranges",
        "3.5.144.0/22",
      ]),
      call(["policy", "--json", "--allowedIpRanges", "3.5.140.0/22", "--allowedIpRanges", "3.5.144.0/22"]),
    ]);
    expect(kebab?.stdout).to.contain('"3.5.140.0/22",\n').and.to.contain('"3.5.144.0/22"\n');
    expect(camel).to.deep.equal(kebab);
  });

  it("completes commands, options and their values in a shell", async () => {
    const complete = async (...words: string[]) => {
      const { stdout } = await call(["--get-yargs-completions", "s3-backup-target", ...words]);
      return stdout.trim().split("\n");
    };
    const [all, options, profiles, formats, script] = await Promise.all([
      complete(""),
      complete("rotate", "--"),
      complete("policy", "--access", "re"),
      complete("handoff", "r"),
      call(["completion"], { env: { SHELL: "/bin/zsh" } }),
    ]);
    expect(all).to.include.members(commands);
    expect(options).to.include.members(["--stack", "--target", "--consumer", "--dry-run"]);
    expect(profiles).to.deep.equal(accessNames.filter((name) => name.startsWith("re")));
    expect(formats).to.include.members(Object.keys(handoffFormats).filter((name) => name.startsWith("r")));
    expect(formats).to.not.include("aws");
    expect(script?.stdout).to.match(/^#compdef s3-backup-target\n/);
  });

  it("loads no SDK for its help and for a policy, and never Pulumi's", async () => {
    const hook =
      "data:text/javascript,import{createRequire}from'node:module';process.on('exit',()=>console.error('loaded:'+Object.keys(createRequire('/x').cache).filter((f)=>/node_modules.@(aws-sdk|pulumi)./.test(f)).map((f)=>f.match(/node_modules.(@[a-z-]+)/)[1]).join()))";
    const loaded = async (...args: string[]) => {
      // Outside of a project, so that no command goes further than what it loads.
      const { stderr } = await call(args, { node: ["--import", hook], cwd: tmpdir() });
      return [...new Set(/^loaded:(.*)$/m.exec(stderr)?.[1]?.split(","))];
    };
    const [help, version, completion, policy, ...others] = await Promise.all([
      loaded("--help"),
      loaded("--version"),
      loaded("--get-yargs-completions", "s3-backup-target", ""),
      loaded("policy", "--json"),
      ...["verify", "rotate", "revoke", "recover", "status"].map((command) =>
        loaded(command, "--stack", "prod"),
      ),
    ]);
    expect({ help, version, completion, policy }).to.deep.equal({
      ...{ help: [""], version: [""], completion: [""], policy: [""] },
    });
    expect(others).to.deep.equal(others.map(() => ["@aws-sdk"]));
  });

  it("says in one line that it is not in a project", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "no-project-"));
    try {
      expect(await call(["verify", "--stack", "prod"], { cwd })).to.deep.equal({
        code: 1,
        stdout: "",
        stderr: `${cwd} is not in a Pulumi project: there is no Pulumi.yaml here or in a parent folder. Run this in the folder of your Pulumi program.\n`,
      });
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});

describe("Pulumi", function () {
  this.timeout(60_000);
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "find-pulumi-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const executable = (...path: string[]): string => {
    const file = join(folder, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o755);
    return file;
  };
  const node = dirname(process.execPath);

  it("is the one on the PATH", async () => {
    writeFileSync(join(folder, "pulumi"), "no executable");
    const file = executable("bin", "pulumi");
    const path = [folder, dirname(file), "/usr/bin"].join(delimiter);
    expect(await findCli(folder, { PATH: path })).to.deep.equal({ file, path });
  });

  it("is what npm's package has downloaded, where that is what the PATH has", async () => {
    const bin = join(folder, "node_modules", ".bin");
    mkdirSync(bin, { recursive: true });
    symlinkSync(join(root, "node_modules", "pulumi", "run.js"), join(bin, "pulumi"));
    const { version } = require("pulumi/package.json");
    const ofPackage = executable("home", "versions", version, "bin", "pulumi");
    const ofVariable = executable("home", "versions", "1.2.3", "bin", "pulumi");
    const env = { PATH: bin, PULUMI_HOME: join(folder, "home") };
    expect(await findCli(folder, env)).to.deep.equal({
      file: ofPackage,
      path: `${dirname(ofPackage)}${delimiter}${bin}`,
    });
    expect((await findCli(folder, { ...env, PULUMI_VERSION: "1.2.3" })).file).to.equal(ofVariable);
  });

  it("is what npx has in the project, where there is none on the PATH", async () => {
    const { version } = require("pulumi/package.json");
    const file = executable("home", "versions", version, "bin", "pulumi");
    const env = {
      ...withoutNpm,
      PATH: `${node}${delimiter}/usr/bin${delimiter}/bin`,
      PULUMI_HOME: join(folder, "home"),
    };
    expect((await findCli(root, env)).file).to.equal(file);
  });

  it("is missed in one line that says how to get it", async () => {
    const env = {
      ...withoutNpm,
      PATH: `${node}${delimiter}/usr/bin${delimiter}/bin`,
      npm_config_cache: join(folder, "cache"),
      npm_config_registry: "http://127.0.0.1:1/",
      npm_config_fetch_retries: "0",
    };
    const missed = await findCli(folder, env).then(String, (error: Error) => error.message);
    expect(missed).to.match(
      /^There is no pulumi on the PATH, and npx can't download it \(.+\)\. Install Pulumi: https:\/\/www\.pulumi\.com\/docs\/install\/$/,
    );
  });
});
