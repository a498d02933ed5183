// A status as node_exporter's textfile collector reads it. Pure. The format and the names:
// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/practices/naming/
import type { StackStatus } from "./readStatus";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | undefined];

const escapedLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

/** A gauge with those samples that have a value; nothing if none has. */
function gauge(name: string, help: string, samples: readonly Sample[]): string[] {
  const full = `s3_backup_target_${name}`;
  const lines = samples.flatMap(([labels, value]) => {
    const named = Object.entries(labels).map(([label, text]) => `${label}="${escapedLabel(text)}"`);
    return value === undefined ? [] : [`${full}{${named.join(",")}} ${value}`];
  });
  return lines.length === 0 ? [] : [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...lines];
}

const seconds = (milliseconds: number | undefined) =>
  milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000);
const flag = (value: boolean) => (value ? 1 : 0);
const verdicts = ["ok", "late", "unknown"] as const;

/** The metrics, in base units; times are seconds since 1970, so that an age grows between two runs. */
export function asPrometheus({ stack, at, buckets }: StackStatus): string {
  const consumers = buckets.flatMap(({ name: bucket, consumers: own }) =>
    own.map((status) => ({ ...status, labels: { stack, bucket, consumer: status.consumer.name } })),
  );
  const keys = consumers.flatMap(({ keys: own, labels }) =>
    own.map((key) => ({ ...key, labels: { ...labels, access_key_id: key.accessKeyId, key: key.role } })),
  );
  const lines = [
    gauge("status_timestamp_seconds", "When the status was read.", [[{ stack }, seconds(at)]]),
    gauge(
      "bucket_exists",
      "Whether the bucket exists; if not, it has no other metrics.",
      buckets.map(({ name: bucket, gone }) => [{ stack, bucket }, flag(gone === undefined)]),
    ),
    gauge(
      "protection_drift",
      "Whether a setting of the bucket differs from what is deployed.",
      buckets.flatMap(({ name: bucket, protection }) =>
        protection.map(({ setting, differences }): Sample => {
          return [{ stack, bucket, setting }, flag(differences.length > 0)];
        }),
      ),
    ),
    gauge(
      "listing_complete",
      "Whether all versions were listed; if not, the other figures are lower bounds.",
      consumers.map(({ labels, folder }) => [labels, flag(folder.complete)]),
    ),
    gauge(
      "newest_object_timestamp_seconds",
      "When the newest object was written.",
      consumers.map(({ labels, folder }) => [labels, seconds(folder.newest?.at)]),
    ),
    gauge(
      "objects",
      "Objects, and old versions of objects.",
      consumers.flatMap(({ labels, folder: { current, old } }): Sample[] => [
        [{ ...labels, version: "current" }, current.objects],
        [{ ...labels, version: "old" }, old.versions],
      ]),
    ),
    gauge(
      "object_bytes",
      "Bytes in objects, and in old versions of objects.",
      consumers.flatMap(({ labels, folder: { current, old } }): Sample[] => [
        [{ ...labels, version: "current" }, current.bytes],
        [{ ...labels, version: "old" }, old.bytes],
      ]),
    ),
    gauge(
      "delete_markers",
      "Delete markers.",
      consumers.map(({ labels, folder }) => [labels, folder.old.deleteMarkers]),
    ),
    gauge(
      "next_expiry_timestamp_seconds",
      "When the lifecycle may erase the first old version.",
      consumers.map(({ labels, folder }) => [labels, seconds(folder.nextExpiry)]),
    ),
    gauge(
      "unfinished_uploads",
      "Unfinished uploads, at most 1000.",
      consumers.map(({ labels, uploads }) => [labels, uploads.uploads]),
    ),
    gauge(
      "key_problems",
      "Differences between a consumer's keys and what is deployed.",
      consumers.map(({ labels, keyProblems }) => [labels, keyProblems.length]),
    ),
    gauge(
      "key_active",
      "Whether a key is active.",
      keys.map(({ labels, status }) => [labels, flag(status === "Active")]),
    ),
    gauge(
      "key_created_timestamp_seconds",
      "When a key was created.",
      keys.map(({ labels, created }) => [labels, seconds(created && Number(created))]),
    ),
    gauge(
      "key_last_used_timestamp_seconds",
      "When a key was last used; none for a key that never was.",
      keys.map(({ labels, lastUsed }) => [labels, seconds(lastUsed && Number(lastUsed.at))]),
    ),
    gauge(
      "backup_verdict",
      "Whether the backup is on time according to the setting expectBackupEvery: one of the verdicts is 1.",
      consumers.flatMap(({ labels, verdict }) =>
        verdict === undefined
          ? []
          : verdicts.map((one): Sample => [{ ...labels, verdict: one }, flag(verdict.verdict === one)]),
      ),
    ),
    gauge(
      "backup_due_timestamp_seconds",
      "When the next backup is due according to the setting expectBackupEvery.",
      consumers.map(({ labels, verdict }) => [
        labels,
        verdict === undefined || verdict.verdict === "unknown" ? undefined : seconds(verdict.due),
      ]),
    ),
  ];
  return `${lines.flat().join("\n")}\n`;
}
