import { UserError } from "../../common/errors";
import { type HandoffFields, handoff } from "../../components/handoff";
import { invocation, progress } from "../cli/command";
import { warnOfAge } from "../keys/oldKey";
import type { ConsumerWithSecret, Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { formatIn } from "./formats";

function fieldsOf(consumer: ConsumerWithSecret): HandoffFields {
  const { name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint } = consumer;
  if (secretAccessKey === "") {
    throw new UserError(
      `The secret of the access key ${accessKeyId} is not known: the key was adopted, and AWS shows a secret only once. ` +
        `The first rotation creates a key whose secret is known: ${invocation("rotate", consumer.options)}`,
    );
  }
  return { name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint };
}

/** Prints a hand-off, and nothing else on stdout. */
export async function printHandoff(
  stackName: string | undefined,
  selection: Selection,
  word: string | undefined,
  json: boolean,
): Promise<void> {
  const format = formatIn(word, json);
  const stack = Stack.open(stackName);
  const consumer = await stack.consumer(selection);
  const fields = fieldsOf(await stack.withSecret(consumer));
  try {
    process.stdout.write(
      format === undefined ? `${JSON.stringify(fields, undefined, 2)}\n` : handoff(format, fields),
    );
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
  const { name, prefix, furtherPrefixes = [] } = consumer;
  if (furtherPrefixes.length > 0) {
    progress(
      `The key of ${name} opens ${[prefix, ...furtherPrefixes].join(", ")}. This hand-off names ${prefix}.`,
    );
  }
  warnOfAge(consumer);
}
