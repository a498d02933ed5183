import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { region } from "./account";
import type { LocalAws } from "./server";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the SDK's clients need to talk to the local AWS. */
export function clientConfig(aws: Pick<LocalAws, "endpoint" | "caFile">, credentials: Credentials) {
  return {
    endpoint: aws.endpoint,
    region,
    credentials: { ...credentials }, // the SDK writes into it
    forcePathStyle: true,
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(aws.caFile), keepAlive: true }) },
  };
}

/** Deletes a bucket's contents, old versions included, or only those selected. */
export async function deleteVersions(
  owner: S3Client,
  Bucket: string,
  isMeant = (_key: string): boolean => true,
): Promise<void> {
  let after: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (after !== undefined) {
    const page: ListObjectVersionsCommandOutput = await owner.send(
      new ListObjectVersionsCommand({ Bucket, ...after }),
    );
    const { Versions = [], DeleteMarkers = [], NextKeyMarker, NextVersionIdMarker } = page;
    for (const { Key = "", VersionId } of [...Versions, ...DeleteMarkers]) {
      if (isMeant(Key)) {
        await owner.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      }
    }
    after = page.IsTruncated ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : undefined;
  }
}
