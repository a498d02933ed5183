import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { endByForce, processes } from "../support/processes";

describe("What a command leaves", function () {
  this.timeout(30_000);

  for (const [how, exitCode] of [
    ["ends", 0],
    ["killed", 1],
  ] as const) {
    it(`ends with it, but for what outlives it: ${how}`, () => {
      const command = [join("scripts", "run.mjs"), join("tests", "unit", "programs", "leaves.ts"), how];
      const { stdout, status } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
      const pids: number[] = JSON.parse(stdout);
      const running = processes().filter(({ pid, command }) => pids.includes(pid) && command !== "");
      endByForce(running.map(({ pid }) => pid));
      expect(pids).to.have.length(3);
      expect(running.map(({ pid }) => pid)).to.deep.equal(pids.slice(2));
      expect(status).to.equal(exitCode);
    });
  }
});
