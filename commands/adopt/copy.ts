import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project, Stack } from "../stack/stack";

/**
 * A stack of the same name and with the same settings, whose state is in a folder of its own. An import into it only reads
 * from AWS; so a preview of it tells, in the engine's own words, what an update would do after the same import into the
 * stack itself.
 *
 * @param settings of the program, beside those that the stack has
 */
export async function copyOf(
  stack: Stack,
  settings: Readonly<Record<string, string>>,
  folder: string,
): Promise<Stack> {
  const { folder: program, engine, pulumi } = stack.place;
  const described = readFileSync(join(program, "Pulumi.yaml"), "utf8");
  writeFileSync(join(folder, "Pulumi.yaml"), `${described}\nmain: ${JSON.stringify(program)}\n`);
  const entries = await stack.configEntries();
  const config = {
    ...Object.fromEntries(entries.filter(({ secret }) => !secret).map(({ key, value }) => [key, value])),
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${project}:${key}`, value])),
  };
  const name = stack.name.split("/").at(-1) ?? stack.name;
  writeFileSync(join(folder, `Pulumi.${name}.yaml`), JSON.stringify({ config })); // JSON is YAML
  const env = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
  };
  const copy = await Stack.open(name, { folder, engine, env, show: false, pulumi });
  await copy.run("stack", "init", "--no-select");
  for (const { key, value } of entries.filter(({ secret }) => secret)) {
    await copy.feed(value, "config", "set", "--secret", key);
  }
  return copy;
}
