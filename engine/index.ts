import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildEngine, findBuilt } from "./build";
import { type Engine, engineDir } from "./layout";
import { withLock } from "./lock";
import { downloadOfficial, findOfficial } from "./official";
import type { Log } from "./progress";

export type { Engine } from "./layout";

/** Finds the engine, or downloads it or, if the network prevents that, builds it from Go modules. */
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
    // Checked again, because the lock's previous owner may have installed the engine.
    async () => (await find()) ?? (await downloadOfficial(log)) ?? (await buildEngine(log)),
  );
}
