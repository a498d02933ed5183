// What all commands share: how they are declared, ask for confirmation, and exit.
import { createInterface } from "node:readline/promises";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { UserError } from "../../common/errors";
import { commandLine, packageName } from "../../components/commandLine";

/** Exit codes, for scripts. */
export const exitCodes = {
  done: 0,
  /** It failed, or `verify` or `status` found something wrong. */
  failed: 1,
  /** The command line, or a name in it, is wrong. */
  usage: 2,
  /** It needs something from you: an answer in a terminal or `--yes`, or a change in the program's code. */
  waiting: 3,
  /** It couldn't be determined. */
  unknown: 4,
  interrupted: 130,
} as const;

/** Their description in the help. */
const exitCodesHelp =
  "Exit codes: 0 success, 1 failure, 2 usage error, 3 waiting for you (not confirmed, or the program's code must be changed first), 4 unknown whether a backup is late, 130 interrupted.";

/** A problem with the command line, and what to write instead. */
export class UsageError extends UserError {}

/** The command needs an answer, or a change in the program's code, before it can continue. */
export class Waiting extends UserError {}

/** Whether this is an npm script of the repository itself, such as `npm run verify` or `npm test`. */
const isNpmScript =
  process.env.npm_package_name === packageName && process.env.npm_command?.startsWith("exec") !== true;

/** How to call a command the way this one was called. */
export const invocation = (command: string, ...args: readonly string[]): string =>
  commandLine(isNpmScript, command, ...args);

type OptionTable = Readonly<Record<string, Options>>;

/** An option that takes a value. */
const text = (describe: string) => ({ type: "string", requiresArg: true, describe }) as const;
/** A flag. */
const flag = (describe: string) => ({ type: "boolean", describe }) as const;
export const option = { text, flag } as const;

/** Options of every command that works on a stack. */
export const stackOption = { stack: text("The stack, such as prod") } as const;

export const jsonOption = { json: flag("Print one JSON document") } as const;

/** Options of every command that works on a consumer of a stack. */
export const consumerOptions = {
  ...stackOption,
  target: text("The BackupTarget, if the stack has several"),
  consumer: text("The consumer (default: the target's own)"),
  ...jsonOption,
} as const;

/** A command, as main.ts puts it into the command line. */
export interface Command {
  readonly name: string;
  readonly module: CommandModule;
  /** The names of its options. */
  readonly options: readonly string[];
  /** The values of its positional argument (under ""), and of its options, by name; for the shell's completion. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/**
 * Declares a command.
 *
 * @param declaration.usage its name, and its positional argument if it has one, such as `handoff [format]`
 * @param declaration.run what it does, with its options and its positional argument; it returns the exit code, or undefined for 0
 */
export function defineCommand<O extends OptionTable>({
  usage,
  summary,
  details,
  options,
  values = {},
  examples,
  run,
}: {
  readonly usage: string;
  readonly summary: string;
  readonly details?: string;
  readonly options: O;
  readonly values?: Command["values"];
  readonly examples: readonly string[];
  readonly run: (
    values: InferredOptionTypes<O>,
    positional: string | undefined,
  ) => Promise<number | undefined>;
}): Command {
  const [name = usage, ...positional] = usage.split(" ");
  const [, positionalName = ""] = /\[(\w+)\]$/.exec(usage) ?? [];
  return {
    name,
    options: Object.keys(options),
    values,
    module: {
      command: usage,
      describe: summary,
      builder: (parser: Argv) =>
        parser
          .options(options)
          .usage(
            [`${invocation(name, ...positional, "[options]")}`, summary, ...(details ? [details] : [])].join(
              "\n\n",
            ),
          )
          .epilogue(
            ["Examples:", ...examples.map((args) => `  ${invocation(name, args)}`), "", exitCodesHelp].join(
              "\n",
            ),
          ),
      handler: async (given) => {
        for (const [option, { type }] of Object.entries(options)) {
          if (type !== "array" && Array.isArray(given[option])) {
            throw new UsageError(`--${option} is given twice. Give it once.`);
          }
        }
        const word = given[positionalName] as string | undefined;
        process.exitCode = (await run(given as InferredOptionTypes<O>, word)) ?? exitCodes.done;
      },
    },
  };
}

/** A line of progress; not part of the answer. */
export const progress = (line: string): void => console.error(line);

/**
 * Asks for confirmation, if there is a terminal.
 *
 * @throws {@link Waiting} if there is no terminal, or the answer is no
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) {
    return;
  }
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new Waiting(
      `${question}\nThere is no terminal to confirm in, so nothing was done. To skip the confirmation: --yes`,
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
      throw new Waiting("Nothing was done.");
    }
  } finally {
    terminal.close();
  }
}
