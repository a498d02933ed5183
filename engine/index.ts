import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildEngine, findBuilt } from "./build";
import { type Engine, engineDir } from "./layout";
import { withLock } from "./lock";
import { downloadOfficial, findOfficial } from "./official";
import type { Log } from "./progress";

export type { Engine } from "./layout";

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
