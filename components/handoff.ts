import { domainOf } from "./partitions";

/** A consumer's key, and where it opens what. */
export interface HandoffFields {
  /** The consumer's name: what profiles and remotes are called. */
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucketName: string;
  readonly region: string;
  /** The folder of the bucket that the key is limited to, with a slash at its end; empty: the whole bucket. */
  readonly prefix: string;
  /**
   * Where S3 answers.
   *
   * @default - AWS itself, in the region
   */
  readonly endpoint?: string | undefined;
}

/** The format in which one consumer reads its credentials. */
export interface HandoffFormat {
  /** What it is for, in a few words. */
  readonly title: string;
  /** What the consumer's reader would change, and no spelling prevents. */
  readonly cannotHold?: RegExp;
  readonly render: (fields: HandoffFields) => readonly string[];
}

/** Quoted for a shell: nothing within means anything there. */
const sh = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;

/** Quoted for YAML, as JSON, which YAML includes; and no dollar sign, because Litestream expands variables before. */
const yaml = (value: string) => JSON.stringify(value).replaceAll("$", "\\x24");

/** rclone takes these at the beginning of a value for quotes, and what is between backquotes as it is. */
const rclone = (value: string) => (/^(`|""")/.test(value) ? `\`${value}\`` : value);

/** s3cmd takes one pair of quotes off. */
const s3cmd = (value: string) => (/^".*"$/.test(value) ? `"${value}"` : value);

/** Where S3 answers. */
function s3Url({ region, endpoint }: HandoffFields): URL {
  return new URL(endpoint ?? `https://s3.${region}.${domainOf(region)}`);
}

const folderOf = ({ prefix }: HandoffFields) => prefix.replace(/\/$/, "");
const s3Uri = ({ bucketName, prefix }: HandoffFields) => sh(`s3://${bucketName}/${prefix}`);

const exportAll = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => `export ${name}=${sh(value)}`);

/** Without spaces around the sign: after one, a value that begins with # or ; would be a comment. */
const profile = (name: string, { accessKeyId, secretAccessKey }: HandoffFields) => [
  `[${name}]`,
  `aws_access_key_id=${accessKeyId}`,
  `aws_secret_access_key=${secretAccessKey}`,
];

