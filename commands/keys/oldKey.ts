import { ageInDays, describeOldKey } from "../../components/keyAge";
import { invocation, progress } from "../cli/command";
import type { DeployedConsumer } from "../stack/consumers";

/** Warns on stderr, in one line, if the consumer's key is too old. */
export function warnOfAge({ name, options, accessKeyId, maxKeyAgeDays, keys, role }: DeployedConsumer): void {
  const key = keys.find((one) => one.accessKeyId === accessKeyId);
  const days = key === undefined ? 0 : ageInDays(key.createDate);
  if (accessKeyId !== undefined && days > maxKeyAgeDays) {
    const rotate = role === undefined ? invocation("rotate", options) : undefined;
    progress(describeOldKey(name, accessKeyId, days, maxKeyAgeDays, rotate));
  }
}
