import { expect } from "chai";
import { backgroundTask } from "../support/background";
import { Clone } from "../support/clone";

const ctrlC = (pid: number) => process.kill(-pid, "SIGINT");
const closeTerminal = (pid: number) => process.kill(-pid, "SIGHUP");
/** As a supervisor does, which knows the command that it has started and no other process. */
const terminate = (pid: number) => process.kill(pid, "SIGTERM");

/** When the CLI has much to print; its reader is gone by then, which ends it. */
const amid = (end: (pid: number) => unknown) => (pid: number) => void setTimeout(end, 5_000, pid);

/** As the kernel does where memory is short. */
function killScript(clone: Clone): void {
  for (const { pid, command } of clone.processes()) {
    if (/--import tsx \S+\/(tests|bench|local)\//.test(command)) {
      process.kill(pid, "SIGKILL");
    }
  }
}

/** Commands in the middle of which an engine works, and what ends them. */
const endings: Readonly<Record<string, [command: string, end: (pid: number, clone: Clone) => unknown]>> = {
  "test:faults by Ctrl-C while it records": ['npm run test:faults -- "CreateUser 1, 404"', amid(ctrlC)],
  "a test by SIGTERM": ['exec npm test -- e2e "stops a preview and an up with one message"', terminate],
  "a test that is killed": [
    'npm test -- e2e "stops a preview and an up with one message"',
    (_, clone) => killScript(clone),
  ],
  "the benchmark by a terminal that closes": ["npm run bench -- growth --repeats 1", closeTerminal],
};

/** Each with what is left running then. */
const tasks = Object.entries(endings).map(([name, [command, end]], number) => ({
  name,
  ended: backgroundTask(async () => {
    const clone = await Clone.make(`clone-ending-${number}`);
    const ended = await clone.run(command, { whenEngineRuns: (pid) => end(pid, clone) });
    return { ...ended, left: await clone.running() };
  }),
}));

describe("Nothing keeps running when a command has ended", function () {
  this.timeout(1_800_000);

  for (const { name, ended } of tasks) {
    it(name, async () => {
      const { code, printed, seconds, left } = await ended();
      expect(left, printed).to.deep.equal([]);
      expect(code, printed).to.not.equal(0);
      expect(printed, "it went on to its own end").to.not.match(/[1-9]\d* pass/);
      expect(seconds, "seconds from there to its end").to.be.below(40);
    });
  }
});
