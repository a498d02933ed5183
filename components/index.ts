export { type AccessPolicyArgs, accessPolicy } from "./access/policy";
export { type AccessName, type AccessProfile, profiles } from "./access/profiles";
export { BackupBucket } from "./backupBucket";
export { BackupConsumer, type ConsumerOutputs } from "./backupConsumer";
export { BackupTarget, outputsOf, type TargetOutputs } from "./backupTarget";
export type {
  BackupBucketArgs,
  BucketNamespace,
  Encryption,
  ObjectLock,
  ObjectOwnership,
} from "./bucketArgs";
export type { BackupConsumerArgs, ConsumerAccessArgs } from "./consumerArgs";
export {
  type HandoffFields,
  type HandoffFormat,
  type HandoffFormatName,
  handoff,
  handoffFormats,
} from "./handoff";
export { readSettings } from "./readSettings";
export type { BackupTargetArgs } from "./targetArgs";
