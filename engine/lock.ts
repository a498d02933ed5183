import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../common/processes";
import type { Log } from "./progress";

/** Lets one process at a time do the work. The file contains the owner's process ID: a dead owner's lock is ignored. */
export async function withLock<T>(file: string, log: Log, work: () => Promise<T>): Promise<T> {
  let waitsFor: number | undefined;
  while (!take(file)) {
    const owner = ownerOf(file);
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(file, { force: true });
    } else {
      if (owner !== waitsFor) {
        log(`Waiting for process ${owner}, which is building the engine (lock file: ${file}).`);
      }
      waitsFor = owner;
      await sleep(1000);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A link appears together with its content, so no other process ever reads a lock without an owner. */
function take(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(mine);
  }
}

function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
