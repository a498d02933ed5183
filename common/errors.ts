/** A problem that the user can fix: the code that catches it prints its message, without a stack trace. */
export class UserError extends Error {}
