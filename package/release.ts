// What the release workflow runs on a tag: checks that the version is the same everywhere, and prints its section of
// CHANGELOG.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../common/errors";
import { root } from "../common/paths";
import { runScript } from "../common/script";

/** What a release is made of. */
interface Release {
  /** The git tag, such as `v0.1.0`. */
  readonly tag: string;
  /** The version in package.json. */
  readonly version: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
}

/** The section of a version, without its heading; undefined if there is none. */
function sectionOf(version: string, changelog: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((one) => one.startsWith(`[${version}] - `));
  return section?.slice(section.indexOf("\n")).trim();
}

/**
 * The notes of a release: the section of its version in the changelog.
 *
 * @throws a `UserError` if tag, package.json and changelog don't agree
 */
export function releaseNotes({ tag, version, changelog }: Release): string {
  if (tag !== `v${version}`) {
    throw new UserError(
      `The tag ${tag} must be v${version}, as package.json says. Change "version", or delete the tag and create v${version}.`,
    );
  }
  const notes = sectionOf(version, changelog);
  if (!notes) {
    const fix = "rename the section [Unreleased], and add an empty [Unreleased] above it";
    throw new UserError(
      `CHANGELOG.md must have a section "## [${version}] - YYYY-MM-DD" that is not empty: ${fix}.`,
    );
  }
  return notes;
}

if (require.main === module) {
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  runScript(async () => {
    const [tag = ""] = process.argv.slice(2);
    const { version } = JSON.parse(read("package.json"));
    console.log(releaseNotes({ tag, version, changelog: read("CHANGELOG.md") }));
  });
}
