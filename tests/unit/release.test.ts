import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { releaseNotes } from "../../package/release";

const read = (file: string) => readFileSync(join(root, file), "utf8");

const changelog = `# Changelog

## [Unreleased]

## [0.2.0] - 2027-01-31

### Added

- A thing.

## [0.1.10] - 2026-12-02

- Another one.

## [0.1.1] - 2026-12-01
`;

describe("a release", () => {
  it("has the notes that the changelog has of its version, and no other's", () => {
    expect(releaseNotes({ tag: "v0.2.0", version: "0.2.0", changelog })).to.equal("### Added\n\n- A thing.");
    expect(releaseNotes({ tag: "v0.1.10", version: "0.1.10", changelog })).to.equal("- Another one.");
  });

  it("has the tag of its version", () => {
    for (const tag of ["v0.2.1", "0.2.0", "v0.2.0-rc1", ""]) {
      expect(() => releaseNotes({ tag, version: "0.2.0", changelog }), tag).to.throw(
        `The tag ${tag} must be v0.2.0, as package.json says. Change "version", or delete the tag and create v0.2.0.`,
      );
    }
  });

  it("needs a section of the changelog with something in it", () => {
    for (const version of ["0.1.1", "0.1.2", "0.1", "Unreleased"]) {
      expect(() => releaseNotes({ tag: `v${version}`, version, changelog }), version).to.throw(
        `CHANGELOG.md must have a section "## [${version}] - YYYY-MM-DD" that is not empty: rename the section [Unreleased], and add an empty [Unreleased] above it.`,
      );
    }
  });

  it("has notes for the version in package.json", () => {
    const { version } = JSON.parse(read("package.json"));
    const notes = releaseNotes({ tag: `v${version}`, version, changelog: read("CHANGELOG.md") });
    expect(notes).to.match(/^### Added\n/);
  });

  it("is made by actions that nobody can exchange", () => {
    const uses = read(".github/workflows/release.yml").match(/uses: .*/g);
    expect(uses).to.have.length.above(0);
    expect(uses?.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).to.deep.equal([]);
  });
});
