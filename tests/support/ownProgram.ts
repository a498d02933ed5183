import { ListAccessKeysCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Names } from "../../commands/adopt/inspect";
import { type Called, callCommandLine } from "./commandLine";
import { clients } from "./environment";

/** An argument as a command says it, in the spelling of the program's language. */
export type Argument = readonly [name: string, value: string | number | boolean];

/**
 * A program of someone's own, in any language, whose arguments are in its code. It has two targets: `orders`, with the access
 * profile restic and the prefix db, and `users`, with read-write, whose consumer `reports` has read-only and the prefix reports.
 */
export interface OwnProgram {
  /** The project's folder. */
  readonly folder: string;
  readonly stack: string;
  /** What Pulumi needs in its environment for the stack. */
  readonly env: Readonly<Record<string, string>>;
  /** Changes arguments of the target `orders` in the code, as a user does who follows the message. */
  readonly change: (args: readonly Argument[]) => void;
  readonly up: () => Promise<unknown>;
}

/** The arguments that a command says to change. */
export const toChange = ({ stdout, stderr }: Called): Argument[] =>
  [...`${stdout}\n${stderr}`.matchAll(/^ {2}(\w+): (.+)$/gm)].map(([, name = "", value = ""]) => [
    name,
    JSON.parse(value),
  ]);

/** A way to call the command line on a program's stack. */
const caller =
  ({ folder, stack, env }: OwnProgram) =>
  (command: string, ...args: readonly string[]): Promise<Called> =>
    callCommandLine([command, ...args, ...(command === "policy" ? [] : ["--stack", stack])], {
      cwd: folder,
      env,
    });

/** The statuses of a user's keys in IAM, by their IDs. */
async function keysOf(UserName: string): Promise<Record<string, string>> {
  const { iam } = await clients();
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return Object.fromEntries(
    AccessKeyMetadata.map(({ AccessKeyId = "", Status = "" }) => [AccessKeyId, Status]),
  );
}

/** The name of the user whose key this is. */
async function userOf(accessKeyId: string): Promise<string> {
  const { iam } = await clients();
  const { Users = [] } = await iam.send(new ListUsersCommand({}));
  for (const { UserName = "" } of Users) {
    if (accessKeyId in (await keysOf(UserName))) {
      return UserName;
    }
  }
  throw new Error(`no user has the key ${accessKeyId}`);
}

/** The statuses of all keys of the user who has this one. */
export const keysOfUser = async (accessKeyId: string) => keysOf(await userOf(accessKeyId));

/** The commands for the life of a key, on a deployed stack of a program. */
export async function useCommands(program: OwnProgram) {
  const call = caller(program);
  const orders = ["--target", "orders"];
  const policy = await call("policy", "--access", "restic", "--prefix", "db", "--json");
  const several = await call("verify");
  const verified = await call("verify", ...orders);
  const handoff = async (...which: readonly string[]) =>
    JSON.parse((await call("handoff", "--json", ...which)).stdout);
  const reports = await handoff("--target", "users", "--consumer", "reports");
  const first = await handoff(...orders);
  const exported = JSON.parse((await call("verify", ...orders, "--json")).stdout);

  const rotations: { readonly called: Called; readonly args: readonly Argument[] }[] = [];
  const seen: Record<string, string>[] = [];
  const userName = await userOf(first.accessKeyId);
  for (let step = 0; step < 3; step++) {
    const called = await call("rotate", ...orders);
    const args = toChange(called);
    rotations.push({ called, args });
    program.change(args);
    await program.up();
    seen.push(await keysOf(userName));
  }
  const dryRun = await call("rotate", ...orders, "--dry-run");
  const second = await handoff(...orders);
  const withSecond = await clients(second);
  const written = await withSecond.s3
    .send(new PutObjectCommand({ Bucket: second.bucketName, Key: `${second.prefix}x`, Body: "x" }))
    .then(() => "allowed", String);

  const notAgreed = await call("revoke", ...orders);
  const revoked = await call("revoke", ...orders, "--yes");
  const afterRevoke = await keysOf(userName);
  program.change(toChange(revoked));
  await program.up();
  const afterUpdate = await keysOf(userName);
  const verifiedAgain = await call("verify", ...orders);

  return {
    ...{ policy, several, verified, exported, reports, first, rotations, seen, dryRun, second, written },
    ...{ notAgreed, revoked, afterRevoke, afterUpdate, verifiedAgain },
  };
}

/** Adopt, on a stack of a program that has nothing deployed yet. */
export async function useAdopt(program: OwnProgram, names: Names) {
  const call = caller(program);
  const given = Object.entries(names).flatMap(([name, value]) => [`--${name}`, value]);
  const adopt = (...args: readonly string[]) => call("adopt", ...given, ...args);
  const several = await adopt("--yes");
  const toldFirst = await adopt("--yes", "--target", "orders");
  program.change(toChange(toldFirst));
  const dryRun = await adopt("--dry-run", "--json", "--target", "orders");
  const adopted = await adopt("--yes", "--target", "orders");
  await program.up();
  const handoff = await call("handoff", "form", "--target", "orders");
  return { several, toldFirst, dryRun, adopted, handoff };
}
