import * as pulumi from "@pulumi/pulumi";
import { namesFor } from "./naming";

/** What Pulumi's engine knows of a stack's resources, by their URNs. */
type ResourceOutputs = Readonly<Record<string, { readonly outputs: Readonly<Record<string, unknown>> }>>;

/** The state of the program's stack as it was before this run; empty if it can't be read. */
async function stateBefore(): Promise<ResourceOutputs> {
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
    return outputs;
  } catch {
    return {};
  }
}

/** Warns about the access keys that this update deletes because the consumer has a role now: in a preview, before they're deleted. */
export function warnOfKeysThatGo(name: string, consumer: pulumi.Resource): void {
  pulumi.all([stateBefore(), consumer.urn]).apply(([resources, urn]) => {
    // A child's URN is its parent's, with its own type and its own name.
    const keyType = `${urn.slice(0, urn.lastIndexOf("::"))}$aws:iam/accessKey:AccessKey`;
    const keys = [1, 2]
      .map((generation) => resources[`${keyType}::${namesFor.accessKey(name, generation)}`])
      .flatMap((key) => (key === undefined ? [] : [String(key.outputs.id)]));
    if (keys.length > 0) {
      pulumi.log.warn(
        `${name} gets a role instead of its access key: ${keys.join(" and ")} will be deleted at the end of this update, with the user and the group. To keep the key until the role is in use, set previousKey to active.`,
        consumer,
      );
    }
  });
}
