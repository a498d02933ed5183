import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Project } from "../stack/project";
import { Stack } from "../stack/stack";

/**
 * A stack of the same name and with the same settings, whose state is in a separate folder. An import into it only reads from
 * AWS; so its preview shows exactly what an update would do after the same import into the stack itself.
 */
export async function copyOf(stack: Stack, folder: string): Promise<Stack> {
  const { project, env: environment, pulumi } = stack.place;
  const name = stack.name.split("/").at(-1) ?? stack.name;
  const stackFile = `Pulumi.${name}.yaml`;
  copyProject(project, folder, stackFile);
  const entries = await stack.configEntries();
  const config = Object.fromEntries(
    entries.filter(({ secret }) => !secret).map(({ key, value }) => [key, value]),
  );
  writeFileSync(join(folder, stackFile), JSON.stringify({ config })); // JSON is YAML
  const env = {
    ...environment,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
    PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
  };
  const copy = Stack.open(name, { project: { ...project, folder }, env, show: false, pulumi });
  await copy.run("stack", "init", "--no-select");
  for (const { key, value } of entries.filter(({ secret }) => secret)) {
    await copy.feed(value, "config", "set", "--secret", key);
  }
  return copy;
}

/** The same program, with its own stack file. */
function copyProject({ file, folder: from, runtime }: Project, folder: string, stackFile: string): void {
  const described = readFileSync(file, "utf8").replace(/^stackConfigDir:.*$/m, "");
  if (runtime === "nodejs") {
    // Left in place, because Node looks for packages in the folders above it.
    const [, main = "."] = /^main:\s*["']?([^"'\s]+)/m.exec(described) ?? [];
    const rest = described.replace(/^main:.*$/m, "");
    writeFileSync(join(folder, basename(file)), `${rest}\nmain: ${JSON.stringify(join(from, main))}\n`);
    return;
  }
  writeFileSync(join(folder, basename(file)), described);
  for (const entry of readdirSync(from)) {
    if (![basename(file), stackFile].includes(entry)) {
      symlinkSync(join(from, entry), join(folder, entry));
    }
  }
}