const commentInProfile = /\s[#;]/;

/** It asks for the whole bucket before it creates a repository (restic#4085). */
const resticInFolder =
  'restic must be 0.15 or later: in a folder, the init of older ones (Debian 12 has 0.14) ends with "client.BucketExists: Access Denied".';

/** Every format of a hand-off, by the name that `npm run handoff` takes. */
export const handoffFormats = {
  env: {
    title: "environment variables, for a shell and for AWS's own tools and SDKs",
    render: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) =>
      exportAll({
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        // The SDKs read the one, the AWS CLI the other.
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        ...(endpoint !== undefined && { AWS_ENDPOINT_URL_S3: endpoint }),
        S3_BUCKET: bucketName,
        S3_PREFIX: prefix,
      }),
  },
  aws: {
    title: "a profile for ~/.aws/credentials",
    cannotHold: commentInProfile,
    render: (fields) => [
      `# aws --profile ${fields.name} s3 ls ${s3Uri(fields)}`,
      ...profile(fields.name, fields),
      `region=${fields.region}`,
      ...(fields.endpoint === undefined ? [] : [`endpoint_url=${fields.endpoint}`]),
    ],
  },
  rclone: {
    title: "two remotes for rclone.conf",
    cannotHold: /%\([\w.-]+\)s/,
    render: ({ name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => [
      `# rclone copy FOLDER ${name}:`,
      // No consumer's name has an underscore, so that it is never another's remote.
      `[${name}_s3]`,
      "type = s3",
      ...(endpoint === undefined ? ["provider = AWS"] : ["provider = Other", `endpoint = ${endpoint}`]),
      `region = ${region}`,
      `access_key_id = ${rclone(accessKeyId)}`,
      `secret_access_key = ${rclone(secretAccessKey)}`,
      // Else it makes the bucket before it uploads, which no key may.
      "no_check_bucket = true",
      "",
      `[${name}]`,
      "type = alias",
      `remote = ${name}_s3:${bucketName}/${prefix}`,
    ],
  },
  restic: {
    title: "environment variables for restic",
    render: (fields) => [
      "# The repository's own password is yours to choose: RESTIC_PASSWORD or RESTIC_PASSWORD_FILE.",
      ...(fields.prefix === "" ? [] : [`# ${resticInFolder}`]),
      ...exportAll({
        // restic reads it as a URL.
        RESTIC_REPOSITORY: `s3:${s3Url(fields).origin}/${fields.bucketName}/${folderOf(fields).split("/").map(encodeURIComponent).join("/")}`,
        AWS_ACCESS_KEY_ID: fields.accessKeyId,
        AWS_SECRET_ACCESS_KEY: fields.secretAccessKey,
        AWS_DEFAULT_REGION: fields.region,
      }),
    ],
  },
  velero: {
    title: "the credentials file for velero install, which stands in it as a comment",
    cannotHold: commentInProfile,
    render: (fields) => {
      const { bucketName, region, endpoint } = fields;
      const folder = folderOf(fields);
      const place = endpoint === undefined ? "" : `,s3ForcePathStyle=true,s3Url=${endpoint}`;
      return [
        "# Save this as credentials-velero, and take the VERSION of the plugin that goes with your Velero:",
        "#   velero install --provider aws --plugins velero/velero-plugin-for-aws:VERSION \\",
        `#     --bucket ${sh(bucketName)}${folder === "" ? "" : ` --prefix ${sh(folder)}`} \\`,
        `#     --backup-location-config ${sh(`region=${region}${place}`)} \\`,
        // The key is for the bucket and takes no snapshots of disks.
        "#     --use-volume-snapshots=false --secret-file ./credentials-velero",
        ...profile("default", fields),
      ];
    },
  },
  litestream: {
    title: "litestream.yml, where the path of the database is to be filled in",
    render: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => [
      "dbs:",
      "  # CHANGE THIS to the path of your database.",
      "  - path: /path/to/app.db",
      // Litestream 0.3 knows no other word, and later ones take it too.
      "    replicas:",
      "      - type: s3",
      `        bucket: ${yaml(bucketName)}`,
      "        # A folder of its own for each database.",
      `        path: ${yaml(`${prefix}app.db`)}`,
      `        region: ${yaml(region)}`,
      ...(endpoint === undefined
        ? []
        : [`        endpoint: ${yaml(endpoint)}`, "        force-path-style: true"]),
      `        access-key-id: ${yaml(accessKeyId)}`,
      `        secret-access-key: ${yaml(secretAccessKey)}`,
    ],
  },
  pgbackrest: {
    title: "the repository for pgbackrest.conf",
    render: (fields) => {
      const { hostname, port } = s3Url(fields);
      return [
        "[global]",
        "repo1-type=s3",
        `repo1-path=/${folderOf(fields)}`,
        `repo1-s3-bucket=${fields.bucketName}`,
        `repo1-s3-endpoint=${hostname}`,
        ...(fields.endpoint === undefined ? [] : ["repo1-s3-uri-style=path"]),
        ...(port === "" ? [] : [`repo1-storage-port=${port}`]),
        `repo1-s3-region=${fields.region}`,
        `repo1-s3-key=${fields.accessKeyId}`,
        `repo1-s3-key-secret=${fields.secretAccessKey}`,
      ];
    },
  },
  s3cmd: {
    title: "a configuration file for s3cmd -c",
    // What begins with a dollar sign is the name of an environment variable to it.
    cannotHold: /^\$/,
    render: (fields) => {
      const { host } = s3Url(fields);
      return [
        `# s3cmd -c THIS_FILE ls ${s3Uri(fields)}`,
        "[default]",
        `access_key = ${s3cmd(fields.accessKeyId)}`,
        `secret_key = ${s3cmd(fields.secretAccessKey)}`,
        `bucket_location = ${fields.region}`,
        `host_base = ${host}`,
        `host_bucket = ${fields.endpoint === undefined ? `%(bucket)s.${host}` : host}`,
        "use_https = True",
        "signature_v2 = False",
      ];
    },
  },
  form: {
    title: "lines to paste into a web form",
    render: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => [
      `Bucket: ${bucketName}`,
      ...(prefix === "" ? [] : [`Folder: ${prefix}`]),
      `Region: ${region}`,
      `Access key ID: ${accessKeyId}`,
      `Secret access key: ${secretAccessKey}`,
      ...(endpoint === undefined ? [] : [`Endpoint: ${endpoint}`]),
    ],
  },
} satisfies Record<string, HandoffFormat>;

/** The name of a format of a hand-off. */
export type HandoffFormatName = keyof typeof handoffFormats;

/** Nothing that a line of text does not show: no line break above all. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/u;

/**
 * A consumer's credentials in the format that it reads, complete: it needs to know no more. It holds the secret.
 *
 * @returns lines of text, each with its end
 * @throws an `Error` that names the field, and not its value, where a value cannot be written in this format
 */
export function handoff(format: HandoffFormatName, fields: HandoffFields): string {
  const { cannotHold, render }: HandoffFormat = handoffFormats[format];
  for (const [field, value] of Object.entries(fields)) {
    if (value === "" && field !== "prefix") {
      throw new Error(`${field} is empty. A hand-off needs it.`);
    }
    if (value !== undefined && (invisible.test(value) || cannotHold?.test(value))) {
      throw new Error(
        `${field} holds characters that the format ${format} cannot carry. Take another format, or a key without them.`,
      );
    }
  }
  return `${render(fields).join("\n")}\n`;
}
