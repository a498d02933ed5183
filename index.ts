import { BackupTarget, readSettings } from "./components";

const { consumer, args } = readSettings();
const target = new BackupTarget(consumer, args);

/** What `pulumi stack output` tells. */
export = {
  accessKeyId: target.accessKeyId,
  secretAccessKey: target.secretAccessKey,
  bucketName: target.bucketName,
  bucketArn: target.bucketArn,
  region: target.region,
  userName: target.userName,
  userArn: target.userArn,
  groupName: target.groupName,
  policyArn: target.policyArn,
  // Pulumi would warn of an output that is undefined.
  ...(target.previousAccessKeyId && { previousAccessKeyId: target.previousAccessKeyId }),
  ...(args.consumers && { consumers: target.consumers }),
};
