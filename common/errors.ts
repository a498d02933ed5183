/** A problem that the reader can solve: whoever catches it prints its message and no stack trace. */
export class UserError extends Error {}
