import * as pulumi from "@pulumi/pulumi";

/** What Pulumi's engine returns of a stack's resources, by their URNs. */
type ResourceOutputs = Readonly<
  Record<string, { readonly type: string; readonly outputs: Readonly<Record<string, unknown>> }>
>;

/**
 * Warns of the keys of a consumer that this update deletes, because it has a role now: by its stack's state as it was before. In a
 * preview it comes before they go. Nothing, where there are none, or the state cannot be read.
 */
export function warnOfKeysThatGo(name: string, consumer: pulumi.Resource): void {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const known = pulumi.runtime
    .invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })
    .then(({ outputs }: { outputs: ResourceOutputs }) => outputs)
    .catch((): ResourceOutputs => ({}));
  pulumi.all([known, consumer.urn]).apply(([resources, urn]) => {
    // A key's URN has the types of its parents, and not their names, so that its own name decides.
    const ofConsumer = urn.slice(0, urn.lastIndexOf("::"));
    const keys = Object.entries(resources)
      .filter(([of]) => of.startsWith(`${ofConsumer}$aws:iam/accessKey:AccessKey::`))
      .filter(([of]) => [`${name}AccessKey`, `${name}AccessKeyEven`].includes(of.split("::").at(-1) ?? ""))
      .map(([, { outputs }]) => String(outputs.id));
    if (keys.length > 0) {
      pulumi.log.warn(
        `${name} gets a role, and loses its access key: ${keys.join(" and ")} will be deleted, with the user and the group, at the end of this update. To keep it until the role is handed over, set previousKey to active.`,
        consumer,
      );
    }
  });
}
