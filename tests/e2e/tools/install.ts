import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../../common/errors";
import { localFolder } from "../../../common/paths";

const run = promisify(execFile);

const names = ["restic", "rclone", "s3cmd", "pgbackrest"] as const;
/** What s3cmd, which is in Python, needs in addition. */
const modules = ["python3-dateutil", "python3-magic", "python3-six"];
/** Where each of the backup tools is. */
export type Tools = Record<(typeof names)[number], string>;

/** Renamed into place when it is complete: where it is, it can be used. */
const folder = join(localFolder, "tools");
/** Where Python finds the modules of s3cmd, if they are not those of the system. */
export const pythonPath = join(folder, "usr", "lib", "python3", "dist-packages");

/**
 * The real tools: those on the PATH; else, all of them, Debian's or Ubuntu's packages, unpacked into `.local/tools`, for
 * which nobody has to be root and nothing else on the system is touched.
 */
export function ensureTools(): Promise<Tools> {
  ensured ??= install();
  return ensured;
}

let ensured: Promise<Tools> | undefined;

async function install(): Promise<Tools> {
  const found = find();
  if (found) {
    return found;
  }
  console.log(`  Fetching ${names.join(", ")}, from the packages of this system, into .local/tools…`);
  const partial = `${folder}.${process.pid}`;
  try {
    await unpackPackages(partial, [...names, ...modules]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } catch (error) {
    throw new UserError(
      `These tests run the real ${names.join(", ")}. Not all of them are on the PATH, and apt-get could not fetch them. ` +
        `Install them (Debian, Ubuntu: sudo apt install ${names.join(" ")}; macOS: brew install ${names.join(" ")}), and run this again.\n` +
        String(error instanceof Error ? error.message : error),
    );
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  const unpacked = find();
  if (!unpacked) {
    throw new UserError(`The packages of this system hold no usr/bin/${names.join(" or usr/bin/")}.`);
  }
  return unpacked;
}

function find(): Tools | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), join(folder, "usr", "bin")];
  const found = names.flatMap((name) => {
    const file = folders.map((bin) => join(bin, name)).find(existsSync);
    return file === undefined ? [] : [[name, file]];
  });
  return found.length === names.length ? (Object.fromEntries(found) as Tools) : undefined;
}

/** Downloads packages of Debian or Ubuntu, and unpacks them into a folder. */
export async function unpackPackages(into: string, packages: readonly string[]): Promise<void> {
  const [state, cache] = [join(into, "apt", "state"), join(into, "apt", "cache")];
  for (const path of [join(state, "lists", "partial"), join(cache, "archives", "partial")]) {
    mkdirSync(path, { recursive: true });
  }
  // Lists of packages of our own: those of the system may be missing or old, and are root's.
  const apt = (...args: string[]) =>
    run("apt-get", ["-qq", "-o", `Dir::State=${state}`, "-o", `Dir::Cache=${cache}`, ...args], { cwd: into });
  await apt("update");
  await apt("download", ...packages);
  for (const file of readdirSync(into).filter((name) => name.endsWith(".deb"))) {
    await run("dpkg-deb", ["-x", join(into, file), into]);
    rmSync(join(into, file));
  }
  rmSync(join(into, "apt"), { recursive: true });
}
