// A bucket as a recovery uses it, and the calls to S3.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { named, Refused } from "../aws/refused";
import type { Version } from "./history";
import type { Lockable, RunningRecovery } from "./lock";

/** The largest object that one CopyObject copies, in bytes. */
const largestCopy = 5 * 1024 ** 3;
/** The part size for larger objects, unless that would take more than 10,000 parts. */
const partSize = 512 * 1024 ** 2;
const mostParts = 10_000;
/** Parts of an object that are copied at once. */
const partsAtOnce = 8;
/** The maximum number of versions in one DeleteObjects. */
export const batchSize = 1000;

/** A marker that could not be removed, and why. */
export interface NotRemoved {
  readonly key: string;
  readonly versionId: string;
  /** The code of S3's error. */
  readonly code: string;
}

/** A bucket, as far as a recovery needs it. Nothing here deletes a version of an object. */
export interface VersionedBucket {
  readonly name: string;
  /** The time by S3's clock, in milliseconds since 1970. */
  now(): number;
  /** All versions below a prefix, page by page: sorted by key, each key's versions newest first. */
  versions(prefix: string): AsyncIterable<readonly Version[]>;
  /** Removes delete markers, at most {@link batchSize}. */
  removeMarkers(markers: readonly Version[]): Promise<readonly NotRemoved[]>;
  /** Copies a version on top, on the server's side, and returns the ID of the copy. */
  copyOnTop(version: Version): Promise<string>;
  /** Puts a delete marker on top, and returns its ID. */
  hide(key: string): Promise<string>;
}

/** A lifecycle, with the fields that must be restored unchanged. */
export interface Lifecycle {
  readonly rules: LifecycleRule[];
  readonly minimumSize: string | undefined;
}

/** Errors for single markers that S3 may remove on a retry. */
const passing: readonly string[] = ["InternalError", "SlowDown", "ServiceUnavailable"];

/** Characters that XML 1.0 can't contain, so DeleteObjects can't name a key with one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const notInXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** A bucket in S3. */
export class S3Bucket implements VersionedBucket, Lockable {
  /** How far S3's clock is ahead of this machine's, in milliseconds. */
  private ahead = 0;

  /** @param largest the size above which an object is copied in parts: S3's limit, except in tests */
  constructor(
    private readonly s3: S3Client,
    readonly name: string,
    private readonly largest = largestCopy,
    private readonly part = partSize,
  ) {}

  now = (): number => Date.now() + this.ahead;

