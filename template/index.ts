import { BackupTarget, outputsOf, readSettings } from "s3-backup-target";

const { consumer, args } = readSettings();
const target = new BackupTarget(consumer, args);

export = outputsOf(target);
