import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../common/errors";
import { awsProvider, linkAwsProvider } from "./awsProvider";
import { goVersion, requireGo, runGo } from "./go";
import { type Engine, engineDir, environment, partsIn, stampOfBinary, versions } from "./layout";
import { elapsed, type Log, withProgress } from "./progress";

/** A Go module, and the engine's programs built from it. */
export interface Part {
  readonly name: string;
  /** The module's folder. */
  readonly module: string;
  /** Where each program goes, by its package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Flags for every Go command that reads the module. */
  readonly flags: readonly string[];
  readonly ldflags: readonly string[];
}

// A separate PULUMI_HOME: a stand-in must never be in ~/.pulumi under the official plugin's name.
const home = join(engineDir, "built");
const { cli, host, plugin } = partsIn(home);
const packages = {
  cli: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  host: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  plugin: `${awsProvider.module}/pulumi-resource-aws`,
};

/** The module of the programs that contain the AWS provider. */
export const awsModule = {
  module: join(__dirname, "aws"),
  flags: [
    // Leaves out the provider's services that this project doesn't use.
    "-overlay=overlay.json",
    "-tags=osusergo,grpcnotrace",
  ],
};

/** What the engine is built from. */
export const parts: readonly Part[] = [
  {
    name: "Node language host",
    module: join(__dirname, "host"),
    programs: { [packages.host]: host },
    flags: [],
    ldflags: ["-s -w"],
  },
  {
    // From one module, in one go: two thirds of their packages are the same, and are compiled once.
    name: "aws plugin and Pulumi CLI",
    ...awsModule,
    programs: { [packages.plugin]: plugin, [packages.cli]: cli },
    ldflags: [
      `${packages.plugin}=-s -w -X main.version=${versions.aws}`,
      `${packages.cli}=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${versions.pulumi}`,
    ],
  },
];
const buildArgs = ({ flags, ldflags, programs }: Part) => [
  "-trimpath",
  ...flags,
  ...ldflags.map((flag) => `-ldflags=${flag}`),
  ...Object.keys(programs),
];
// An interrupted Go leaves its temporary files behind; here, the next build finds them.
const goTemp = join(engineDir, "go-tmp");
const goEnv = { CGO_ENABLED: "0", GOTMPDIR: goTemp };

/** The engine of an earlier build, if none of its inputs have changed. */
export async function findBuilt(): Promise<Engine | undefined> {
  if ((await partsToBuild(parts)).length > 0) {
    return undefined;
  }
  return {
    description: `Pulumi ${versions.pulumi} built from Go modules, over ${awsProvider.name}`,
    env: {
      ...environment(home),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Our language host doesn't read Pulumi.yaml's runtime.options, which set this for others through tsconfig.pulumi.json.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    },
  };
}

/** Builds those parts that are missing or out of date. If it is interrupted, the next call resumes. */
export async function buildParts(parts: readonly Part[], log: Log): Promise<void> {
  const todo = await partsToBuild(parts);
  if (todo.length > 0) {
    await requireGo(parts.map((part) => part.module));
    checkCliVersion();
    log(`Building from Go modules: ${todo.map((part) => part.name).join(", ")}.`);
    rmSync(goTemp, { recursive: true, force: true });
    mkdirSync(goTemp);
    const states = todo.map(() => "");
    const progress = () => todo.map(({ name }, i) => `${name}: ${states[i]}`).join("; ");
    // In parallel: one compiles while the other waits for the network.
    const builds = untilOneFails(
      todo.map((part, i) => (signal: AbortSignal) => {
        const tell = (state: string) => {
          states[i] = state;
        };
        return build(part, { log, signal, tell });
      }),
    );
    await withProgress(log, progress, builds);
    rmSync(goTemp, { recursive: true, force: true });
    log(
      "Go's caches may have grown by 5 GB, which the engine no longer needs. To free the space: go clean -cache -modcache",
    );
  }
}

/** Builds the engine, unless it exists. */
export async function buildEngine(log: Log): Promise<Engine> {
  await buildParts(parts, log);
  const engine = await findBuilt();
  if (engine === undefined) {
    throw new UserError("The engine's sources changed during the build. Run this again.");
  }
  return engine;
}
/** Runs all of it in parallel; a failure ends the rest, and is then thrown. */
async function untilOneFails(works: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const stop = new AbortController();
  const onFailure = (error: unknown) => stop.abort(error); // only the first one counts
  await Promise.all(works.map((work) => work(stop.signal).catch(onFailure)));
  stop.signal.throwIfAborted();
}

