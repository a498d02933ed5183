// `npm run bench`: measures this program against Terraform and against a bare Pulumi program. Parts may be named, and how
// often to repeat: `npm run bench -- share --repeats 3`.
import { parseArgs } from "node:util";
import { UserError } from "../local/errors";
import { holdInterrupts, runScript } from "../local/script";
import { measureShare } from "./share";

const parts = { share: measureShare };

type Part = keyof typeof parts;
const isPart = (name: string): name is Part => Object.hasOwn(parts, name);

runScript(async () => {
  holdInterrupts();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { repeats: { type: "string", default: "5" } },
  });
  const repeats = Number(values.repeats);
  const unknown = positionals.filter((name) => !isPart(name));
  if (unknown.length > 0 || !Number.isInteger(repeats) || repeats < 1) {
    throw new UserError(`npm run bench -- [${Object.keys(parts).join("] [")}] [--repeats N]`);
  }
  const chosen = positionals.length > 0 ? positionals.filter(isPart) : (Object.keys(parts) as Part[]);
  for (const part of chosen) {
    console.log(await parts[part](repeats, console.log));
  }
});
