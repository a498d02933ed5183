import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type NotRemoved, S3Bucket } from "../../commands/recover/bucket";
import { secondOf, type Version } from "../../commands/recover/history";
import { type Contents, type HistoryBucket, keys } from "./recoveries";

/** A real bucket that histories happen to, and what it held at the end of each second. */
export class BucketHistory implements HistoryBucket {
  fault: (call: string) => void = () => {};
  knownSince = 0;
  private readonly bucket: S3Bucket;
  private versioning: "Enabled" | "Suspended" | undefined;
  private held: Record<string, string> = {};
  private readonly states: { readonly second: number; readonly contents: Contents }[] = [];
  private readonly written: string[] = [];

  constructor(
    private readonly s3: S3Client,
    readonly name: string,
  ) {
    this.bucket = new S3Bucket(s3, name);
  }

  now = (): number => this.bucket.now();

  get second(): number {
    return secondOf(this.now());
  }

  async pass(_seconds: number): Promise<void> {
    await sleep(1000 - (this.now() % 1000) + 10);
  }

  async setVersioning(Status: "Enabled" | "Suspended"): Promise<void> {
    this.versioning = Status;
    await this.s3.send(
      new PutBucketVersioningCommand({ Bucket: this.name, VersioningConfiguration: { Status } }),
    );
  }

  async put(key: string, content: string): Promise<void> {
    await this.change(key, content, async () => {
      const { VersionId } = await this.s3.send(
        new PutObjectCommand({ Bucket: this.name, Key: key, Body: content }),
      );
      if (VersionId !== undefined && VersionId !== "null") {
        this.written.push(VersionId);
      }
    });
  }

  delete(key: string): Promise<void> {
    return this.change(key, undefined, () =>
      this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key })),
    );
  }

  private async change(key: string, content: string | undefined, act: () => Promise<unknown>): Promise<void> {
    // In one second: S3 may have noted either, else.
    if (this.now() % 1000 > 600) {
      await this.pass(1);
    }
    const begun = this.second;
    await act();
    const { [key]: _before, ...others } = this.held;
    this.held = content === undefined ? others : { ...others, [key]: content };
    this.remember();
    if (this.versioning !== "Enabled" || this.second !== begun) {
      this.knownSince = this.second;
    }
  }

  private remember(): void {
    this.states.push({ second: this.second, contents: this.held });
  }

  /** As it is read, object by object. */
  async contents(): Promise<Contents> {
    const read = keys.map(async (Key) => {
      const object = await this.s3
        .send(new GetObjectCommand({ Bucket: this.name, Key }))
        .catch((error: Error) => {
          if (error.name !== "NoSuchKey") {
            throw error;
          }
          return undefined;
        });
      return object === undefined ? [] : [[Key, await object.Body?.transformToString()]];
    });
    this.held = Object.fromEntries((await Promise.all(read)).flat());
    this.remember();
    return this.held;
  }

  contentsAt(second: number): Contents {
    return this.states.filter((state) => state.second <= second).at(-1)?.contents ?? {};
  }

  moments = (): number[] => [...new Set(this.states.map(({ second }) => second))];

  async lost(): Promise<string[]> {
    const { Versions = [], IsTruncated } = await this.s3.send(
      new ListObjectVersionsCommand({ Bucket: this.name }),
    );
    if (IsTruncated) {
      throw new Error("More versions than the test reads.");
    }
    const there = new Set(Versions.map(({ VersionId }) => VersionId));
    return this.written.filter((version) => !there.has(version));
  }

  async *versions(prefix: string): AsyncGenerator<readonly Version[]> {
    for await (const page of this.bucket.versions(prefix)) {
      this.fault("ListObjectVersions");
      yield page;
    }
  }

  private async faulty<T>(call: string, act: () => Promise<T>): Promise<T> {
    this.fault(call);
    const result = await act();
    this.fault(call);
    return result;
  }

  removeMarkers = (markers: readonly Version[]): Promise<readonly NotRemoved[]> =>
    this.faulty("DeleteObjects", () => this.bucket.removeMarkers(markers));
  copyOnTop = (version: Version): Promise<string> =>
    this.faulty("CopyObject", () => this.bucket.copyOnTop(version));
  hide = (key: string): Promise<string> => this.faulty("DeleteObject", () => this.bucket.hide(key));
}
