import { BackupTarget, outputsOf, readSettings } from "./components";

// Pulumi's SDK looks up every line of the stack of every promise that it makes: 7 % of the program's time. And where something
// is thrown, Node 20 takes half a minute to color the SDK's lines of its stack. The line that threw is still shown. (Not as runtime.options.nodeargs
// in Pulumi.yaml, because the language host that is built from Go modules does not read it.)
Error.stackTraceLimit = 1;

const { consumer, args } = readSettings();
const target = new BackupTarget(consumer, args);

/** What `pulumi stack output` shows. */
export = outputsOf(target);
