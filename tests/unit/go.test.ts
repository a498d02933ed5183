import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { meaningOf, requireGo } from "../../engine/go";

/** A module that asks for Go 1.26.3, and a `go` that does what this script says. */
async function requireIn(script: string | undefined): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "go-test-"));
  const path = process.env.PATH;
  writeFileSync(join(folder, "go.mod"), "module example\n\ngo 1.26.3\n");
  if (script !== undefined) {
    writeFileSync(join(folder, "go"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "go"), 0o755);
  }
  process.env.PATH = script === undefined ? folder : `${folder}${delimiter}${path}`;
  try {
    return await requireGo([folder]).then(
      () => undefined,
      (error: Error) => error.message,
    );
  } finally {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  }
}

const needs = (found: string) =>
  `The official Pulumi engine could not be downloaded, and building it needs go1.26.3 or later; ${found}. Install Go from https://go.dev/dl, or allow the download.`;

describe("Go", () => {
  it("may be new enough", async () => {
    expect(await requireIn("echo go1.26.3")).to.equal(undefined);
    expect(await requireIn("echo go1.100.0")).to.equal(undefined);
  });

  it("may be missing or too old: one message says which Go, and how to get it", async () => {
    expect(await requireIn(undefined)).to.equal(needs("`go` cannot be run"));
    expect(await requireIn("echo go1.25.11")).to.equal(needs("this is go1.25.11"));
    // As some versions do in the folder of a module that asks for a later one.
    expect(await requireIn("test -e go.mod && exit 1; echo go1.22.1")).to.equal(needs("this is go1.22.1"));
  });

  const failures: [name: string, said: string, meaning: RegExp][] = [
    [
      "a module that is not served, as JSON",
      'go mod failed:\n{\n\t"Path": "example.com/a/b",\n\t"Error": "example.com/a/b@v1.2.3-0.20260602190131-5f2286d6d836: module lookup disabled by GOPROXY=off"\n}',
      /^The Go module example\.com\/a\/b v1\.2\.3-0\.20260602190131-5f2286d6d836 cannot be downloaded: module lookup disabled by GOPROXY=off\. Let Go reach/,
    ],
    [
      "a module that is not served",
      "go list failed:\ngo: downloading example.com/c v1.0.0\ngo: example.com/a/b/v3@v3.1.0: reading a proxy: 403 Forbidden\n\tserver response: no",
      /^The Go module example\.com\/a\/b\/v3 v3\.1\.0 cannot be downloaded: reading a proxy: 403 Forbidden\./,
    ],
    [
      "a full disk",
      "go build failed:\nwrite /x/y.a: no space left on device",
      /^The disk is full\. The build needs 6 GB/,
    ],
    [
      "anything else",
      "go build failed:\n./main.go:5:2: undefined: x",
      /^go build failed:\n\.\/main\.go:5:2: undefined: x$/,
    ],
  ];
  for (const [name, said, meaning] of failures) {
    it(`fails, and the message says what that means: ${name}`, () => {
      expect(meaningOf(said)).to.match(meaning);
    });
  }
});
