import { expect } from "chai";
import { onStop, stopSignals } from "../../common/script";

describe("signals that stop a script", () => {
  const counts = () => stopSignals.map((signal) => process.listenerCount(signal));

  it("reach many listeners, of which Node sees one, and none once they are removed", () => {
    const before = counts();
    const called: number[] = [];
    const removers = Array.from({ length: 20 }, (_, index) => onStop(() => called.push(index)));
    expect(counts()).to.deep.equal(before.map((count) => count + 1));

    removers[0]?.();
    // Not by a signal, which would end the tests.
    process.listeners("SIGHUP").at(-1)?.("SIGHUP");
    expect(called).to.deep.equal(Array.from({ length: 19 }, (_, index) => index + 1));

    for (const remove of removers) {
      remove();
    }
    expect(counts()).to.deep.equal(before);
  });
});
