/** What Pulumi's messages mean to the user. */
const meanings: readonly (readonly [message: RegExp, meaning: (stack: string) => string])[] = [
  [
    /failed to load checkpoint: .*(EOF|unexpected end of JSON)/,
    (stack) =>
      `The state of the stack ${stack} is truncated, because Pulumi was killed while writing it. In the folder .pulumi/stacks of the backend that Pulumi is logged in to, delete ${stack}.json.attrs if it is empty. If ${stack}.json is empty, copy ${stack}.json.bak over it.`,
  ],
  [
    /no stack named|stack '.*' not found|failed to load checkpoint/i,
    (stack) =>
      `There is no stack ${stack} in the backend that Pulumi is logged in to. To list the stacks: npx pulumi stack ls`,
  ],
  [
    /incorrect passphrase/,
    (stack) =>
      `The passphrase in PULUMI_CONFIG_PASSPHRASE is wrong for the stack ${stack}. Set the right one.`,
  ],
  [
    /passphrase must be set/,
    (stack) =>
      `The stack ${stack} is encrypted with a passphrase. Set the environment variable PULUMI_CONFIG_PASSPHRASE to it, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that contains it.`,
  ],
  [
    /PULUMI_ACCESS_TOKEN must be set|not logged in/,
    () =>
      "Pulumi is not logged in to the stack's backend. Run: npx pulumi login, or npx pulumi login --local",
  ],
  [
    /no such host|dial tcp|connection refused|i\/o timeout|network is unreachable/,
    () => "Pulumi can't connect. Check the network. For the stack dev, start the local AWS: npm start",
  ],
  [
    /the stack is currently locked/,
    (stack) =>
      `Another update of the stack ${stack} is running. Wait until it ends. If none is running: npx pulumi cancel --stack ${stack}`,
  ],
];

/** What Pulumi's message means; undefined: unknown. */
export const meaningOfPulumi = (said: string, stack: string): string | undefined =>
  meanings.find(([message]) => message.test(said))?.[1](stack);