  /** Whether the bucket keeps versions; undefined: it never has. */
  async versioning(): Promise<"Enabled" | "Suspended" | undefined> {
    const command = new GetBucketVersioningCommand({ Bucket: this.name });
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers?: Record<string, string> };
        this.ahead = Date.parse(headers?.date ?? "") - Date.now() || 0;
        return result;
      },
      { step: "deserialize", priority: "low" },
    );
    return (await this.named("GetBucketVersioning", this.s3.send(command))).Status;
  }

  /**
   * @param most the maximum number of pages
   * @param pageSize the number of versions in a page, at most S3's 1,000
   * @returns whether these were all
   */
  async *versions(
    prefix: string,
    most = Number.POSITIVE_INFINITY,
    pageSize?: number,
  ): AsyncGenerator<readonly Version[], boolean> {
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    for (let read = 0; next !== undefined && read < most; read++) {
      const [page, markers]: readonly [ListObjectVersionsCommandOutput, readonly boolean[]] = await this.page(
        prefix,
        { ...next, MaxKeys: pageSize },
      );
      const { NextKeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
      const decode = page.EncodingType === "url" ? decodeKey : (key: string) => key;
      next = page.IsTruncated
        ? { KeyMarker: NextKeyMarker === undefined ? undefined : decode(NextKeyMarker), VersionIdMarker }
        : undefined;
      yield inOrder(page, markers, decode);
    }
    return next === undefined;
  }

  /** A page of the listing; and of each of its entries, in their order, whether it is a delete marker. */
  private async page(
    prefix: string,
    from: object,
  ): Promise<readonly [ListObjectVersionsCommandOutput, readonly boolean[]]> {
    const command = new ListObjectVersionsCommand({
      Bucket: this.name,
      Prefix: prefix,
      ...from,
      // Otherwise, the XML of a key with a control character couldn't be parsed.
      EncodingType: "url",
      OptionalObjectAttributes: ["RestoreStatus"],
    });
    let markers: boolean[] = [];
    // The SDK gives versions and markers in two lists, which loses their order within a second.
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: AsyncIterable<Buffer> | Uint8Array };
        if (response.statusCode === 200) {
          const body = await bytesOf(response.body);
          markers = [...body.toString("latin1").matchAll(/<(Version|DeleteMarker)>/g)].map(
            ([, element]) => element === "DeleteMarker",
          );
          response.body = body;
        }
        return result;
      },
      { step: "deserialize", priority: "low" },
    );
    return [await this.named("ListObjectVersions", this.s3.send(command)), markers];
  }

  async removeMarkers(markers: readonly Version[]): Promise<readonly NotRemoved[]> {
    const Bucket = this.name;
    const [single, batch] = [true, false].map((is) => markers.filter(({ key }) => notInXml.test(key) === is));
    for (const { key: Key, versionId: VersionId } of single ?? []) {
      await this.named("DeleteObject", this.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })));
    }
    if (batch === undefined || batch.length === 0) {
      return [];
    }
    const Objects = batch.map(({ key: Key, versionId: VersionId }) => ({ Key, VersionId }));
    const { Errors = [] } = await this.named(
      "DeleteObjects",
      this.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
    );
    for (const { Code = "", Message = Code } of Errors) {
      if (Code === "AccessDenied") {
        throw new Refused("DeleteObjects", this.name, Message);
      }
      if (passing.includes(Code)) {
        throw Object.assign(new Error(Message), { name: Code });
      }
    }
    return Errors.map(({ Key = "", VersionId = "", Code = "" }) => ({
      key: Key,
      versionId: VersionId,
      code: Code,
    }));
  }

  async copyOnTop(version: Version): Promise<string> {
    const { key: Key, versionId: VersionId } = version;
    const at = { Bucket: this.name, Key };
    const head = await this.named("HeadObject", this.s3.send(new HeadObjectCommand({ ...at, VersionId })));
    const CopySource = `${this.name}/${Key.split("/").map(encodeURIComponent).join("/")}?versionId=${VersionId}`;
    const kept = keptOf(version, head);
    if (version.size > this.largest) {
      return this.copyInParts(version, CopySource, head, kept);
    }
    const copy = await this.named(
      "CopyObject",
      this.s3.send(new CopyObjectCommand({ ...at, CopySource, ...kept })),
    );
    return copy.VersionId ?? "null";
  }

  private async copyInParts(
    { key: Key, versionId: VersionId, size }: Version,
    CopySource: string,
    head: HeadObjectCommandOutput,
    kept: ReturnType<typeof keptOf>,
  ): Promise<string> {
    const at = { Bucket: this.name, Key };
    const { TagSet = [] } = await this.named(
      "GetObjectTagging",
      this.s3.send(new GetObjectTaggingCommand({ ...at, VersionId })),
    );
    const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Metadata } =
      head;
    const { UploadId } = await this.named(
      "CreateMultipartUpload",
      this.s3.send(
        new CreateMultipartUploadCommand({
          ...at,
          ...kept,
          ...{ CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Metadata },
          ...(head.ExpiresString !== undefined && { Expires: new Date(head.ExpiresString) }),
          Tagging: new URLSearchParams(
            TagSet.map(({ Key: tag = "", Value = "" }) => [tag, Value]),
          ).toString(),
        }),
      ),
    );
    try {
      const length = Math.max(this.part, Math.ceil(size / mostParts));
      const numbers = Array.from({ length: Math.ceil(size / length) }, (_, index) => index + 1);
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      const copyPart = async (PartNumber: number): Promise<void> => {
        const from = (PartNumber - 1) * length;
        const CopySourceRange = `bytes=${from}-${Math.min(from + length, size) - 1}`;
        const { CopyPartResult } = await this.named(
          "UploadPartCopy",
          this.s3.send(
            new UploadPartCopyCommand({ ...at, UploadId, PartNumber, CopySource, CopySourceRange }),
          ),
        );
        Parts[PartNumber - 1] = { PartNumber, ETag: CopyPartResult?.ETag };
      };
      const next = numbers.values();
      await Promise.all(
        Array.from({ length: partsAtOnce }, async () => {
          for (const number of next) {
            await copyPart(number);
          }
        }),
      );
      const made = await this.named(
        "CompleteMultipartUpload",
        this.s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } })),
      );
      return made.VersionId ?? "null";
    } catch (error) {
      await this.s3.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {});
      throw error;
    }
  }

  async hide(key: string): Promise<string> {
    const { VersionId = "null" } = await this.named(
      "DeleteObject",
      this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key })),
    );
    return VersionId;
  }

  /** Checks the permission to remove markers, with a call that removes nothing. */
  async tryRemoval(Key: string): Promise<void> {
    await this.named(
      "DeleteObjects",
      this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key, VersionId: "null" })),
    );
  }

  /** The lifecycle's rules, if any. */
  async lifecycle(): Promise<Lifecycle> {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: this.name });
    try {
      const found = await this.named("GetBucketLifecycleConfiguration", this.s3.send(command));
      return { rules: found.Rules ?? [], minimumSize: found.TransitionDefaultMinimumObjectSize };
    } catch (error) {
      if ((error as Error).name === "NoSuchLifecycleConfiguration") {
        return { rules: [], minimumSize: undefined };
      }
      throw error;
    }
  }

  async setLifecycle(Rules: LifecycleRule[], { minimumSize }: Lifecycle): Promise<void> {
    await this.named(
      "PutBucketLifecycleConfiguration",
      this.s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: this.name,
          LifecycleConfiguration: { Rules },
          ...(minimumSize !== undefined && {
            TransitionDefaultMinimumObjectSize: minimumSize as "varies_by_storage_class",
          }),
        }),
      ),
    );
  }

  /** The unfinished uploads below a prefix. */
  async running(prefix: string): Promise<RunningRecovery[]> {
    const { Uploads = [] } = await this.named(
      "ListMultipartUploads",
      this.s3.send(new ListMultipartUploadsCommand({ Bucket: this.name, Prefix: prefix })),
    );
    return Uploads.map(({ Key = "", UploadId = "", Initiated = new Date(0) }) => ({
      key: Key,
      uploadId: UploadId,
      since: Initiated,
    }));
  }

  async begin(key: string): Promise<string> {
    const { UploadId = "" } = await this.named(
      "CreateMultipartUpload",
      this.s3.send(new CreateMultipartUploadCommand({ Bucket: this.name, Key: key })),
    );
    return UploadId;
  }

  async end({ key: Key, uploadId: UploadId }: Pick<RunningRecovery, "key" | "uploadId">): Promise<void> {
    await this.named(
      "AbortMultipartUpload",
      this.s3.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId })),
    ).catch((error: Error) => {
      if (error.name !== "NoSuchUpload") {
        throw error;
      }
    });
  }

  private named<T>(call: string, answer: Promise<T>): Promise<T> {
    return named(call, this.name, answer);
  }
}

