import * as pulumi from "@pulumi/pulumi";

const { leakedPromises }: { leakedPromises: () => unknown } = require("@pulumi/pulumi/runtime/debuggable");

/** One resource as a program registered it. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  /** What Pulumi would send to the provider. */
  readonly inputs: Record<string, unknown>;
  /** `type name` of the parent. */
  readonly parent: string | undefined;
  /** By its own option, or else by its parent's. */
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Names of the resources that it explicitly waits for. */
  readonly dependsOn: string[];
}

/** Where the mocks' bucket is. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  /** Whether a bucket that is already there keeps old versions. */
  readonly versioned?: boolean;
  /** The account of the provider; undefined: the program is not to ask for it. */
  readonly account?: string;
}

const usualPlace: Place = { partition: "aws", region: "eu-central-1" };
/** For a program that is to ask for its account and region. */
export const inAccount: Place = { ...usualPlace, account: "111122223333" };
let place = usualPlace;

/** For any configuration: where its KMS key is, so that the bucket can be there too; the usual place without one. */
export function placeOf(kmsKeyArn: unknown): Place {
  const [, partition = "", , region = ""] = typeof kmsKeyArn === "string" ? kmsKeyArn.split(":") : [];
  return region === "" ? inAccount : { ...inAccount, partition, region };
}

/** Where an ARN is checked, or is a part of another one. */
const arns: Record<string, (bucket: string) => string> = {
  "aws:s3/bucket:Bucket": (bucket) => `arn:${place.partition}:s3:::${bucket}`,
  "aws:kms/key:Key": () => "arn:aws:kms:eu-central-1:111122223333:key/made-by-us",
};

const inputsOf = new Map<string, Record<string, unknown>>();

pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs, id }) {
      inputsOf.set(`${type} ${name}`, inputs);
      // What a provider computes: just enough, and by name, so that a mixed-up reference shows. A resource that is only
      // looked up has an id already.
      const bucket = id || (inputs.bucket ?? `${name}-1a2b3c4`);
      return {
        id: `${name}-id`,
        state: {
          ...inputs,
          name: inputs.name ?? `${name}-1a2b3c4`,
          bucket,
          arn: arns[type]?.(bucket) ?? `arn:of:${name}`,
          region: place.region,
          ...(id && place.versioned === true && { versioning: { enabled: true, mfaDelete: false } }),
          ...(id && { objectLockEnabled: id.startsWith("locked-") }),
          secret: name.startsWith("adopted") ? undefined : `secret of ${name}`,
          keyId: `id-of-${name}`,
        },
      };
    },
    call({ token }) {
      const { account: accountId, region } = place;
      if (accountId !== undefined && token === "aws:index/getCallerIdentity:getCallerIdentity") {
        return { accountId };
      }
      if (accountId !== undefined && token === "aws:index/getRegion:getRegion") {
        return { region };
      }
      throw new Error(`The program is not to call ${token}`);
    },
  },
  "s3-backup-target",
  "unit",
  false,
);

/** Without stack traces: Pulumi takes one for each promise, which is half of the time of a resource here. */
async function withoutStacks<T>(work: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Runs a part of a program under Pulumi's mocks.
 *
 * @returns what it built, and every resource that it registered, in order, once all are done.
 */
export const record = <T>(
  build: (opts: pulumi.ComponentResourceOptions) => T,
  where = usualPlace,
): Promise<{ built: T; resources: Recorded[] }> =>
  withoutStacks(async () => {
    inputsOf.clear();
    place = where;
    const registered: pulumi.ResourceTransformationArgs[] = [];
    const built = build({
      transformations: [
        (args) => {
          registered.push(args);
          return undefined;
        },
      ],
    });
    const resources: Recorded[] = [];
    const isProtected = new Map<pulumi.Resource | undefined, boolean>();
    for (const { type, name, resource, opts } of registered) {
      await promised(resource.urn);
      const protect = opts.protect ?? isProtected.get(opts.parent) ?? false;
      isProtected.set(resource, protect);
      const waitsFor = await promised(pulumi.output(opts.dependsOn ?? []));
      const dependsOn = await Promise.all([waitsFor].flat().map((dependency) => promised(dependency.urn)));
      resources.push({
        type,
        name,
        inputs: inputsOf.get(`${type} ${name}`) ?? {},
        parent: opts.parent && titleOf(await promised(opts.parent.urn)),
        protect,
        retainOnDelete: opts.retainOnDelete === true,
        dependsOn: dependsOn.map((urn) => urn.split("::").at(-1) ?? urn),
      });
    }
    return { built, resources };
  });

/** `type name` from a URN, whose type part lists the types of all ancestors too. */
function titleOf(urn: string): string {
  const [types, name] = urn.split("::").slice(2);
  return `${types?.split("$").at(-1)} ${name}`;
}

/** What an update would refuse once it is known, of as many resources as there have to be: by resource, the message. */
export const refusals = (
  build: () => void,
  count: number,
): Promise<Map<pulumi.Resource | undefined, string>> =>
  withoutStacks(async () => {
    const refused = new Map<pulumi.Resource | undefined, string>();
    const listen = (reason: Error) =>
      refused.set(pulumi.ResourceError.isInstance(reason) ? reason.resource : undefined, reason.message);
    const others = process.rawListeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", listen);
    try {
      build();
      for (let waited = 0; waited < 5_000 && refused.size < count; waited += 50) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // What comes out of the same failures a little later.
      await new Promise((resolve) => setTimeout(resolve, 200));
    } finally {
      process.removeListener("unhandledRejection", listen);
      for (const other of others) {
        process.on("unhandledRejection", other as NodeJS.UnhandledRejectionListener);
      }
      // What is refused leaves others waiting for ever, and Pulumi would report that at the end.
      leakedPromises();
    }
    return refused;
  });

/** The value of an Output, or the failure that it ends in; `apply` would show the one only. */
export function promised<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}
