import { UserError } from "../../common/errors";
import { UsageError } from "../cli/command";
import { types } from "../stack/consumers";
import { nameOf, typeOf } from "../stack/state";
import type { Step } from "./difference";

/** The settings that name the adopted resources. */
type NameSetting = "bucketName" | "userName" | "groupName" | "policyName";

/** A `BackupTarget` that an update would create. */
export interface PlannedTarget {
  readonly name: string;
  readonly urn: string;
  /** The names of its resources; undefined: there would be none. */
  readonly names: Readonly<Record<NameSetting, unknown>>;
}

const parentOf = ({ newState, oldState }: Step) => (newState ?? oldState)?.parent;

/** The steps of a target and its children. */
export function stepsWithin(steps: readonly Step[], urn: string): Step[] {
  const own = steps.filter((step) => parentOf(step) === urn);
  return [
    ...steps.filter((step) => step.urn === urn),
    ...own.flatMap((step) => stepsWithin(steps, step.urn)),
  ];
}

/** Every `BackupTarget` in the steps of a preview. */
export function plannedTargets(steps: readonly Step[]): PlannedTarget[] {
  return steps
    .filter((step) => typeOf(step) === types.target)
    .map((target) => {
      const { urn } = target;
      const name = nameOf(target);
      // Further consumers and the bucket of access logs have resources of the same types.
      const own = steps
        .filter((step) => parentOf(step) === urn && nameOf(step) === name)
        .flatMap((step) => steps.filter((part) => parentOf(part) === step.urn));
      const input = (type: string, property: string) =>
        own.find((step) => typeOf(step) === type)?.newState?.inputs?.[property];
      return {
        name,
        urn,
        names: {
          bucketName: input("aws:s3/bucket:Bucket", "bucket"),
          userName: input("aws:iam/user:User", "name"),
          groupName: input("aws:iam/group:Group", "name"),
          policyName: input("aws:iam/policy:Policy", "name"),
        },
      };
    });
}

/**
 * The selected target.
 *
 * @throws a `UserError` if there is none, or more than one
 */
export function selectTarget(
  targets: readonly PlannedTarget[],
  name: string | undefined,
  stack: string,
): PlannedTarget {
  if (targets.length === 0) {
    throw new UserError(
      `The program of the stack ${stack} creates no BackupTarget to manage the bucket and its user. Add one to the program.`,
    );
  }
  const meant = targets.filter((target) => name === undefined || name === target.name || name === target.urn);
  const [only, ...more] = meant;
  if (only === undefined || more.length > 0) {
    const which =
      name === undefined
        ? "several targets"
        : only === undefined
          ? `no target ${name}`
          : `several targets named ${name}`;
    const list = targets.map((target) => (more.length > 0 && name !== undefined ? target.urn : target.name));
    throw new UsageError(
      `The program of the stack ${stack} has ${which}. Choose one with --target: ${list.join(", ")}.`,
    );
  }
  return only;
}
