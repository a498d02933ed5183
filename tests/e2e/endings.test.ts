import { expect } from "chai";
import { Clone, type Ended } from "./clone";
import { story } from "./stories";

const ctrlC = (pid: number) => process.kill(-pid, "SIGINT");
const closeTerminal = (pid: number) => process.kill(-pid, "SIGHUP");
/** As a supervisor does, which knows the command that it has started and no other process. */
const terminate = (pid: number) => process.kill(pid, "SIGTERM");

/** As the kernel does where memory is short. */
function killScript(clone: Clone): void {
  for (const { pid, command } of clone.processes()) {
    if (/--import tsx \S+\/(tests|bench|local)\//.test(command)) {
      process.kill(pid, "SIGKILL");
    }
  }
}

/** Commands in the middle of which an engine works, and what ends them. */
const endings: Readonly<Record<string, [command: string, end: (pid: number, clone: Clone) => void]>> = {
  "test:faults by Ctrl-C while it records": ['npm run test:faults -- "CreateUser 1, 404"', ctrlC],
  "a test by SIGTERM": ['exec npm test -- "stops a preview and an up with one message"', terminate],
  "a test that is killed": [
    'npm test -- "stops a preview and an up with one message"',
    (_, clone) => killScript(clone),
  ],
  "the benchmark by a terminal that closes": ["npm run bench -- growth --repeats 1", closeTerminal],
};

const ended = story(async () => {
  const clone = await Clone.make("clone-endings");
  const all: Record<string, Ended & { left: string[] }> = {};
  for (const [name, [command, end]] of Object.entries(endings)) {
    const how = await clone.run(command, { whenEngineRuns: (pid) => end(pid, clone) });
    all[name] = { ...how, left: await clone.running() };
  }
  return all;
});

describe("Nothing goes on when a command has ended", function () {
  this.timeout(300_000);

  for (const name of Object.keys(endings)) {
    it(name, async () => {
      const { code, printed, seconds, left } = (await ended())[name] ?? expect.fail();
      expect(left, printed).to.deep.equal([]);
      expect(code, printed).to.not.equal(0);
      expect(seconds, "seconds from there to its end").to.be.below(30);
    });
  }
});
