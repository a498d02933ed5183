import { createRequire } from "node:module";

/** The part of Pulumi's SDK module that is used here. */
interface Proto {
  readonly RegisterResourceResponse: { readonly prototype: object };
}

/**
 * Pulumi's Node SDK logs each of the engine's responses as a debug message, with its secrets in plain text. A terminal does
 * not show those messages; `pulumi up --json`, `--debug` and event logs do. This patches the SDK that @pulumi/aws uses, which
 * registers the access keys: a program can contain several copies.
 */
export function hideSecretsInDebugLog(): void {
  const { RegisterResourceResponse }: Proto = createRequire(require.resolve("@pulumi/aws/iam"))(
    "@pulumi/pulumi/proto/resource_pb",
  );
  Object.assign(RegisterResourceResponse.prototype, { toString: () => "[omitted: it may contain secrets]" });
}
