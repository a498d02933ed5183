// Behind `npm test` (everything) and `npm run test:unit`: runs the tests of the folders that are named, or of all, and
// closes by a line that counts them. A test file or a part of a test's title may be named too: `npm test -- naming`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import { stopSignals } from "../local/script";
import { startStories } from "./e2e/stories";
import { closeWorld } from "./e2e/world";

const folders = ["unit", "simulation", "e2e"];
const named = process.argv.slice(2);
const chosen = folders.filter((folder) => named.includes(folder));
const filters = named.filter((word) => !folders.includes(word));

const mocha = new Mocha({ reporter: "spec", timeout: 10_000, forbidOnly: process.env.CI === "true" });
const [title] = filters;
if (title !== undefined) {
  mocha.fgrep(title);
}
for (const folder of chosen.length > 0 ? chosen : folders) {
  const path = join(__dirname, folder);
  // Backwards, so that the files that have most to do themselves run while the stories of the others do.
  for (const file of readdirSync(path).sort().reverse()) {
    if (file.endsWith(".test.ts")) {
      mocha.addFile(join(path, file));
    }
  }
}

for (const signal of stopSignals) {
  process.once(signal, () => {
    closeWorld().finally(() => process.exit(130));
  });
}

async function main(): Promise<void> {
  await mocha.loadFilesAsync();
  let passed = 0;
  let skipped = 0;
  // Beside the tests that need no engine, too.
  if (title === undefined) {
    startStories();
  }
  const failures = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on("pass", () => passed++)
      .on("pending", () => skipped++);
  });
  await closeWorld();
  console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  // A run in which nothing was tried has not passed.
  process.exitCode = failures > 0 || passed === 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  console.log("0 passed, 1 failed");
  process.exit(1);
});
