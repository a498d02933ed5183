import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildEngine, findBuilt } from "./build";
import { engineDir } from "./layout";
import { withLock } from "./lock";
import { downloadOfficial, findOfficial } from "./official";
import type { Log } from "./progress";

/** Pulumi CLI, Node language host and aws plugin, ready for `npx pulumi`. */
export interface Engine {
  readonly description: string;
  /** To be added to the environment of `npx pulumi`, which then downloads nothing. */
  readonly env: Readonly<Record<string, string>>;
}

/** Finds the engine, or else downloads it, or else (where the network stops that) builds it from Go modules. */
export async function ensureEngine({ log = console.log }: { log?: Log } = {}): Promise<Engine> {
  const find = async () => findOfficial() ?? (await findBuilt());
  const found = await find();
  if (found) {
    return found;
  }
  mkdirSync(engineDir, { recursive: true });
  return withLock(
    join(engineDir, "lock"),
    log,
    // Looked for again, because the wait for the lock may have been for the very engine.
    async () => (await find()) ?? (await downloadOfficial(log)) ?? (await buildEngine(log)),
  );
}
