import { UserError } from "../../common/errors";
import { foldersOf } from "../../components/access/policy";
import { type HandoffFields, handoff, noToken, tokenFormats } from "../../components/handoff";
import { invocation, progress, UsageError } from "../cli/command";
import { warnOfAge } from "../keys/oldKey";
import type { ConsumerWithSecret, DeployedConsumer, Selection } from "../stack/consumers";
import { Stack } from "../stack/stack";
import { secondsOf } from "./duration";
import { formatIn } from "./formats";

function fieldsOf(consumer: ConsumerWithSecret): HandoffFields {
  const { name, accessKeyId, secretAccessKey, sessionToken, bucketName, region, prefix, endpoint } = consumer;
  if (secretAccessKey === "") {
    throw new UserError(
      `The secret of the access key ${accessKeyId} is not known: the key was adopted, and AWS shows a secret only once. ` +
        `The first rotation creates a key whose secret is known: ${invocation("rotate", consumer.options)}`,
    );
  }
  return {
    ...{ name, accessKeyId, secretAccessKey },
    ...(sessionToken !== undefined && { sessionToken }),
    ...{ bucketName, region, prefix, endpoint },
  };
}

/** The consumer with temporary credentials: of its role if it has one, otherwise of its key. */
async function temporary(stack: Stack, consumer: DeployedConsumer, duration: string) {
  const { role, name, options } = consumer;
  const seconds = secondsOf(duration, role === undefined ? "key" : "role");
  if (role === undefined) {
    const withSecret = await stack.withSecret(consumer);
    fieldsOf(withSecret);
    const { sessionOfKey } = await import("../aws/session.js");
    return { ...withSecret, ...(await sessionOfKey(withSecret, seconds)) };
  }
  return stack.assume({ ...consumer, role }, seconds).catch((error: Error) => {
    if (error.name === "AccessDenied") {
      throw new UserError(
        `The credentials of this shell can't assume the role ${role.arn} of ${name}: ${error.message}\nIt doesn't trust you, or you lack sts:AssumeRole. For a restore by hand, add a consumer that trusts your own account (docs/trust.md#restore-by-hand). To see what the role may do: ${invocation("verify", options)}`,
      );
    }
    throw error;
  });
}

/** Prints a hand-off, and nothing else on stdout. */
export async function printHandoff(
  stackName: string | undefined,
  selection: Selection,
  word: string | undefined,
  { json, duration }: { readonly json: boolean; readonly duration: string | undefined },
): Promise<void> {
  const format = formatIn(word, json);
  if (duration !== undefined) {
    secondsOf(duration, "key");
    // Before any call to AWS.
    if (format !== undefined && !tokenFormats().includes(format)) {
      throw new UsageError(noToken(format));
    }
  }
  const stack = Stack.open(stackName);
  const consumer = await stack.consumer(selection);
  const session = duration === undefined ? undefined : await temporary(stack, consumer, duration);
  const fields = fieldsOf(session ?? (await stack.withSecret(consumer)));
  try {
    process.stdout.write(
      format === undefined ? `${JSON.stringify(fields, undefined, 2)}\n` : handoff(format, fields),
    );
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
  const folders = foldersOf(consumer);
  if (folders.length > 1) {
    progress(
      `The ${session === undefined ? "key" : "credentials"} of ${consumer.name} can access ${folders.join(", ")}. The output uses ${consumer.prefix}; for another folder, replace it there.`,
    );
  }
  if (session === undefined) {
    warnOfAge(consumer);
  } else {
    progress(`These credentials expire at ${session.expiration.toISOString()}.`);
  }
}
