// Loaded into a Pulumi program's own process before anything else (node --require): tells at its end where the time went.
// Plain JavaScript, because it runs before there is anything that could read TypeScript.
const Module = require("node:module");
const { appendFileSync } = require("node:fs");
const { performance } = require("node:perf_hooks");
const { sep } = require("node:path");

const now = () => performance.timeOrigin + performance.now();

const begun = now();
const spent = {};
/** What runs now, and what waits for it; at the bottom what is in no module: the event loop. */
const stack = ["answers"];
let last = begun;

/** Time goes to what is on top of the stack, and to nothing below it. */
function charge() {
  const time = now();
  const top = stack.at(-1);
  spent[top] = (spent[top] ?? 0) + time - last;
  last = time;
}

function within(phase, work) {
  charge();
  stack.push(phase);
  try {
    return work();
  } finally {
    charge();
    stack.pop();
  }
}

function phaseOf(file) {
  const at = (...path) => file.includes([...path, ""].join(sep));
  if (!at("node_modules")) {
    return "sources";
  }
  if (at("node_modules", "@pulumi", "aws")) {
    return "aws";
  }
  if (at("node_modules", "typescript") || at("@pulumi", "pulumi", "vendor")) {
    return "typescript";
  }
  return "pulumi";
}

const { load, _compile } = Module.prototype;
Module.prototype.load = function (file) {
  return within(phaseOf(file), () => load.call(this, file));
};
// TypeScript hands over here what it has made: up to here it was read and transpiled, from here on it runs.
Module.prototype._compile = function (text, file, ...rest) {
  const phase = phaseOf(file);
  return within(phase === "sources" ? "run" : phase, () => _compile.call(this, text, file, ...rest));
};

process.on("exit", () => {
  charge();
  const waited = performance.eventLoopUtilization().idle;
  const { user, system } = process.cpuUsage();
  appendFileSync(
    process.env.BENCH_PHASES,
    JSON.stringify({
      begun,
      ended: now(),
      cpu: (user + system) / 1000,
      spent: { ...spent, answers: spent.answers - waited, waited },
    }),
  );
});
