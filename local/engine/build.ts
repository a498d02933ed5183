import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors";
import type { Engine } from ".";
import { awsProvider, linkAwsProvider } from "./awsProvider";
import { goVersion, requireGo } from "./go";
import { engineDir, environment, partsIn, stampOfBinary, versions } from "./layout";
import { elapsed, type Log, withProgress } from "./progress";
import { run } from "./run";

export interface Part {
  readonly name: string;
  /** The folder of its Go module. */
  readonly module: string;
  readonly package: string;
  readonly binary: string;
  readonly flags: readonly string[];
}

// A PULUMI_HOME of its own: a stand-in must never lie in ~/.pulumi under the official plugin's name.
const home = join(engineDir, "built");
const { cli, host, plugin } = partsIn(home);

/** What the engine is built from. `tool` stands for the program that the go.mod names in its tool line. */
export const parts: readonly Part[] = [
  {
    name: "Node language host",
    module: join(__dirname, "host"),
    package: "tool",
    binary: host,
    flags: ["-ldflags=-s -w"],
  },
  {
    name: "Pulumi CLI",
    module: join(__dirname, "cli"),
    package: "tool",
    binary: cli,
    flags: [
      "-tags=osusergo,grpcnotrace",
      `-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${versions.pulumi}`,
    ],
  },
  {
    name: "aws plugin",
    module: join(__dirname, "aws"),
    package: ".",
    binary: plugin,
    // The overlay leaves out all of the provider's services but those that this project uses.
    flags: ["-overlay=overlay.json", `-ldflags=-s -w -X main.version=${versions.aws}`],
  },
];
const buildFlags = (part: Part) => ["-trimpath", ...part.flags];
// An interrupted Go leaves its temporary files behind: here the next build finds them.
const goTemp = join(engineDir, "go-tmp");
const goEnv = { CGO_ENABLED: "0", GOTMPDIR: goTemp };

/** The engine of an earlier build, as long as nothing that went into it has changed. */
export async function findBuilt(): Promise<Engine | undefined> {
  if ((await partsToBuild()).length > 0) return undefined;
  return {
    description: `Pulumi ${versions.pulumi} built from Go modules, over ${awsProvider.name}`,
    env: { ...environment(home), PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" },
  };
}

/** Builds what is missing or out of date. Whatever stops it, the next call goes on from there. */
export async function buildEngine(log: Log): Promise<Engine> {
  const todo = await partsToBuild();
  if (todo.length > 0) {
    await requireGo(parts.map((part) => part.module));
    checkCliVersion();
    log(`Building the Pulumi engine from Go modules: ${todo.map((part) => part.name).join(", ")}.`);
    rmSync(goTemp, { recursive: true, force: true });
    mkdirSync(goTemp);
    await withProgress(log, () => `Downloading the source of ${awsProvider.name}`, linkAwsProvider());
    await downloadModules(todo, log);
    for (const part of todo) await build(part, log);
    rmSync(goTemp, { recursive: true, force: true });
    log("Go's caches may now hold 5.5 GB more, which the engine does not need: `go clean -cache -modcache`.");
  }
  const engine = await findBuilt();
  if (engine === undefined)
    throw new UserError("The engine's sources changed while it was built. Run this again.");
  return engine;
}

async function downloadModules(parts: readonly Part[], log: Log): Promise<void> {
  let downloads = 0;
  const count = (line: string) => {
    if (line.startsWith("go: downloading")) downloads++;
  };
  // Listing the packages of a program makes Go fetch exactly the modules that it needs.
  const lists = Promise.all(parts.map((part) => packagesToCompile(part, count)));
  await withProgress(log, () => `Downloading Go modules: ${downloads} so far`, lists);
}

async function build(part: Part, log: Log): Promise<void> {
  const stamp = await stampOf(part);
  const total = (await packagesToCompile(part)).length;
  let compiled = 0;
  const progress = () =>
    compiled < total
      ? `${part.name}: ${compiled} of ${total} packages`
      : `${part.name}: ${total} packages, linking`;
  const unfinished = `${part.binary}.partial`;
  const started = Date.now();
  mkdirSync(dirname(part.binary), { recursive: true });
  const args = ["build", "-v", ...buildFlags(part), "-o", unfinished, part.package];
  const onErrorLine = () => {
    compiled++;
  };
  await withProgress(log, progress, run("go", args, { cwd: part.module, env: goEnv, onErrorLine }));
  // The stamp last: where it is, the binary beside it is whole and its own.
  rmSync(stampFile(part), { force: true });
  renameSync(unfinished, part.binary);
  writeFileSync(stampFile(part), stamp);
  log(`${part.name}: built in ${elapsed(started)}.`);
}

/** The packages that Go's build cache does not hold yet. */
async function packagesToCompile(part: Part, onErrorLine?: (line: string) => void): Promise<string[]> {
  const args = [
    "list",
    "-deps",
    "-f",
    "{{if .Stale}}{{.ImportPath}}{{end}}",
    ...buildFlags(part),
    part.package,
  ];
  const options = { cwd: part.module, env: goEnv, ...(onErrorLine && { onErrorLine }) };
  return (await run("go", args, options)).split("\n").filter((line) => line !== "");
}

async function partsToBuild(): Promise<Part[]> {
  const stamps = await Promise.all(parts.map(stampOf));
  return parts.filter((part, i) => !existsSync(part.binary) || readStamp(part) !== stamps[i]);
}

/** All that goes into a part. Without Go, which could not rebuild it anyway, its version is left out of the comparison. */
async function stampOf(part: Part): Promise<string> {
  const inputs = createHash("sha256").update(JSON.stringify([process.platform, process.arch, part.flags]));
  const sources = readdirSync(part.module, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(mod|sum|go|json)$/.test(name),
  );
  for (const name of sources.sort()) inputs.update(name).update(readFileSync(join(part.module, name)));
  const go = (await goVersion(part.module)) ?? readStamp(part).split(" ")[1];
  return `${inputs.digest("hex")} ${go}`;
}

const stampFile = (part: Part) => stampOfBinary(part.binary);

function readStamp(part: Part): string {
  return existsSync(stampFile(part)) ? readFileSync(stampFile(part), "utf8") : "";
}

/** The go.mod has to follow the npm package, or the CLI would go by a version that it is not. */
function checkCliVersion(): void {
  const pinned = /pulumi\/pkg\/v3 v(\S+)/.exec(readFileSync(join(__dirname, "cli", "go.mod"), "utf8"))?.[1];
  if (pinned === versions.pulumi) return;
  throw new UserError(
    `The npm package pulumi is ${versions.pulumi}, and local/engine/cli/go.mod names ${pinned}. Run there: go get -tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v${versions.pulumi}`,
  );
}
