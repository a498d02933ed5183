// `npm run handoff`: the credentials in the format that a consumer reads.

import { UserError } from "../common/errors";
import { type HandoffFields, type HandoffFormatName, handoff, handoffFormats } from "../components/handoff";
import { nearest } from "../components/nearest";
import { runCommand, stackHelp, stackOptions, UsageError } from "./cli/command";
import { warnOfAge } from "./keys/oldKey";
import { type DeployedConsumer, Stack } from "./stack/stack";

const formats = Object.keys(handoffFormats) as HandoffFormatName[];
const list = Object.entries(handoffFormats)
  .map(([name, { title }]) => `  ${name.padEnd(Math.max(...formats.map(({ length }) => length)))}  ${title}`)
  .join("\n");

const help = `Prints the credentials of a consumer, the secret too, in the format that it reads.

  npm run --silent handoff -- FORMAT --stack STACK [--consumer NAME]
  npm run --silent handoff -- --json --stack STACK [--consumer NAME]

--silent keeps npm's own lines out of what is printed.

FORMAT is one of
${list}

${stackHelp}

  npm run --silent handoff -- rclone --stack prod >> ~/.config/rclone/rclone.conf
  eval "$(npm run --silent handoff -- restic --stack prod --consumer db2)"
  npm run --silent handoff -- form --stack prod`;

/** The one that is asked for; none for JSON. */
function formatIn(words: readonly string[], json: boolean | undefined): HandoffFormatName | undefined {
  const [word, ...more] = words;
  if (json === true && word === undefined) {
    return undefined;
  }
  if (json === true || more.length > 0) {
    throw new UsageError(
      `One format at a time: ${[...words, ...(json === true ? ["--json"] : [])].join(", ")}.`,
    );
  }
  const format = formats.find((name) => name === word);
  if (format === undefined) {
    const near = word === undefined ? undefined : nearest(word, formats);
    const wrong =
      word === undefined
        ? "In which format?"
        : `There is no format ${word}${near === undefined ? "" : ` (did you mean ${near}?)`}.`;
    throw new UsageError(`${wrong} There are\n${list}\nand --json.`);
  }
  return format;
}

function fieldsOf(consumer: DeployedConsumer): HandoffFields {
  const { name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint } = consumer;
  if (secretAccessKey === "") {
    throw new UserError(
      `The secret of the access key ${accessKeyId} is not known: the key was adopted, and AWS tells a secret only once. ` +
        `The first rotation makes a key whose secret is known: npm run rotate -- --stack ${consumer.stack} --consumer ${name}`,
    );
  }
  return { name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint };
}

runCommand(
  "handoff",
  help,
  stackOptions,
  async ({ stack, consumer: name, json }, words) => {
    const format = formatIn(words, json);
    const consumer = await (await Stack.open(stack)).consumer(name);
    const fields = fieldsOf(consumer);
    try {
      process.stdout.write(
        format === undefined ? `${JSON.stringify(fields, undefined, 2)}\n` : handoff(format, fields),
      );
    } catch (error) {
      throw new UserError(error instanceof Error ? error.message : String(error));
    }
    warnOfAge(consumer);
    return undefined;
  },
  { allowPositionals: true },
);
