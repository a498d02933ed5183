// Behind `npm test`, `npm run test:unit` and `npm run test:fuzz`: runs the tests of the folders that are named, or of all
// but those that are run by name only, and closes by a line that counts them. A part of a test's title may be named too:
// `npm test -- naming`.
import { fork } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import { stopSignals } from "../common/script";
import { startBackgroundTasks } from "./support/background";
import { compile } from "./support/compiled";
import { closeEnvironment } from "./support/environment";

const folders = ["unit", "simulation", "e2e"];
/** Run only when they are named, because they take minutes and seldom find anything. */
const byName = ["fuzz", "currentNode", "tools"];
const named = process.argv.slice(2);
const isFolder = (word: string) => [...folders, ...byName].includes(word);
const chosen = named.filter(isFolder);
const filters = named.filter((word) => !isFolder(word));
/** Those that need no engine compute for a minute: alongside the others, in their own process. */
const besides = named.length === 0 ? folders.filter((folder) => folder !== "e2e") : [];

const mocha = new Mocha({ reporter: "spec", timeout: 10_000, forbidOnly: process.env.CI === "true" });
/**
 * Files that come first: those whose tests do most of the work themselves, alongside the background tasks of all others, and then
 * those whose background tasks take longest.
 */
const first = ["access", "recover", "target", "tools", "trust", "keys", "asOnAws"];
const [title] = filters;
if (title !== undefined) {
  mocha.fgrep(title);
}
for (const folder of chosen.length > 0 ? chosen : folders.filter((folder) => !besides.includes(folder))) {
  const path = join(__dirname, folder);
  const files = readdirSync(path)
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
  const ofFirst = first.map((name) => `${name}.test.ts`).filter((file) => files.includes(file));
  for (const file of new Set([...ofFirst, ...files])) {
    mocha.addFile(join(path, file));
  }
}

for (const signal of stopSignals) {
  process.once(signal, () => {
    closeEnvironment().finally(() => process.exit(130));
  });
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs the tests of these folders in another process, and prints what that says in one piece. */
function runBeside(folders: readonly string[]): Promise<Counts> {
  const child = fork(__filename, folders, { silent: true });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 }; // where it ends before it has counted
  child.on("message", (message: Counts) => {
    counts = message;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      console.log(printed);
      resolve(counts);
    });
  });
}

/** Runs the tests that are loaded here. */
async function runHere(): Promise<Counts> {
  await mocha.loadFilesAsync();
  let passed = 0;
  let skipped = 0;
  if (title === undefined) {
    startBackgroundTasks();
  }
  const failed = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on("pass", () => passed++)
      .on("pending", () => skipped++);
  });
  await closeEnvironment();
  return { passed, failed, skipped };
}

async function main(): Promise<void> {
  if (!process.send) {
    compile();
  }
  const beside = besides.length > 0 ? runBeside(besides) : undefined;
  const all = [await runHere(), ...(beside ? [await beside] : [])];
  const sum = (which: keyof Counts) => all.reduce((total, counts) => total + counts[which], 0);
  const counts: Counts = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
  // A run in which nothing was tried has not passed.
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  if (process.send) {
    process.send(counts);
  } else {
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  console.log("0 passed, 1 failed");
  process.exit(1);
});