interface BuildOptions {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly tell: (state: string) => void;
}

async function build(part: Part, { log, signal, tell }: BuildOptions): Promise<void> {
  const started = Date.now();
  const stamp = await stampOf(part);
  const go = (args: readonly string[], onErrorLine: (line: string) => boolean) =>
    runGo(args, { cwd: part.module, env: goEnv, signal, onErrorLine });

  if (part.module === awsModule.module) {
    tell(`downloading the source of ${awsProvider.name}`);
    await linkAwsProvider(signal);
  }
  tell("downloading Go modules");
  // Listing the packages makes Go fetch exactly the modules that they need. It prints the packages that aren't compiled yet.
  const list = ["list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", ...buildArgs(part)];
  const total = (
    await go(
      list,
      counter(/^go: downloading /, (n) => tell(`downloading Go modules, ${n} so far`)),
    )
  )
    .split("\n")
    .filter((line) => line !== "").length;

  const unfinished = join(home, `${part.name}.partial`.replaceAll(" ", "-"));
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const compiled = (n: number) =>
    tell(n < total ? `${n} of ${total} packages compiled` : `${total} packages compiled, linking`);
  compiled(0);
  await go(["build", "-v", "-o", `${unfinished}/`, ...buildArgs(part)], counter(/^[\w.~/@-]+$/, compiled));

  // The stamp last: if it exists, the binaries next to it are complete and belong to it.
  rmSync(stampFile(part), { force: true });
  for (const [package_, binary] of Object.entries(part.programs)) {
    mkdirSync(dirname(binary), { recursive: true });
    renameSync(join(unfinished, basename(package_)), binary);
  }
  rmSync(unfinished, { recursive: true });
  writeFileSync(stampFile(part), stamp);
  tell("done");
  log(`${part.name}: built in ${elapsed(started)}.`);
}

/** Counts the lines that match. */
function counter(form: RegExp, tell: (count: number) => void): (line: string) => boolean {
  let count = 0;
  return (line) => {
    const counts = form.test(line);
    if (counts) {
      tell(++count);
    }
    return counts;
  };
}

async function partsToBuild(parts: readonly Part[]): Promise<Part[]> {
  const stamps = await Promise.all(parts.map(stampOf));
  return parts.filter(
    (part, i) =>
      !Object.values(part.programs).every((file) => existsSync(file)) || readStamp(part) !== stamps[i],
  );
}

/** All inputs of a part. If Go is missing, so that nothing could be rebuilt anyway, its version isn't compared. */
async function stampOf(part: Part): Promise<string> {
  const inputs = createHash("sha256").update(
    JSON.stringify([process.platform, process.arch, buildArgs(part)]),
  );
  const sources = readdirSync(part.module, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(mod|sum|go|json)$/.test(name),
  );
  for (const name of sources.sort()) {
    inputs.update(name).update(readFileSync(join(part.module, name)));
  }
  const go = (await goVersion(part.module)) ?? readStamp(part).split(" ")[1];
  return `${inputs.digest("hex")} ${go}`;
}

const stampFile = (part: Part) => stampOfBinary(Object.values(part.programs)[0] ?? "");

function readStamp(part: Part): string {
  return existsSync(stampFile(part)) ? readFileSync(stampFile(part), "utf8") : "";
}

/** The go.mod must follow the npm package, or the CLI would report a wrong version. */
function checkCliVersion(): void {
  const pinned = /pulumi\/pkg\/v3 v(\S+)/.exec(readFileSync(join(__dirname, "aws", "go.mod"), "utf8"))?.[1];
  if (pinned === versions.pulumi) {
    return;
  }
  throw new UserError(
    `The npm package pulumi is ${versions.pulumi}, and engine/aws/go.mod names ${pinned}. Run there: go mod edit -require github.com/pulumi/pulumi/pkg/v3@v${versions.pulumi} && go list -mod=mod ${awsModule.flags.join(" ")} -deps . tool`,
  );
}
