/** What Pulumi's own messages mean to their reader. */
const meanings: readonly (readonly [message: RegExp, meaning: (stack: string) => string])[] = [
  [
    /failed to load checkpoint: .*(EOF|unexpected end of JSON)/,
    (stack) =>
      `The state of the stack ${stack} is cut short, because Pulumi was ended by force while it wrote. Beside the file ${stack}.json in the folder .pulumi/stacks of where Pulumi is logged in to, delete ${stack}.json.attrs if that is empty; if ${stack}.json itself is, copy ${stack}.json.bak over it.`,
  ],
  [
    /no stack named|stack '.*' not found|failed to load checkpoint/i,
    (stack) =>
      `There is no stack ${stack} where Pulumi is logged in to. See which there are: npx pulumi stack ls`,
  ],
  [
    /incorrect passphrase/,
    (stack) =>
      `The passphrase in PULUMI_CONFIG_PASSPHRASE is not the one that the stack ${stack} was made with. Set that one.`,
  ],
  [
    /passphrase must be set/,
    (stack) =>
      `The stack ${stack} is encrypted by a passphrase. Set it in the environment variable PULUMI_CONFIG_PASSPHRASE, or the path of a file that holds it in PULUMI_CONFIG_PASSPHRASE_FILE.`,
  ],
  [
    /PULUMI_ACCESS_TOKEN must be set|not logged in/,
    () =>
      "Pulumi is not logged in to where the stack's state is. Run: npx pulumi login, or npx pulumi login --local",
  ],
  [
    /no such host|dial tcp|connection refused|i\/o timeout|network is unreachable/,
    () =>
      "Pulumi cannot reach what it needs: check the network, and that the local AWS runs if it is the stack dev (npm start).",
  ],
  [
    /the stack is currently locked/,
    (stack) =>
      `Another update of the stack ${stack} is running. Wait for its end; if there is none: npx pulumi cancel --stack ${stack}`,
  ],
];

/** What Pulumi's message means; undefined: it is another one. */
export const meaningOfPulumi = (said: string, stack: string): string | undefined =>
  meanings.find(([message]) => message.test(said))?.[1](stack);
