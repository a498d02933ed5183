// A program of somebody's own, with its arguments in the code: two targets, and nothing exported.
import { BackupTarget } from "../../../components";

new BackupTarget("orders", {
  access: "restic",
  prefix: "db",
  forceDestroy: true,
});

new BackupTarget("users", {
  access: "read-write",
  forceDestroy: true,
  consumers: { reports: { access: "read-only", prefix: "reports" } },
});
