export { type AccessPolicyArgs, accessPolicy } from "./access/policy";
export { type AccessName, type AccessProfile, profiles } from "./access/profiles";
export {
  BackupBucket,
  type BackupBucketArgs,
  type BucketNamespace,
  type Encryption,
  type ObjectLock,
  type ObjectOwnership,
} from "./backupBucket";
export {
  BackupConsumer,
  type BackupConsumerArgs,
  type ConsumerAccessArgs,
  type ConsumerOutputs,
} from "./backupConsumer";
export { BackupTarget, type BackupTargetArgs, outputsOf, type TargetOutputs } from "./backupTarget";
export {
  type HandoffFields,
  type HandoffFormat,
  type HandoffFormatName,
  handoff,
  handoffFormats,
} from "./handoff";
export { readSettings } from "./settings";
