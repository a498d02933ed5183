import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import * as engineServices from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as monitorServices from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as monitor from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** What a program takes for the engine, where everything is done as soon as it is asked for. */
export interface StubEngine {
  readonly address: string;
  /** The types of what has been registered, in order. */
  readonly registered: readonly string[];
  /** The errors and warnings that the program told. */
  readonly told: readonly string[];
  readonly stop: () => void;
}

type Respond<Request, Response> = (request: Request) => Response;
const answer =
  <Request, Response>(respond: Respond<Request, Response>): handleUnaryCall<Request, Response> =>
  ({ request }, callback) =>
    callback(null, respond(request));

/** A program's own time can be measured with it, free of what the real engine, its plugins and AWS take. */
export async function startStubEngine(): Promise<StubEngine> {
  const registered: string[] = [];
  const told: string[] = [];
  let root = "";

  const server = new Server();
  server.addService(monitorServices.ResourceMonitorService, {
    supportsFeature: answer((_: monitor.SupportsFeatureRequest) =>
      new monitor.SupportsFeatureResponse().setHassupport(true),
    ),
    registerResource: answer((request: monitor.RegisterResourceRequest) => {
      const type = request.getType();
      const name = request.getName();
      registered.push(type);
      // What a real one computes, as far as programs go on with it.
      const computed = {
        arn: `arn:aws:s3:::${name}`,
        bucket: name,
        name,
        region: "us-east-1",
        createDate: new Date().toISOString(),
        secret: "secret",
      };
      const inputs = request.getObject()?.toJavaScript() ?? {};
      return new monitor.RegisterResourceResponse()
        .setUrn(`urn:pulumi:bench::bench::${type}::${name}`)
        .setId(request.getCustom() ? name : "")
        .setObject(Struct.fromJavaScript({ ...(request.getCustom() && computed), ...inputs }));
    }),
    registerResourceOutputs: answer((_: monitor.RegisterResourceOutputsRequest) => new Empty()),
    signalAndWaitForShutdown: answer((_: Empty) => new Empty()),
  });
  server.addService(engineServices.EngineService, {
    log: answer((request: engine.LogRequest) => {
      if (request.getSeverity() >= engine.LogSeverity.WARNING) {
        told.push(request.getMessage());
      }
      return new Empty();
    }),
    getRootResource: answer((_: engine.GetRootResourceRequest) =>
      new engine.GetRootResourceResponse().setUrn(root),
    ),
    setRootResource: answer((request: engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, registered, told, stop: () => server.forceShutdown() };
}
