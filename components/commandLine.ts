/** The name of the npm package, of its executable, and of the project in this repository. */
export const packageName = "s3-backup-target";

/**
 * How to call a command, for messages.
 *
 * @param inRepository whether the caller works in this repository, where each command has an npm script
 * @param args its arguments, such as `--stack prod`
 */
export const commandLine = (inRepository: boolean, command: string, ...args: readonly string[]): string =>
  [inRepository ? `npm run ${command} --` : `npx ${packageName} ${command}`, ...args].join(" ");
