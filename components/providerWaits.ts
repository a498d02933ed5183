/**
 * The AWS provider's own switch for its recorded acceptance tests: with both variables set, it reads without the pauses between
 * reads (`internal/retry/state.go` of terraform-provider-aws); nothing is recorded or replayed. The local AWS answers
 * consistently at once, so a first deployment takes seconds instead of a minute. On AWS, a change takes a while to take effect
 * everywhere, and the pauses are needed.
 */
export const withoutWaits = { VCR_MODE: "REPLAY_ONLY", VCR_PATH: "none" };

/** Whether the provider would read without pauses in this environment. */
export const skipsWaits = ({ VCR_MODE, VCR_PATH }: NodeJS.ProcessEnv): boolean =>
  Boolean(VCR_MODE) && Boolean(VCR_PATH);

/**
 * Why the program must not deploy in this environment, if it must not: the switch is only for an AWS on this machine.
 *
 * @param endpoints the setting `aws:endpoints`, as JSON
 */
export function waitsProblem(env: NodeJS.ProcessEnv, endpoints = "[]"): string | undefined {
  if (!skipsWaits(env) || isLocal(endpoints)) {
    return undefined;
  }
  return `VCR_MODE = ${env.VCR_MODE}: in this shell the AWS provider does not wait until changes are in force, which only the local AWS allows (". .local/env" sets it). Nothing was created or changed. Run "unset VCR_MODE VCR_PATH", or open a new shell.`;
}

const loopback = ["127.0.0.1", "localhost", "[::1]"];

function isLocal(endpoints: string): boolean {
  const urls = (JSON.parse(endpoints) as Record<string, string>[]).flatMap((byService) =>
    Object.values(byService),
  );
  return (
    urls.length > 0 && urls.every((url) => URL.canParse(url) && loopback.includes(new URL(url).hostname))
  );
}
