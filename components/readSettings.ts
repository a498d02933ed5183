import * as pulumi from "@pulumi/pulumi";
import { describeProblems } from "./check";
import { markConfigured } from "./configuredArgs";
import { ofNamespace } from "./namespace";
import { waitsProblem } from "./providerWaits";
import { defaultConsumer, examineSettings } from "./settings";
import type { BackupTargetArgs } from "./targetArgs";

/**
 * Turns a stack's settings, as text by name, into the arguments of a `BackupTarget`.
 *
 * @throws a `pulumi.RunError` that names all invalid settings at once.
 */
export function parseSettings(
  texts: Readonly<Record<string, string>>,
  region?: string,
): {
  consumer: string;
  args: BackupTargetArgs;
} {
  const { problems, values } = examineSettings(texts, region);
  if (problems.length > 0) {
    const what = problems.length === 1 ? "Invalid setting" : `${problems.length} invalid settings`;
    throw new pulumi.RunError(
      `${what}; nothing was created or changed:\n${describeProblems(problems)}\nTo set a value: npx pulumi config set NAME VALUE`,
    );
  }
  const { consumer = defaultConsumer, ...args } = values;
  return { consumer, args };
}

/**
 * Reads the settings of the stack that the program runs for.
 *
 * @throws a `pulumi.RunError` if they, or the environment, are invalid.
 */
export function readSettings(): { consumer: string; args: BackupTargetArgs } {
  const config = pulumi.runtime.allConfig();
  const problem = waitsProblem(process.env, config["aws:endpoints"]);
  if (problem !== undefined) {
    throw new pulumi.RunError(problem);
  }
  const { consumer, args } = parseSettings(ofNamespace(config, pulumi.getProject()), config["aws:region"]);
  return { consumer, args: markConfigured(args) };
}
