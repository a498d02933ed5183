// What all commands share: how they are asked, how they ask back, and how they end.
import { createInterface } from "node:readline/promises";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UserError } from "../../common/errors";
import { wasInterrupted } from "../../common/script";
import { meaningOfAwsError } from "./awsErrors";

/** How a command ends, for scripts. */
export const exitCodes = {
  done: 0,
  /** It could not be done, or what was to be shown does not hold. */
  failed: 1,
  /** The command line, or a name in it, is wrong. */
  usage: 2,
  /** Nobody has agreed: it takes an answer in a terminal, or `--yes`. */
  notConfirmed: 3,
  interrupted: 130,
} as const;

/** Of a command line: what is wrong with it, and what to write instead. */
export class UsageError extends UserError {}

/** Nobody has agreed to what would have been done. */
export class NotConfirmed extends UserError {}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>["values"];

/** Those of every command that works on a stack. */
export const stackOptions = {
  stack: { type: "string" },
  consumer: { type: "string" },
  json: { type: "boolean" },
} as const satisfies Options;

/** What the help of each such command says of them. */
export const stackHelp = `  --stack STACK      the stack, such as prod; dev is the one of npm start
  --consumer NAME    one of the setting consumers; without it, the stack's own
  --json             prints one JSON document
  --help             prints this

It ends with 0 when all is well, with 1 when it is not, and with 2 when the command line is wrong.`;

/**
 * Runs a command to its end: parses its command line, and tells what the reader can solve without a stack trace. Errors and
 * progress go to stderr, so that stdout has the answer and nothing else.
 *
 * @param options but for --help, which every command has
 */
export function runCommand<O extends Options>(
  name: string,
  help: string,
  options: O,
  work: (values: Values<O>, words: readonly string[]) => Promise<number | undefined> | number | undefined,
  { allowPositionals = false } = {},
): void {
  // Whoever reads it may have read enough, as `head` has.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
  const main = async () => {
    const all: Options = { ...options, help: { type: "boolean" } };
    const { values, positionals } = parseArgs({ options: all, allowPositionals });
    if (values.help === true) {
      console.log(help);
      return;
    }
    process.exitCode = (await work(values as Values<O>, positionals)) ?? exitCodes.done;
  };
  main().catch((error: Error & { code?: string }) => {
    if (wasInterrupted()) {
      console.error("\nInterrupted. Run it again, and it goes on from here.");
      process.exitCode = exitCodes.interrupted;
    } else if (error instanceof UsageError || error.code?.startsWith("ERR_PARSE_ARGS")) {
      console.error(`${error.message}\nFor help: npm run ${name} -- --help`);
      process.exitCode = exitCodes.usage;
    } else {
      console.error(error instanceof UserError ? error.message : (meaningOfAwsError(error) ?? error));
      process.exitCode = error instanceof NotConfirmed ? exitCodes.notConfirmed : exitCodes.failed;
    }
  });
}

/** A line for whoever waits; not part of the answer. */
export const progress = (line: string): void => console.error(line);

/**
 * Asks whether to go on, where somebody can answer.
 *
 * @throws {@link NotConfirmed} where nobody can, or the answer is no
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) {
    return;
  }
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new NotConfirmed(
      `${question}\nNobody can answer here, so nothing was done. To agree beforehand: --yes`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const interrupt = new AbortController();
  terminal.on("SIGINT", () => interrupt.abort());
  try {
    const answer = await terminal
      .question(`${question} [y/N] `, { signal: interrupt.signal })
      .catch(() => "no, by Ctrl-C");
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new NotConfirmed("Nothing was done.");
    }
  } finally {
    terminal.close();
  }
}
