import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { partition } from "@aws-sdk/util-endpoints";
import { loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { expect } from "chai";
import fc from "fast-check";
import { secondsOf } from "../../commands/handoff/duration";
import { checkPrefix } from "../../components/access/checks";
import {
  type HandoffFields,
  type HandoffFormatName,
  handoff,
  handoffFormats,
} from "../../components/handoff";

const { load }: { load: (text: string) => unknown } = require("js-yaml");

const formats = Object.keys(handoffFormats) as HandoffFormatName[];

/** In a folder, on AWS. */
const db1: HandoffFields = {
  name: "db1",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=",
  bucketName: "mlab-backups-5604e2a",
  region: "eu-central-1",
  prefix: "db1/",
};
/** In a whole bucket, elsewhere. */
const own: HandoffFields = { ...db1, name: "mLab", prefix: "", endpoint: "https://minio.example:9000" };

const expected: Record<HandoffFormatName, readonly [db1: string, own: string]> = {
  env: [
    `export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
export AWS_REGION='eu-central-1'
export AWS_DEFAULT_REGION='eu-central-1'
export S3_BUCKET='mlab-backups-5604e2a'
export S3_PREFIX='db1/'
`,
    `export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
export AWS_REGION='eu-central-1'
export AWS_DEFAULT_REGION='eu-central-1'
export AWS_ENDPOINT_URL_S3='https://minio.example:9000'
export S3_BUCKET='mlab-backups-5604e2a'
export S3_PREFIX=''
`,
  ],
  aws: [
    `# aws --profile db1 s3 ls 's3://mlab-backups-5604e2a/db1/'
[db1]
aws_access_key_id=AKIAIOSFODNN7EXAMPLE
aws_secret_access_key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
region=eu-central-1
`,
    `# aws --profile mLab s3 ls 's3://mlab-backups-5604e2a/'
[mLab]
aws_access_key_id=AKIAIOSFODNN7EXAMPLE
aws_secret_access_key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
region=eu-central-1
endpoint_url=https://minio.example:9000
`,
  ],
  rclone: [
    `# rclone copy FOLDER db1:
[db1_s3]
type = s3
provider = AWS
region = eu-central-1
access_key_id = AKIAIOSFODNN7EXAMPLE
secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
no_check_bucket = true

[db1]
type = alias
remote = db1_s3:mlab-backups-5604e2a/db1/
`,
    `# rclone copy FOLDER mLab:
[mLab_s3]
type = s3
provider = Other
endpoint = https://minio.example:9000
region = eu-central-1
access_key_id = AKIAIOSFODNN7EXAMPLE
secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
no_check_bucket = true

[mLab]
type = alias
remote = mLab_s3:mlab-backups-5604e2a/
`,
  ],
  restic: [
    `# The repository's own password is yours to choose: RESTIC_PASSWORD or RESTIC_PASSWORD_FILE.
# restic must be 0.15 or later: in a folder, the init of older ones (Debian 12 has 0.14) fails with "client.BucketExists: Access Denied".
export RESTIC_REPOSITORY='s3:https://s3.eu-central-1.amazonaws.com/mlab-backups-5604e2a/db1'
export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
export AWS_DEFAULT_REGION='eu-central-1'
`,
    `# The repository's own password is yours to choose: RESTIC_PASSWORD or RESTIC_PASSWORD_FILE.
export RESTIC_REPOSITORY='s3:https://minio.example:9000/mlab-backups-5604e2a/'
export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
export AWS_DEFAULT_REGION='eu-central-1'
`,
  ],
  velero: [
    `# Save this as credentials-velero, and take the VERSION of the plugin that goes with your Velero:
#   velero install --provider aws --plugins velero/velero-plugin-for-aws:VERSION \\
#     --bucket 'mlab-backups-5604e2a' --prefix 'db1' \\
#     --backup-location-config 'region=eu-central-1' \\
#     --use-volume-snapshots=false --secret-file ./credentials-velero
[default]
aws_access_key_id=AKIAIOSFODNN7EXAMPLE
aws_secret_access_key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
`,
    `# Save this as credentials-velero, and take the VERSION of the plugin that goes with your Velero:
#   velero install --provider aws --plugins velero/velero-plugin-for-aws:VERSION \\
#     --bucket 'mlab-backups-5604e2a' \\
#     --backup-location-config 'region=eu-central-1,s3ForcePathStyle=true,s3Url=https://minio.example:9000' \\
#     --use-volume-snapshots=false --secret-file ./credentials-velero
[default]
aws_access_key_id=AKIAIOSFODNN7EXAMPLE
aws_secret_access_key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
`,
  ],
  litestream: [
    `dbs:
  # CHANGE THIS to the path of your database.
  - path: /path/to/app.db
    replicas:
      - type: s3
        bucket: "mlab-backups-5604e2a"
        # A folder of its own for each database.
        path: "db1/app.db"
        region: "eu-central-1"
        access-key-id: "AKIAIOSFODNN7EXAMPLE"
        secret-access-key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
`,
    `dbs:
  # CHANGE THIS to the path of your database.
  - path: /path/to/app.db
    replicas:
      - type: s3
        bucket: "mlab-backups-5604e2a"
        # A folder of its own for each database.
        path: "app.db"
        region: "eu-central-1"
        endpoint: "https://minio.example:9000"
        force-path-style: true
        access-key-id: "AKIAIOSFODNN7EXAMPLE"
        secret-access-key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
`,
  ],
  pgbackrest: [
    `[global]
repo1-type=s3
repo1-path=/db1
repo1-s3-bucket=mlab-backups-5604e2a
repo1-s3-endpoint=s3.eu-central-1.amazonaws.com
repo1-s3-region=eu-central-1
repo1-s3-key=AKIAIOSFODNN7EXAMPLE
repo1-s3-key-secret=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
`,
    `[global]
repo1-type=s3
repo1-path=/
repo1-s3-bucket=mlab-backups-5604e2a
repo1-s3-endpoint=minio.example
repo1-s3-uri-style=path
repo1-storage-port=9000
repo1-s3-region=eu-central-1
repo1-s3-key=AKIAIOSFODNN7EXAMPLE
repo1-s3-key-secret=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
`,
  ],
  s3cmd: [
    `# s3cmd -c THIS_FILE ls 's3://mlab-backups-5604e2a/db1/'
[default]
access_key = AKIAIOSFODNN7EXAMPLE
secret_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
bucket_location = eu-central-1
host_base = s3.eu-central-1.amazonaws.com
host_bucket = %(bucket)s.s3.eu-central-1.amazonaws.com
use_https = True
signature_v2 = False
`,
    `# s3cmd -c THIS_FILE ls 's3://mlab-backups-5604e2a/'
[default]
access_key = AKIAIOSFODNN7EXAMPLE
secret_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
bucket_location = eu-central-1
host_base = minio.example:9000
host_bucket = minio.example:9000
use_https = True
signature_v2 = False
`,
  ],
  kopia: [
    `# Kopia asks for the repository's own password, or reads KOPIA_PASSWORD. Later: kopia repository connect s3 …
export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
kopia repository create s3 --bucket='mlab-backups-5604e2a' --region='eu-central-1' --prefix='db1/'
`,
    `# Kopia asks for the repository's own password, or reads KOPIA_PASSWORD. Later: kopia repository connect s3 …
export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
kopia repository create s3 --bucket='mlab-backups-5604e2a' --region='eu-central-1' --endpoint='minio.example:9000'
`,
  ],
  duplicity: [
    `# duplicity FOLDER 'boto3+s3://mlab-backups-5604e2a/db1' --s3-region-name='eu-central-1'
export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
`,
    `# duplicity FOLDER 'boto3+s3://mlab-backups-5604e2a/' --s3-region-name='eu-central-1' --s3-endpoint-url='https://minio.example:9000'
export AWS_ACCESS_KEY_ID='AKIAIOSFODNN7EXAMPLE'
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
`,
  ],
  kubernetes: [
    `apiVersion: v1
kind: Secret
metadata:
  name: "db1"
type: Opaque
stringData:
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE"
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
  AWS_REGION: "eu-central-1"
  S3_BUCKET: "mlab-backups-5604e2a"
  S3_PREFIX: "db1/"
`,
    `apiVersion: v1
kind: Secret
metadata:
  name: "mlab"
type: Opaque
stringData:
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE"
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
  AWS_REGION: "eu-central-1"
  AWS_ENDPOINTS: "https://minio.example:9000"
  S3_BUCKET: "mlab-backups-5604e2a"
  S3_PREFIX: ""
`,
  ],
  k3s: [
    `etcd-s3: true
etcd-s3-bucket: "mlab-backups-5604e2a"
etcd-s3-folder: "db1"
etcd-s3-region: "eu-central-1"
etcd-s3-endpoint: "s3.eu-central-1.amazonaws.com"
etcd-s3-access-key: "AKIAIOSFODNN7EXAMPLE"
etcd-s3-secret-key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
`,
    `etcd-s3: true
etcd-s3-bucket: "mlab-backups-5604e2a"
etcd-s3-region: "eu-central-1"
etcd-s3-endpoint: "minio.example:9000"
etcd-s3-access-key: "AKIAIOSFODNN7EXAMPLE"
etcd-s3-secret-key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
`,
  ],
  "clickhouse-backup": [
    `general:
  remote_storage: s3
s3:
  access_key: "AKIAIOSFODNN7EXAMPLE"
  secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
  bucket: "mlab-backups-5604e2a"
  region: "eu-central-1"
  path: "db1"
  acl: ""
`,
    `general:
  remote_storage: s3
s3:
  access_key: "AKIAIOSFODNN7EXAMPLE"
  secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
  bucket: "mlab-backups-5604e2a"
  region: "eu-central-1"
  path: ""
  acl: ""
  endpoint: "https://minio.example:9000"
  force_path_style: true
`,
  ],
  elasticsearch: [
    `# On each node, in its folder:
printf %s 'AKIAIOSFODNN7EXAMPLE' | bin/elasticsearch-keystore add --stdin --force s3.client.default.access_key
printf %s 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=' | bin/elasticsearch-keystore add --stdin --force s3.client.default.secret_key
# In elasticsearch.yml: s3.client.default.region: eu-central-1
# And then, by its API:
#   POST _nodes/reload_secure_settings
#   PUT _snapshot/db1
#   {"type":"s3","settings":{"bucket":"mlab-backups-5604e2a","base_path":"db1","canned_acl":"bucket-owner-full-control"}}
`,
    `# On each node, in its folder:
printf %s 'AKIAIOSFODNN7EXAMPLE' | bin/elasticsearch-keystore add --stdin --force s3.client.default.access_key
printf %s 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=' | bin/elasticsearch-keystore add --stdin --force s3.client.default.secret_key
# In elasticsearch.yml: s3.client.default.region: eu-central-1
# In elasticsearch.yml: s3.client.default.endpoint: https://minio.example:9000
# In elasticsearch.yml: s3.client.default.path_style_access: true
# And then, by its API:
#   POST _nodes/reload_secure_settings
#   PUT _snapshot/mlab
#   {"type":"s3","settings":{"bucket":"mlab-backups-5604e2a","canned_acl":"bucket-owner-full-control"}}
`,
  ],
  opensearch: [
    `# On each node, in its folder:
printf %s 'AKIAIOSFODNN7EXAMPLE' | bin/opensearch-keystore add --stdin --force s3.client.default.access_key
printf %s 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=' | bin/opensearch-keystore add --stdin --force s3.client.default.secret_key
# In opensearch.yml: s3.client.default.region: eu-central-1
# And then, by its API:
#   POST _nodes/reload_secure_settings
#   PUT _snapshot/db1
#   {"type":"s3","settings":{"bucket":"mlab-backups-5604e2a","base_path":"db1","canned_acl":"bucket-owner-full-control"}}
`,
    `# On each node, in its folder:
printf %s 'AKIAIOSFODNN7EXAMPLE' | bin/opensearch-keystore add --stdin --force s3.client.default.access_key
printf %s 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=' | bin/opensearch-keystore add --stdin --force s3.client.default.secret_key
# In opensearch.yml: s3.client.default.region: eu-central-1
# In opensearch.yml: s3.client.default.endpoint: https://minio.example:9000
# In opensearch.yml: s3.client.default.path_style_access: true
# And then, by its API:
#   POST _nodes/reload_secure_settings
#   PUT _snapshot/mlab
#   {"type":"s3","settings":{"bucket":"mlab-backups-5604e2a","canned_acl":"bucket-owner-full-control"}}
`,
  ],
  docker: [
    `AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
AWS_REGION=eu-central-1
AWS_DEFAULT_REGION=eu-central-1
S3_BUCKET=mlab-backups-5604e2a
S3_PREFIX=db1/
`,
    `AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
AWS_REGION=eu-central-1
AWS_DEFAULT_REGION=eu-central-1
AWS_ENDPOINT_URL_S3=https://minio.example:9000
S3_BUCKET=mlab-backups-5604e2a
S3_PREFIX=
`,
  ],
  cockroachdb: [
    `s3://mlab-backups-5604e2a/db1?AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE&AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKE%3D&AWS_REGION=eu-central-1
`,
    `s3://mlab-backups-5604e2a?AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE&AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKE%3D&AWS_REGION=eu-central-1&AWS_ENDPOINT=https%3A%2F%2Fminio.example%3A9000
`,
  ],
  "tidb-br": [
    `s3://mlab-backups-5604e2a/db1?access-key=AKIAIOSFODNN7EXAMPLE&secret-access-key=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKE%3D&region=eu-central-1
`,
    `s3://mlab-backups-5604e2a?access-key=AKIAIOSFODNN7EXAMPLE&secret-access-key=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKE%3D&region=eu-central-1&endpoint=https%3A%2F%2Fminio.example%3A9000
`,
  ],
  duplicati: [
    `s3://mlab-backups-5604e2a/db1?auth-username=AKIAIOSFODNN7EXAMPLE&auth-password=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKE%3D&s3-server-name=s3.eu-central-1.amazonaws.com&s3-location-constraint=eu-central-1&use-ssl=true
`,
    `s3://mlab-backups-5604e2a?auth-username=AKIAIOSFODNN7EXAMPLE&auth-password=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKE%3D&s3-server-name=minio.example%3A9000&s3-location-constraint=eu-central-1&use-ssl=true
`,
  ],
  gitlab: [
    `gitlab_rails['backup_upload_connection'] = {
  'provider' => 'AWS',
  'region' => 'eu-central-1',
  'aws_access_key_id' => 'AKIAIOSFODNN7EXAMPLE',
  'aws_secret_access_key' => 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
}
gitlab_rails['backup_upload_remote_directory'] = 'mlab-backups-5604e2a'
`,
    `gitlab_rails['backup_upload_connection'] = {
  'provider' => 'AWS',
  'region' => 'eu-central-1',
  'endpoint' => 'https://minio.example:9000',
  'path_style' => true,
  'aws_access_key_id' => 'AKIAIOSFODNN7EXAMPLE',
  'aws_secret_access_key' => 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE='
}
gitlab_rails['backup_upload_remote_directory'] = 'mlab-backups-5604e2a'
`,
  ],
  mc: [
    `{"url":"https://s3.eu-central-1.amazonaws.com","accessKey":"AKIAIOSFODNN7EXAMPLE","secretKey":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=","api":"s3v4","path":"auto"}
`,
    `{"url":"https://minio.example:9000","accessKey":"AKIAIOSFODNN7EXAMPLE","secretKey":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=","api":"s3v4","path":"auto"}
`,
  ],
  rustic: [
    `[repository]
repository = "opendal:s3"

[repository.options]
bucket = "mlab-backups-5604e2a"
root = "/db1"
region = "eu-central-1"
endpoint = "https://s3.eu-central-1.amazonaws.com"
access_key_id = "AKIAIOSFODNN7EXAMPLE"
secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
`,
    `[repository]
repository = "opendal:s3"

[repository.options]
bucket = "mlab-backups-5604e2a"
root = "/"
region = "eu-central-1"
endpoint = "https://minio.example:9000"
access_key_id = "AKIAIOSFODNN7EXAMPLE"
secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
`,
  ],
  "scylla-manager": [
    `s3:
  access_key_id: "AKIAIOSFODNN7EXAMPLE"
  secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
  region: "eu-central-1"
`,
    `s3:
  access_key_id: "AKIAIOSFODNN7EXAMPLE"
  secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE="
  region: "eu-central-1"
  endpoint: "https://minio.example:9000"
`,
  ],
  form: [
    `Bucket: mlab-backups-5604e2a
Folder: db1/
Region: eu-central-1
Access key ID: AKIAIOSFODNN7EXAMPLE
Secret access key: wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
`,
    `Bucket: mlab-backups-5604e2a
Region: eu-central-1
Access key ID: AKIAIOSFODNN7EXAMPLE
Secret access key: wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE=
Endpoint: https://minio.example:9000
`,
  ],
};

/** What a reader has read, by the names that it knows; undefined is nothing. */
type Reading = Readonly<Record<string, unknown>>;

/** A consumer's reader, of many hand-offs at once, and what it is to find in one. */
interface Reader {
  readonly read: (texts: readonly string[]) => Promise<Reading[]> | Reading[];
  readonly finds: (fields: HandoffFields) => Reading;
}

const host = ({ region, endpoint }: HandoffFields) =>
  endpoint === undefined ? `s3.${region}.amazonaws.com` : endpoint.replace("https://", "");
const folder = ({ prefix }: HandoffFields) => prefix.slice(0, -1);

/** A real shell, one for all of them, each in its own subshell. */
const shell = (variables: readonly string[]) => (texts: readonly string[]) => {
  const print = `printf '%s\\0' ${variables.map((name) => `"\${${name}-none}"`).join(" ")}`;
  const script = texts.map((text) => `(\n${text}${print}\n)\n`).join("");
  const { stdout, status } = spawnSync("sh", { input: script, encoding: "utf8", env: {} });
  expect(status).to.equal(0);
  const values = stdout.split("\0");
  return texts.map((_, index) =>
    Object.fromEntries(variables.map((name, at) => [name, values[index * variables.length + at]])),
  );
};

/** A real shell, in which the tool is a function that says what it was given. */
const commands = (functions: string, count: number) => (texts: readonly string[]) => {
  const script = texts.map((text) => `(\n${text})\n`).join("");
  const { stdout, status } = spawnSync("sh", { input: functions + script, encoding: "utf8", env: {} });
  expect(status).to.equal(0);
  const values = stdout.split("\0");
  return texts.map((_, index) => values.slice(index * count, (index + 1) * count));
};

/** What a keystore was given, and the repository in the comment. */
const keystore = (program: string) => (texts: readonly string[]) => {
  const told = commands(
    `keystore() { IFS= read -r value; printf '%s\\0' "$*" "$value"; }\n`,
    4,
  )(texts.map((text) => text.replaceAll(`bin/${program} `, "keystore ")));
  return texts.map((text, index) => ({
    given: told[index],
    repository: JSON.parse(/^# {3}(\{.*\})$/m.exec(text)?.[1] ?? ""),
    settings: [...text.matchAll(/^# In \w+\.yml: (.*)$/gm)].map(([, setting]) => setting),
  }));
};
const inKeystore = (fields: HandoffFields) => ({
  given: [
    "add --stdin --force s3.client.default.access_key",
    fields.accessKeyId,
    "add --stdin --force s3.client.default.secret_key",
    fields.secretAccessKey,
  ],
  repository: {
    type: "s3",
    settings: {
      bucket: fields.bucketName,
      ...(fields.prefix !== "" && { base_path: folder(fields) }),
      canned_acl: "bucket-owner-full-control",
    },
  },
  settings: [
    `s3.client.default.region: ${fields.region}`,
    ...(fields.endpoint === undefined
      ? []
      : [`s3.client.default.endpoint: ${fields.endpoint}`, "s3.client.default.path_style_access: true"]),
  ],
});

const yamlOf = (texts: readonly string[]) => texts.map((text) => load(text) as Reading);

/** As a URL is taken apart (RFC 3986), and each part of it decoded. */
const urls = (texts: readonly string[]) =>
  texts.map((text) => {
    const parts = /^s3:\/\/([^/?#]+)([^?#]*)\?([^#]*)\n$/.exec(text);
    const [, bucket, path = "", query] = parts ?? [];
    expect(text.trimEnd(), "safe in quotes of a shell and of SQL").to.not.match(/['"\s\\$`]/);
    return {
      ...{ bucket, path: decodeURIComponent(path) },
      ...Object.fromEntries(new URLSearchParams(query)),
    };
  });
const inUrl = (fields: HandoffFields) => ({
  bucket: fields.bucketName,
  path: fields.prefix === "" ? "" : `/${folder(fields)}`,
});

/** Ruby's strings in single quotes, by the keys before them. */
const rubyOf = (texts: readonly string[]) =>
  texts.map((text) =>
    Object.fromEntries(
      [...text.matchAll(/'(\w+)'\]? =>? (?:'((?:\\.|[^'\\])*)'|true)/g)].map(([, name, value]) => [
        name,
        value?.replace(/\\([\\'])/g, "$1") ?? true,
      ]),
    ),
  );

/** Python's parser of TOML. */
const tomlOf = (texts: readonly string[]) => {
  const script =
    "import json,sys,tomllib;print(json.dumps([tomllib.loads(t) for t in json.load(sys.stdin)]))";
  const { stdout, status } = spawnSync("python3", ["-c", script], {
    input: JSON.stringify(texts),
    encoding: "utf8",
  });
  expect(status).to.equal(0);
  return JSON.parse(stdout) as Reading[];
};

const environment = ({
  accessKeyId,
  secretAccessKey,
  bucketName,
  region,
  prefix,
  endpoint,
}: HandoffFields) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  ...(endpoint !== undefined && { AWS_ENDPOINT_URL_S3: endpoint }),
  S3_BUCKET: bucketName,
  S3_PREFIX: prefix,
});

/** The AWS SDK's own, of one file with the profiles of all. */
const profiles = async (texts: readonly string[]): Promise<Reading[]> => {
  const temporary = mkdtempSync(join(tmpdir(), "handoff-"));
  try {
    const [filepath, configFilepath] = [join(temporary, "credentials"), join(temporary, "config")];
    const renamed = texts.map((text, index) => text.replace(/^\[.*\]$/m, `[profile${index}]`));
    writeFileSync(filepath, renamed.join("\n"));
    const { credentialsFile } = await loadSharedConfigFiles({ filepath, configFilepath, ignoreCache: true });
    return texts.map((_, index) => credentialsFile[`profile${index}`] ?? {});
  } finally {
    rmSync(temporary, { recursive: true });
  }
};

/** The values of lines of the form `key = value`, by their keys and sections, as these three readers first see them. */
function lines(text: string, comment: RegExp): Record<string, string> {
  const values: Record<string, string> = {};
  let section = "";
  for (const line of text.split("\n").map((untrimmed) => untrimmed.trim())) {
    const [, header] = /^\[(.*)\]$/.exec(line) ?? [];
    const at = line.indexOf("=");
    if (header !== undefined) {
      section = header;
    } else if (line !== "" && !comment.test(line)) {
      values[`${section}.${line.slice(0, at).trim()}`] = line.slice(at + 1).trim();
    }
  }
  return values;
}

/** As goconfig's read.go and conf.go do it; the real rclone reads in tests/e2e/tools.test.ts. */
function goconfig(text: string): Reading {
  return Object.fromEntries(
    Object.entries(lines(text, /^[#;]/)).map(([key, value]) => {
      const [quote] = /^(`|""")/.exec(value) ?? [""];
      const plain = quote === "" ? value : value.slice(quote.length, value.lastIndexOf(quote));
      return [key, plain.replace(/%\([\w.-]+\)s/g, "")];
    }),
  );
}

/** As S3/Config.py of s3cmd does it; the real one reads in tests/e2e/tools.test.ts. */
function s3cmd(text: string): Reading {
  return Object.fromEntries(
    Object.entries(lines(text, /^#/)).map(([key, value]) => {
      const plain = (/^"(.*)"$/.exec(value)?.[1] ?? value).trim();
      return [key, plain.startsWith("$") ? undefined : plain];
    }),
  );
}

const keyInProfile = ({ accessKeyId, secretAccessKey }: HandoffFields) => ({
  aws_access_key_id: accessKeyId,
  aws_secret_access_key: secretAccessKey,
});

const readers: Record<HandoffFormatName, Reader> = {
  env: {
    read: shell([
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_REGION",
      "AWS_DEFAULT_REGION",
      "AWS_ENDPOINT_URL_S3",
      "S3_BUCKET",
      "S3_PREFIX",
    ]),
    finds: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => ({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL_S3: endpoint ?? "none",
      S3_BUCKET: bucketName,
      S3_PREFIX: prefix,
    }),
  },
  aws: {
    read: profiles,
    finds: (fields) => ({
      ...keyInProfile(fields),
      region: fields.region,
      ...(fields.endpoint !== undefined && { endpoint_url: fields.endpoint }),
    }),
  },
  rclone: {
    read: (texts) => texts.map(goconfig),
    finds: ({ name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => ({
      [`${name}_s3.type`]: "s3",
      [`${name}_s3.provider`]: endpoint === undefined ? "AWS" : "Other",
      ...(endpoint !== undefined && { [`${name}_s3.endpoint`]: endpoint }),
      [`${name}_s3.region`]: region,
      [`${name}_s3.access_key_id`]: accessKeyId,
      [`${name}_s3.secret_access_key`]: secretAccessKey,
      [`${name}_s3.no_check_bucket`]: "true",
      [`${name}.type`]: "alias",
      [`${name}.remote`]: `${name}_s3:${bucketName}/${prefix}`,
    }),
  },
  restic: {
    // Its repository is a URL to it, whose path it decodes (ParseConfig in internal/backend/s3/config.go).
    read: (texts) =>
      shell(["RESTIC_REPOSITORY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"])(
        texts,
      ).map(({ RESTIC_REPOSITORY = "", ...more }) => {
        const { origin, pathname, search, hash } = new URL(RESTIC_REPOSITORY.replace(/^s3:/, ""));
        return { RESTIC_REPOSITORY: `s3:${origin}${decodeURIComponent(pathname)}${search}${hash}`, ...more };
      }),
    finds: (fields) => ({
      RESTIC_REPOSITORY: `s3:https://${host(fields)}/${fields.bucketName}/${folder(fields)}`,
      AWS_ACCESS_KEY_ID: fields.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fields.secretAccessKey,
      AWS_DEFAULT_REGION: fields.region,
    }),
  },
  velero: { read: profiles, finds: keyInProfile },
  litestream: {
    // Go's os.Expand, and then YAML.
    read: (texts) => texts.map((text) => load(text.replace(/\$(\{[^}]*\}|\w*|.)/g, "")) as Reading),
    finds: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => ({
      dbs: [
        {
          path: "/path/to/app.db",
          replicas: [
            {
              type: "s3",
              bucket: bucketName,
              path: `${prefix}app.db`,
              region,
              ...(endpoint !== undefined && { endpoint, "force-path-style": true }),
              "access-key-id": accessKeyId,
              "secret-access-key": secretAccessKey,
            },
          ],
        },
      ],
    }),
  },
  pgbackrest: {
    // As src/common/ini.c does it.
    read: (texts) => texts.map((text) => lines(text, /^#/)),
    finds: (fields) => {
      const [name, port] = host(fields).split(":");
      return {
        "global.repo1-type": "s3",
        "global.repo1-path": `/${folder(fields)}`,
        "global.repo1-s3-bucket": fields.bucketName,
        "global.repo1-s3-endpoint": name,
        ...(fields.endpoint !== undefined && { "global.repo1-s3-uri-style": "path" }),
        ...(port !== undefined && { "global.repo1-storage-port": port }),
        "global.repo1-s3-region": fields.region,
        "global.repo1-s3-key": fields.accessKeyId,
        "global.repo1-s3-key-secret": fields.secretAccessKey,
      };
    },
  },
  s3cmd: {
    read: (texts) => texts.map(s3cmd),
    finds: (fields) => ({
      "default.access_key": fields.accessKeyId,
      "default.secret_key": fields.secretAccessKey,
      "default.bucket_location": fields.region,
      "default.host_base": host(fields),
      "default.host_bucket": `${fields.endpoint === undefined ? "%(bucket)s." : ""}${host(fields)}`,
      "default.use_https": "True",
      "default.signature_v2": "False",
    }),
  },
  kopia: {
    read: (texts) =>
      commands(
        `kopia() { printf '%s\\0' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$1 $2 $3" "$4" "$5" "\${6-}" "\${7-}"; }\n`,
        7,
      )(texts).map((given) => ({ given })),
    finds: (fields) => {
      const options = [
        ...[`--bucket=${fields.bucketName}`, `--region=${fields.region}`],
        ...(fields.prefix === "" ? [] : [`--prefix=${fields.prefix}`]),
        ...(fields.endpoint === undefined ? [] : [`--endpoint=${host(fields)}`]),
      ];
      return {
        given: [
          ...[fields.accessKeyId, fields.secretAccessKey, "repository create s3"],
          ...Array.from({ length: 4 }, (_, index) => options[index] ?? ""),
        ],
      };
    },
  },
  duplicity: {
    read: (texts) => {
      const variables = shell(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])(texts);
      const said = commands(
        `duplicity() { printf '%s\\0' "$2" "$3" "\${4-}"; }\n`,
        3,
      )(texts.map((text) => text.replace(/^# (.*\n)[\s\S]*/, "$1")));
      return texts.map((_, index) => ({ ...variables[index], said: said[index] }));
    },
    finds: (fields) => ({
      AWS_ACCESS_KEY_ID: fields.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fields.secretAccessKey,
      said: [
        `boto3+s3://${fields.bucketName}/${folder(fields)}`,
        `--s3-region-name=${fields.region}`,
        fields.endpoint === undefined ? "" : `--s3-endpoint-url=${fields.endpoint}`,
      ],
    }),
  },
  kubernetes: {
    read: yamlOf,
    finds: (fields) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: fields.name.toLowerCase() },
      type: "Opaque",
      stringData: {
        AWS_ACCESS_KEY_ID: fields.accessKeyId,
        AWS_SECRET_ACCESS_KEY: fields.secretAccessKey,
        AWS_REGION: fields.region,
        ...(fields.endpoint !== undefined && { AWS_ENDPOINTS: fields.endpoint }),
        S3_BUCKET: fields.bucketName,
        S3_PREFIX: fields.prefix,
      },
    }),
  },
  k3s: {
    read: yamlOf,
    finds: (fields) => ({
      "etcd-s3": true,
      "etcd-s3-bucket": fields.bucketName,
      ...(fields.prefix !== "" && { "etcd-s3-folder": folder(fields) }),
      "etcd-s3-region": fields.region,
      "etcd-s3-endpoint": host(fields),
      "etcd-s3-access-key": fields.accessKeyId,
      "etcd-s3-secret-key": fields.secretAccessKey,
    }),
  },
  "clickhouse-backup": {
    read: yamlOf,
    finds: (fields) => ({
      general: { remote_storage: "s3" },
      s3: {
        access_key: fields.accessKeyId,
        secret_key: fields.secretAccessKey,
        bucket: fields.bucketName,
        region: fields.region,
        path: folder(fields),
        acl: "",
        ...(fields.endpoint !== undefined && { endpoint: fields.endpoint, force_path_style: true }),
      },
    }),
  },
  elasticsearch: { read: keystore("elasticsearch-keystore"), finds: inKeystore },
  opensearch: { read: keystore("opensearch-keystore"), finds: inKeystore },
  // As docker run takes it; Docker Compose reads a dotenv file, which Node can too.
  docker: {
    read: (texts) =>
      texts.map((text) => {
        const raw = Object.fromEntries(
          text
            .trimEnd()
            .split("\n")
            .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
        );
        expect({ ...parseEnv(text) }).to.deep.equal(raw);
        return raw;
      }),
    finds: environment,
  },
  cockroachdb: {
    read: urls,
    finds: (fields) => ({
      ...inUrl(fields),
      AWS_ACCESS_KEY_ID: fields.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fields.secretAccessKey,
      AWS_REGION: fields.region,
      ...(fields.endpoint !== undefined && { AWS_ENDPOINT: fields.endpoint }),
    }),
  },
  "tidb-br": {
    read: urls,
    finds: (fields) => ({
      ...inUrl(fields),
      "access-key": fields.accessKeyId,
      "secret-access-key": fields.secretAccessKey,
      region: fields.region,
      ...(fields.endpoint !== undefined && { endpoint: fields.endpoint }),
    }),
  },
  duplicati: {
    read: urls,
    finds: (fields) => ({
      ...inUrl(fields),
      "auth-username": fields.accessKeyId,
      "auth-password": fields.secretAccessKey,
      "s3-server-name": host(fields),
      "s3-location-constraint": fields.region,
      "use-ssl": "true",
    }),
  },
  gitlab: {
    read: rubyOf,
    finds: (fields) => ({
      provider: "AWS",
      region: fields.region,
      ...(fields.endpoint !== undefined && { endpoint: fields.endpoint, path_style: true }),
      aws_access_key_id: fields.accessKeyId,
      aws_secret_access_key: fields.secretAccessKey,
      backup_upload_remote_directory: fields.bucketName,
    }),
  },
  mc: {
    read: (texts) => texts.map((text) => JSON.parse(text)),
    finds: (fields) => ({
      url: fields.endpoint ?? `https://${host(fields)}`,
      accessKey: fields.accessKeyId,
      secretKey: fields.secretAccessKey,
      api: "s3v4",
      path: "auto",
    }),
  },
  rustic: {
    read: tomlOf,
    finds: (fields) => ({
      repository: {
        repository: "opendal:s3",
        options: {
          bucket: fields.bucketName,
          root: `/${folder(fields)}`,
          region: fields.region,
          endpoint: fields.endpoint ?? `https://${host(fields)}`,
          access_key_id: fields.accessKeyId,
          secret_access_key: fields.secretAccessKey,
        },
      },
    }),
  },
  "scylla-manager": {
    read: yamlOf,
    finds: (fields) => ({
      s3: {
        access_key_id: fields.accessKeyId,
        secret_access_key: fields.secretAccessKey,
        region: fields.region,
        ...(fields.endpoint !== undefined && { endpoint: fields.endpoint }),
      },
    }),
  },
  form: {
    read: (texts) =>
      texts.map((text) =>
        Object.fromEntries(
          text
            .trimEnd()
            .split("\n")
            .map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]),
        ),
      ),
    finds: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => ({
      Bucket: bucketName,
      ...(prefix !== "" && { Folder: prefix }),
      Region: region,
      "Access key ID": accessKeyId,
      "Secret access key": secretAccessKey,
      ...(endpoint !== undefined && { Endpoint: endpoint }),
    }),
  },
};

/** What a format cannot hold, one by one, and nothing else. */
const refused: Partial<Record<HandoffFormatName, readonly string[]>> = {
  aws: [" #", " ;"],
  velero: [" #", " ;"],
  rclone: ["%(region)s"],
  docker: [..." '\"`$#\\"],
};
const holds = (format: HandoffFormatName, value: string) =>
  !(refused[format] ?? []).some((part) => value.includes(part)) &&
  !(format === "s3cmd" && value.startsWith("$"));

const special = [..."/+=\"$%'#;\\ `:()[]{}!&|<>*?~^@,.-_aZ09sé"];
const together = [
  '"""',
  "%(region)s",
  "\u0024{HOME}",
  "$HOME",
  "$(id)",
  " #",
  " ;",
  "\\x24",
  "\\n",
  "s3:",
  "$$",
];
const awkward = fc
  .array(fc.constantFrom(...special, ...together), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join("").trim())
  .filter((value) => value !== "");
const prefixes = fc.oneof(
  fc.constant(""),
  fc
    .array(fc.stringMatching(/^[ -.0-~\u00A1-\u00AC\u00AE-\u00FF]{1,20}$/), { minLength: 1, maxLength: 3 })
    .map((parts) => `${parts.join("/")}/`)
    .filter((prefix) => checkPrefix(prefix).length === 0),
);
const anyFields: fc.Arbitrary<HandoffFields> = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,20}$/),
  accessKeyId: awkward,
  secretAccessKey: awkward,
  bucketName: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,30}[a-z0-9]$/),
  region: fc.constantFrom("eu-central-1", "us-east-1"),
  prefix: prefixes,
  endpoint: fc.constantFrom(undefined, "https://minio.example:9000", "https://s3.example"),
});

