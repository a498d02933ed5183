import type { NotRemoved } from "../../commands/recover/bucket";
import type { Version } from "../../commands/recover/history";
import type { Contents, HistoryBucket } from "./recoveries";

interface Stored extends Version {
  readonly content: string;
}

/** S3's versioning, as AWS's documents have it, in memory; and what the bucket held at the end of each second. */
export class BucketModel implements HistoryBucket {
  readonly name = "model";
  second = 1_700_000_000;
  knownSince = 0;
  versioning: "Enabled" | "Suspended" | undefined = undefined;
  fault: (call: string) => void = () => {};
  /** How many entries a page of the listing has. */
  pageSize = 3;
  private readonly deletedForGood: string[] = [];
  /** Those of each key, newest first. */
  private readonly stacks = new Map<string, Stored[]>();
  private readonly states: { readonly second: number; readonly contents: Contents }[] = [];
  private made = 0;

  now = (): number => this.second * 1000;
  lost = (): readonly string[] => this.deletedForGood;

  pass(seconds: number): void {
    this.second += seconds;
  }

  setVersioning(to: "Enabled" | "Suspended"): void {
    this.versioning = to;
  }

  put(key: string, content: string): string {
    return this.add(key, { content, isDeleteMarker: false });
  }

  delete(key: string): string {
    if (this.versioning === undefined) {
      this.stacks.delete(key);
      this.knownSince = this.second;
      this.remember();
      return "null";
    }
    return this.add(key, { content: "", isDeleteMarker: true });
  }

  contents(): Contents {
    return Object.fromEntries(
      [...this.stacks].flatMap(([key, [top]]) =>
        top === undefined || top.isDeleteMarker ? [] : [[key, top.content]],
      ),
    );
  }

  contentsAt(second: number): Contents {
    return this.states.filter((state) => state.second <= second).at(-1)?.contents ?? {};
  }

  moments = (): number[] => [...new Set(this.states.map(({ second }) => second))];

  private add(key: string, { content, isDeleteMarker }: Pick<Stored, "content" | "isDeleteMarker">): string {
    const versionId = this.versioning === "Enabled" ? `v${++this.made}` : "null";
    const stack = this.stacks.get(key) ?? [];
    const kept = stack.filter((version) => version.versionId !== versionId);
    if (kept.length < stack.length) {
      this.knownSince = this.second;
    }
    const version = { key, versionId, isDeleteMarker, content, lastModified: this.now() };
    this.stacks.set(key, [{ ...version, size: content.length, storageClass: "STANDARD" }, ...kept]);
    this.remember();
    return versionId;
  }

  private remember(): void {
    this.states.push({ second: this.second, contents: this.contents() });
  }

  async *versions(prefix: string): AsyncGenerator<readonly Version[]> {
    const keys = [...this.stacks.keys()].filter((key) => key.startsWith(prefix));
    let page: Version[] = [];
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      for (const version of this.stacks.get(key) ?? []) {
        page.push(version);
        if (page.length === this.pageSize) {
          this.fault("ListObjectVersions");
          yield page;
          page = [];
        }
      }
    }
    this.fault("ListObjectVersions");
    yield page;
  }

  private async answer<T>(call: string, act: () => T): Promise<T> {
    await Promise.resolve();
    this.fault(call);
    const result = act();
    this.fault(call);
    return result;
  }

  removeMarkers(markers: readonly Version[]): Promise<readonly NotRemoved[]> {
    return this.answer("DeleteObjects", () => {
      for (const { key, versionId } of markers) {
        const stack = this.stacks.get(key) ?? [];
        const found = stack.find((version) => version.versionId === versionId);
        if (found?.isDeleteMarker === false) {
          this.deletedForGood.push(found.content);
        }
        this.stacks.set(
          key,
          stack.filter((version) => version !== found),
        );
      }
      this.remember();
      return [];
    });
  }

  copyOnTop({ key, versionId }: Version): Promise<string> {
    return this.answer("CopyObject", () => {
      const source = this.stacks.get(key)?.find((version) => version.versionId === versionId);
      if (source === undefined || source.isDeleteMarker) {
        throw new Error(`NoSuchVersion: ${key} ${versionId}`);
      }
      return this.put(key, source.content);
    });
  }

  hide(key: string): Promise<string> {
    return this.answer("DeleteObject", () => this.delete(key));
  }
}
