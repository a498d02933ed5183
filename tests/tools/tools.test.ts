// Backup tools with their minted keys, each through its workflow. `npm run test:tools` runs them; they need some minutes, and Go.
import { expect } from "chai";
import { grantedActions } from "../../components/access/policy";
import { type AccessProfile, profiles } from "../../components/access/profiles";
import type { HandoffFields } from "../../components/handoff";
import { region } from "../../local/aws";
import { deleteVersions } from "../../local/aws/clients";
import { type Outputs, Stack } from "../support/environment";
import { failureOf, keyOf, type Workbench, workbench } from "./run";
import { elsewhere, type Workflow, workflows } from "./workflows";

/** S3 lets the user who started an upload abort it, and a tool does so only where an upload fails. */
const abort = "s3:AbortMultipartUpload";
const takesPrefix = ({ access }: Workflow) => (profiles[access] as AccessProfile).noPrefix === undefined;

describe("backup tools with the minted keys", function () {
  this.timeout(600_000);
  const stack = new Stack("workflows");
  let outputs: Outputs & { consumers: Record<string, Omit<Outputs, "bucketName">> };
  let opened: Workbench;

  before("one stack, and the tools", async function () {
    this.timeout(3_600_000); // the first run builds tools
    opened = await workbench();
    const whole = Object.entries(workflows).map(([name, { access }]) => [name, { access }]);
    const folders = Object.entries(workflows).map(([name, workflow]) => [
      `${name}-folder`,
      // One that cannot be limited gets a key that can, to show why it cannot.
      { access: takesPrefix(workflow) ? workflow.access : "read-write", prefix: `${name}-folder` },
    ]);
    await stack.create({ access: "restic", consumers: Object.fromEntries([...whole, ...folders]) });
    await stack.up();
    outputs = (await stack.outputs()) as typeof outputs;
  });

  const fieldsOf = (
    name: string,
    key: { accessKeyId: string; secretAccessKey: string },
    prefix: string,
  ): HandoffFields => ({
    ...{ name, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    ...{ bucketName: outputs.bucketName, region, prefix, endpoint: opened.aws.endpoint },
  });

  for (const [name, workflow] of Object.entries(workflows)) {
    describe(name, () => {
      let lived = false;
      beforeEach("an empty bucket", () => deleteVersions(opened.owner.s3, outputs.bucketName));

      it("goes through its workflow in a whole bucket", async () => {
        const key = outputs.consumers[name] ?? outputs;
        const failure = await failureOf(workflow, fieldsOf(name, key, ""));
        expect(failure === undefined, failure).to.equal(true);
        lived = true;
      });

      it(takesPrefix(workflow) ? "does so under a prefix" : "fails under a prefix", async () => {
        const consumer = `${name}-folder`;
        const key = outputs.consumers[consumer] ?? outputs;
        const failure = await failureOf(workflow, fieldsOf(consumer, key, `${consumer}/`));
        expect(failure === undefined, failure).to.equal(takesPrefix(workflow));
      });

      const granted = Object.values(grantedActions({ access: workflow.access, versioned: true })).flat();
      for (const action of granted) {
        if (action !== abort && !(elsewhere[name] ?? []).includes(action)) {
          it(`fails without ${action}`, async () => {
            expect(lived, "it works with the action").to.equal(true);
            const key = await keyOf({ access: workflow.access, bucketArn: outputs.bucketArn }, action);
            const failure = await failureOf(workflow, fieldsOf(name, key, ""));
            expect(failure).to.not.equal(undefined);
          });
        }
      }
    });
  }
});
