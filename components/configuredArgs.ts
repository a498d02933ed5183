const configured = Symbol.for("s3-backup-target:configured");

/**
 * Marks arguments that `readSettings` has read, so that their component can say so in its state. The mark is a symbol, because it
 * isn't an argument; it survives when a program spreads them into others.
 */
export const markConfigured = <Args extends object>(args: Args): Args => ({ ...args, [configured]: true });

/** Whether arguments come from the stack's configuration. */
export const isConfigured = (args: object): boolean => configured in args;
