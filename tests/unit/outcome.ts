import * as pulumi from "@pulumi/pulumi";
import { BackupTarget } from "../../components/backupTarget";
import { parseSettings } from "../../components/readSettings";
import type { BackupTargetArgs } from "../../components/targetArgs";
import { placeOf, promised, record } from "./record";

/** The lines of an error that name something: all but its first and, of a stack's settings, its last. */
const linesOf = (error: unknown): string[] =>
  String(error)
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => line.trim());

/** What a stack's settings are taken for, or the lines that refuse them; `aws:region` is the provider's setting. */
export function ofSettings({ "aws:region": region, ...texts }: Record<string, string>): object | string[] {
  try {
    const { consumer, args } = parseSettings(texts, region);
    return texts.consumer === undefined ? args : { consumer, ...args };
  } catch (error) {
    return linesOf(error);
  }
}

/** The warnings of a target with these arguments, or the lines that refuse them. */
export async function ofArguments(
  consumer: string,
  args: BackupTargetArgs,
): Promise<{ warnings: string[] } | string[]> {
  const warnings: string[] = [];
  const { warn } = pulumi.log;
  Object.assign(pulumi.log, {
    warn: (text: string) => {
      warnings.push(text);
      return Promise.resolve();
    },
  });
  try {
    const { built } = await record((opts) => new BackupTarget(consumer, args, opts), placeOf(args.kmsKeyArn));
    await promised(built.policyArn);
    return { warnings };
  } catch (error) {
    return linesOf(error);
  } finally {
    Object.assign(pulumi.log, { warn });
  }
}
