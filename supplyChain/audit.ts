// Behind `npm run audit`: asks the databases of known weaknesses about everything that the project pins. Ends by 0 where
// all is clean or explained, by 1 where something is not, by 2 where one of them could not be asked.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../common/errors";
import { localFolder, root } from "../common/paths";
import { runScript } from "../common/script";
import { linkAwsProvider } from "../engine/awsProvider";
import { goOutcome, judge, npmOutcome, type Outcome, pythonOutcome, readExplanations } from "./outcomes";
import {
  type Ended,
  goPrograms,
  govulncheckPlace,
  type Place,
  pythonPackages,
  pythonRequirements,
  runToEnd,
} from "./packages";

const folder = join(localFolder, "supplyChain");

/** Runs what an audit cannot do without. */
async function prepare(command: string, args: readonly string[], place?: Place): Promise<void> {
  const { exitCode, stderr } = await runToEnd(command, args, place);
  if (exitCode !== 0) {
    throw new UserError(stderr.trim().split("\n").at(-1));
  }
}

async function auditNpm(): Promise<Outcome> {
  const { stdout, stderr } = await runToEnd("npm", ["audit", "--json"]);
  return npmOutcome(stdout, stderr);
}

const govulncheck = join(folder, "govulncheck");

async function auditGo(program: string, place: Place): Promise<Outcome> {
  await linkAwsProvider();
  await prepare("go", ["build", "-o", govulncheck, "tool"], govulncheckPlace);
  const { stdout, stderr, exitCode } = await runToEnd(govulncheck, ["-format", "json", program], place);
  return goOutcome(stdout, stderr, exitCode);
}

async function auditPython(): Promise<Outcome> {
  const venv = join(folder, "pip-audit");
  const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--only-binary=:all:"];
  await prepare("python3", ["-m", "venv", "--clear", venv]);
  await prepare(join(venv, "bin", "python"), [...pip, "-r", pythonRequirements["pip-audit"]]);
  // Without the markers, by which those for another Python would be left out; and where two versions of a package are
  // pinned, in two lists, because pip-audit takes no two of them in one.
  const lists: Map<string, string>[] = [];
  for (const { name, version } of Object.values(pythonRequirements).flatMap(pythonPackages)) {
    if (lists.some((list) => list.get(name) === version)) {
      continue;
    }
    const free = lists.find((list) => !list.has(name)) ?? lists[lists.push(new Map()) - 1];
    free?.set(name, version);
  }
  const reports: Ended[] = [];
  for (const list of lists) {
    const file = join(folder, "python.txt");
    writeFileSync(file, [...list].map((pinned) => pinned.join("==")).join("\n"));
    const args = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "-f", "json", "-r", file];
    reports.push(await runToEnd(join(venv, "bin", "pip-audit"), args));
  }
  return pythonOutcome(reports);
}

/** Where a part cannot even begin, the others go on. */
const orRefused = (outcome: Promise<Outcome>): Promise<Outcome> =>
  outcome.catch((error: unknown) => {
    if (error instanceof UserError) {
      return { findings: [], notAsked: error.message };
    }
    throw error;
  });

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const outcomes: Record<string, Outcome> = {};
  outcomes["npm packages"] = await orRefused(auditNpm());
  for (const { name, program, place } of goPrograms) {
    outcomes[`Go (${name})`] = await orRefused(auditGo(program, place));
  }
  outcomes["Python packages"] = await orRefused(auditPython());
  const explanations = readExplanations(readFileSync(join(root, "docs", "supply-chain.md"), "utf8"));
  const { lines, exitCode } = judge(outcomes, explanations, new Date().toISOString().slice(0, 10));
  console.log(lines.join("\n"));
  process.exitCode = exitCode;
}

runScript(main);
