import { createRequire } from "node:module";

/** The part of a module of Pulumi's SDK that is needed. */
interface Proto {
  readonly RegisterResourceResponse: { readonly prototype: object };
}

/**
 * Pulumi's SDK for Node sends each response of the engine back to it as a string, in a debug message, with its secrets in
 * plain text. A terminal does not show those messages; `pulumi up --json`, `--debug` and event logs do. Here it is the SDK that
 * @pulumi/aws uses, which registers the access keys: a program can hold more copies of the SDK than one.
 */
export function hideSecretsInDebugLog(): void {
  const { RegisterResourceResponse }: Proto = createRequire(require.resolve("@pulumi/aws/iam"))(
    "@pulumi/pulumi/proto/resource_pb",
  );
  Object.assign(RegisterResourceResponse.prototype, { toString: () => "[omitted: it may contain secrets]" });
}
