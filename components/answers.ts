import { RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";

// Pulumi's SDK for Node tells the engine each answer of the engine as a text, in a debug message: with its secrets in
// plain. A terminal does not show those messages; `pulumi up --json`, `--debug` and event logs do.
RegisterResourceResponse.prototype.toString = () => "[not told: it may hold secrets]";
