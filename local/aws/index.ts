export { accountId, region, rootCredentials } from "./account";
export { ensureInstalled } from "./install";
export {
  ensurePortIsFree,
  isRunning,
  type LocalAws,
  plainHttpOf,
  type StartOptions,
  startLocalAws,
  stopLocalAws,
} from "./server";
