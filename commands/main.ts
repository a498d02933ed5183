#!/usr/bin/env node
// The command line `s3-backup-target`. It loads the declarations of all commands, but each implementation only when the command
// runs.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import yargs from "yargs";
import { UserError } from "../common/errors";
import { wasInterrupted } from "../common/script";
import { packageName } from "../components/commandLine";
import { nearest } from "../components/nearest";
import { adopt } from "./adopt";
import { meaningOfAwsError } from "./cli/awsErrors";
import { type Command, exitCodes, invocation, UsageError, Waiting } from "./cli/command";
import { handoff } from "./handoff";
import { policy } from "./policy";
import { recover } from "./recover";
import { revoke } from "./revoke";
import { rotate } from "./rotate";
import { status } from "./status";
import { verify } from "./verify";

const commands: readonly Command[] = [policy, handoff, verify, rotate, revoke, recover, status, adopt];

/** The version in this package's package.json. */
function ownVersion(folder = __dirname): string {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (name === packageName) {
      return version;
    }
  } catch {
    // package.json is in a folder above.
  }
  return dirname(folder) === folder ? "unknown" : ownVersion(dirname(folder));
}

const words = process.argv.slice(2);
const word = words.find((one) => !one.startsWith("-"));
const commandNames = [...commands.map(({ name }) => name), "completion"];
const named = commands.find(({ name }) => name === word);

const parser = yargs(words)
  .scriptName(packageName)
  .usage(`${packageName} <command> [options]\n\nManages the backup targets of a Pulumi stack.`)
  .command(commands.map(({ module }) => module))
  .demandCommand(1, `Which command? Choose one of ${commandNames.join(", ")}.`)
  .strict()
  .completion("completion", "Print a completion script for bash or zsh", complete)
  .alias("help", "h")
  .version(ownVersion())
  .parserConfiguration({ "boolean-negation": false, "dot-notation": false, "greedy-arrays": false })
  .locale("en")
  .wrap(100)
  .exitProcess(false)
  .fail((message: string | null, error: Error | undefined) => {
    throw message === null ? error : new UsageError(describeUsage(message));
  });

/** The possible completions: yargs's own, and the values of an option or a positional argument. */
function complete(
  current: string,
  _values: unknown,
  byDefault: (done: (error: Error | null, words: string[] | undefined) => void) => void,
  done: (words: string[]) => void,
): void {
  byDefault((_error, known) => {
    // `--get-yargs-completions` is followed by the command line, with the program's own name first.
    const [, name, ...rest] = words.slice(words.indexOf("--get-yargs-completions") + 1);
    const command = commands.find((one) => one.name === name);
    const before = rest.at(-2)?.startsWith("--") === true ? (rest.at(-2)?.slice(2) ?? "") : "";
    const values = command?.values[before] ?? [];
    const matching = values.filter((value) => value.startsWith(current));
    done(before !== "" && values.length > 0 ? matching : [...matching, ...(known ?? [])]);
  });
}

/** What yargs reports about a command line, and what was probably meant. */
function describeUsage(message: string): string {
  const meant = (near: string | undefined) => (near === undefined ? "" : ` Did you mean ${near}?`);
  if (named === undefined && word !== undefined) {
    return `There is no command ${word}.${meant(nearest(word, commandNames))}`;
  }
  // yargs names an option with hyphens a second time, in camel case.
  const [, unknown = ""] = /^Unknown arguments?: ([^,]+)/.exec(message) ?? [];
  if (words.some((one) => one.replace(/=.*/, "") === `--${unknown}`)) {
    const known = [...(named?.options ?? []), "help", "version"].map((option) => `--${option}`);
    return `There is no option --${unknown}.${meant(nearest(`--${unknown}`, known))}`;
  }
  return unknown === "" ? message : `${named?.name} does not take ${unknown}.`;
}

/** Prints what the user can fix without a stack trace. Errors go to stderr, so that stdout has the answer and nothing else. */
function report(error: Error & { code?: string }): number {
  if (wasInterrupted()) {
    console.error("\nInterrupted. Run it again: it resumes.");
    return exitCodes.interrupted;
  }
  if (error instanceof UsageError) {
    const help = named === undefined ? `npx ${packageName} --help` : invocation(named.name, "--help");
    console.error(`${error.message}\nFor help: ${help}`);
    return exitCodes.usage;
  }
  console.error(error instanceof UserError ? error.message : (meaningOfAwsError(error) ?? error));
  return error instanceof Waiting ? exitCodes.waiting : exitCodes.failed;
}

// The reader may have closed the pipe, as `head` does.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));

/** yargs throws errors in the command line, instead of rejecting. */
async function main(): Promise<void> {
  await parser.parseAsync();
}

main().catch((error: Error) => {
  process.exitCode = report(error);
});
