// A recovery in a separate process, so that it can be killed.
import { S3Client } from "@aws-sdk/client-s3";
import { S3Bucket } from "../../../commands/recover/bucket";
import { recoverBucket } from "../../../commands/recover/recoverBucket";
import { rootCredentials } from "../../../local/aws";
import { clientConfig } from "../../../local/aws/clients";

/** What the process does, as JSON in its first argument. */
export interface Once {
  readonly endpoint: string;
  readonly caFile: string;
  readonly bucket: string;
  readonly to: number;
  readonly report: string;
}

/** Above this size, in bytes, an object is copied in parts of that size: as one of more than 5 GB is. */
export const partsAbove = 10;

/** Brings the bucket back, exactly and with its expiry suspended meanwhile. */
export function recoverOnce({ endpoint, caFile, bucket, to, report }: Once) {
  const s3 = new S3Client(clientConfig({ endpoint, caFile }, rootCredentials));
  return recoverBucket(
    new S3Bucket(s3, bucket, partsAbove, partsAbove),
    {
      ...{ prefix: "", to, exact: true, where: "The bucket", hold: true, dryRun: false },
      ...{ concurrency: 2, report },
    },
    {
      showPlan: () => {},
      confirm: async () => {},
      log: () => {},
      progress: () => ({ show: () => {}, end: () => {} }),
    },
  );
}

if (require.main === module) {
  recoverOnce(JSON.parse(process.argv[2] ?? "")).then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
