import { BackupTarget, outputsOf, readSettings } from "s3-backup-target";

const { consumer, args } = readSettings();
export = outputsOf(new BackupTarget(consumer, args));
