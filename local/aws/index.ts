export { accountId, region, rootCredentials } from "./account";
export { ensureInstalled } from "./install";
export {
  ensurePortIsFree,
  isRunning,
  type LocalAws,
  type StartOptions,
  startLocalAws,
  stopLocalAws,
} from "./server";