/** What CopyObject doesn't copy by default. It copies metadata, content type and tags. */
function keptOf({ storageClass }: Version, head: HeadObjectCommandOutput) {
  const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, WebsiteRedirectLocation } = head;
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = head;
  const isLocked = ObjectLockRetainUntilDate !== undefined && Number(ObjectLockRetainUntilDate) > Date.now();
  return {
    StorageClass: storageClass as "STANDARD",
    ...{ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, WebsiteRedirectLocation },
    ...(isLocked && { ObjectLockMode, ObjectLockRetainUntilDate }),
    ...(ObjectLockLegalHoldStatus === "ON" && { ObjectLockLegalHoldStatus }),
  };
}

/** Decodes a key from a listing with `encoding-type=url`. */
export const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll("+", " "));

/** The entries of a page in the order in which S3 gave them. */
function inOrder(
  { Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput,
  markers: readonly boolean[],
  decode: (key: string) => string,
): Version[] {
  const [version, marker] = [Versions.values(), DeleteMarkers.values()];
  return markers.map((isDeleteMarker) => {
    const entry: ObjectVersion = (isDeleteMarker ? marker : version).next().value ?? {};
    const { Key = "", VersionId = "null", LastModified, Size = 0, StorageClass = "", RestoreStatus } = entry;
    return {
      key: decode(Key),
      versionId: VersionId,
      isDeleteMarker,
      lastModified: Number(LastModified),
      size: Size,
      storageClass: StorageClass,
      ...(RestoreStatus?.IsRestoreInProgress === false && { isThawed: true }),
    };
  });
}

async function bytesOf(body: AsyncIterable<Buffer> | Uint8Array): Promise<Buffer> {
  if (body instanceof Uint8Array) {
    return Buffer.from(body);
  }
  const parts: Buffer[] = [];
  for await (const part of body) {
    parts.push(part);
  }
  return Buffer.concat(parts);
}