describe("hand-off", () => {
  for (const format of formats) {
    it(`${format} is to the letter what it should be`, () => {
      expect([handoff(format, db1), handoff(format, own)]).to.deep.equal(expected[format]);
    });

    it(`${format} is read as it was meant, whatever the key holds`, async () => {
      const { read, finds } = readers[format];
      const held = anyFields.filter(
        ({ accessKeyId, secretAccessKey, prefix }) =>
          holds(format, accessKeyId) && holds(format, secretAccessKey) && holds(format, prefix),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(held, { minLength: 1, maxLength: 100 }), async (all) => {
          const readings = await read(all.map((fields) => handoff(format, fields)));
          expect(readings).to.deep.equal(all.map(finds));
        }),
        // Keystores get two processes for each, and rustic's are read by Python.
        { numRuns: /search$|^rustic$/.test(format) ? 2 : 40 },
      );
    });
  }

  it("refuses what a format cannot hold, and does not show the secret", () => {
    const unholdable: [HandoffFormatName, string][] = [
      ["aws", "half #comment"],
      ["velero", "half ;comment"],
      ["rclone", "a%(region)sb"],
      ["s3cmd", "$HOME"],
      ["docker", "a$b"],
    ];
    for (const secret of ["two\nlines", "two\u2028lines", "\0", "a\u200b", " a", "a "]) {
      unholdable.push(...formats.map((format): [HandoffFormatName, string] => [format, secret]));
    }
    for (const [format, secretAccessKey] of unholdable) {
      expect(() => handoff(format, { ...db1, secretAccessKey }), `${format} ${secretAccessKey}`).to.throw(
        new RegExp(
          `^secretAccessKey holds characters that the format ${format} cannot represent\\. Use another format, or a key without them\\.$`,
        ),
      );
    }
  });

  it("carries a session token where the tool reads one, and refuses it elsewhere", () => {
    const sessionToken = "IQoJb3JpZ2luX2VjEXAMPLE/token+=";
    const lines: Partial<Record<HandoffFormatName, string>> = {
      env: `export AWS_SESSION_TOKEN='${sessionToken}'`,
      aws: `aws_session_token=${sessionToken}`,
      rclone: `session_token = ${sessionToken}`,
      restic: `export AWS_SESSION_TOKEN='${sessionToken}'`,
      velero: `aws_session_token=${sessionToken}`,
      pgbackrest: `repo1-s3-token=${sessionToken}`,
      duplicity: `export AWS_SESSION_TOKEN='${sessionToken}'`,
      docker: `AWS_SESSION_TOKEN=${sessionToken}`,
    };
    for (const format of formats) {
      const give = () => handoff(format, { ...db1, sessionToken });
      const line = lines[format];
      if (line !== undefined) {
        expect(give().split("\n"), format).to.include(line);
      } else if (format === "cockroachdb") {
        expect(give()).to.contain(`AWS_SESSION_TOKEN=${encodeURIComponent(sessionToken)}`);
      } else {
        expect(give, format).to.throw(
          `The format ${format} has no place for a session token, without which temporary credentials do not work. Use one of env, aws, rclone, restic, velero, pgbackrest, duplicity, docker, cockroachdb, or --json.`,
        );
      }
    }
  });

  it("takes a duration that STS takes", () => {
    expect(["15m", "90m", "1h", "12h"].map((one) => secondsOf(one, "key"))).to.deep.equal([
      900, 5400, 3600, 43_200,
    ]);
    expect(["15m", "60m", "1h"].map((one) => secondsOf(one, "role"))).to.deep.equal([900, 3600, 3600]);
    for (const wrong of ["14m", "13h", "0h", "1", "1d", "1.5h", "", "h", "-1h"]) {
      expect(() => secondsOf(wrong, "key"), wrong).to.throw(`--duration ${wrong}: must be from 15m to 12h`);
    }
    expect(() => secondsOf("61m", "role")).to.throw("the role's maximum session duration is 1h");
  });

  it("refuses a key without its secret", () => {
    expect(() => handoff("env", { ...db1, secretAccessKey: "" })).to.throw(
      "secretAccessKey is empty. A hand-off needs it.",
    );
  });

  it("knows where S3 answers in every partition", () => {
    for (const region of [
      "us-east-1",
      "eu-central-1",
      "us-gov-west-1",
      "cn-north-1",
      "cn-northwest-1",
      "eusc-de-east-1",
      "us-iso-east-1",
      "us-isob-east-1",
      "eu-isoe-west-1",
      "us-isof-south-1",
    ]) {
      expect(handoff("s3cmd", { ...db1, region })).to.contain(
        `\nhost_base = s3.${region}.${partition(region).dnsSuffix}\n`,
      );
    }
  });
});
