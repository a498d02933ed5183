import { domainOf } from "./partitions";

/** A consumer's key, and the place in S3 that it opens. */
export interface HandoffFields {
  /** The consumer's name, which names profiles and remotes. */
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /**
   * The session token, required with temporary credentials.
   *
   * @default - the key is a permanent one
   */
  readonly sessionToken?: string | undefined;
  readonly bucketName: string;
  readonly region: string;
  /** The folder of the bucket that the key is limited to, with a trailing slash; empty: the whole bucket. */
  readonly prefix: string;
  /**
   * The endpoint of S3.
   *
   * @default - AWS itself, in the region
   */
  readonly endpoint?: string | undefined;
}

/** The format in which one consumer reads its credentials. */
export interface HandoffFormat {
  /** What it is for, in a few words. */
  readonly title: string;
  /** Whether its reader accepts a session token, by its documentation. */
  readonly takesToken?: true;
  /** Characters that this format cannot represent. */
  readonly cannotHold?: RegExp;
  readonly render: (fields: HandoffFields) => readonly string[];
}

/** Quoted for a shell, which then expands nothing in it. */
const sh = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;

/** Quoted for YAML, as JSON, which YAML includes; and without dollar signs, because Litestream expands variables first. */
const yaml = (value: string) => JSON.stringify(value).replaceAll("$", "\\x24");

/** rclone treats these characters at the start of a value as quotes, and takes text between backquotes literally. */
const rclone = (value: string) => (/^(`|""")/.test(value) ? `\`${value}\`` : value);

/** s3cmd removes one pair of quotes. */
const s3cmd = (value: string) => (/^".*"$/.test(value) ? `"${value}"` : value);

/** The endpoint of S3. */
function s3Url({ region, endpoint }: HandoffFields): URL {
  return new URL(endpoint ?? `https://s3.${region}.${domainOf(region)}`);
}

const folderOf = ({ prefix }: HandoffFields) => prefix.replace(/\/$/, "");
const s3Uri = ({ bucketName, prefix }: HandoffFields) => sh(`s3://${bucketName}/${prefix}`);

const exportAll = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => `export ${name}=${sh(value)}`);

/** The key, as AWS's tools and SDKs read it from the environment. */
const keyVariables = ({ accessKeyId, secretAccessKey, sessionToken }: HandoffFields) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
});

/** All the variables that AWS's tools and SDKs read, and the place in the bucket. */
export const allVariables = (fields: HandoffFields): Readonly<Record<string, string>> => ({
  ...keyVariables(fields),
  // The SDKs read the first, the AWS CLI the second.
  AWS_REGION: fields.region,
  AWS_DEFAULT_REGION: fields.region,
  ...(fields.endpoint !== undefined && { AWS_ENDPOINT_URL_S3: fields.endpoint }),
  S3_BUCKET: fields.bucketName,
  S3_PREFIX: fields.prefix,
});

/** Without spaces around the sign: after one, a value that begins with # or ; would be a comment. */
const profile = (name: string, { accessKeyId, secretAccessKey, sessionToken }: HandoffFields) => [
  `[${name}]`,
  `aws_access_key_id=${accessKeyId}`,
  `aws_secret_access_key=${secretAccessKey}`,
  ...(sessionToken === undefined ? [] : [`aws_session_token=${sessionToken}`]),
];

const commentInProfile = /\s[#;]/;

/** restic reads the bucket's root before it creates a repository (restic#4085). */
const resticInFolder =
  'restic must be 0.15 or later: in a folder, the init of older ones (Debian 12 has 0.14) fails with "client.BucketExists: Access Denied".';

/** Quoted for TOML, whose basic strings match JSON's except for one control character, which no hand-off contains. */
const toml = (value: string) => JSON.stringify(value);

/** Quoted for Ruby. */
const ruby = (value: string) => `'${value.replace(/[\\']/g, "\\$&")}'`;

/** Encoded for any part of a URL, in quotes too. */
const encoded = (value: string) =>
  encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** A URL of the bucket, with the tool's other parameters in its query. */
const s3UrlWith = (fields: HandoffFields, parameters: Readonly<Record<string, string | undefined>>) => {
  const query = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encoded(value)}`],
  );
  const path = [fields.bucketName, ...folderOf(fields).split("/").map(encoded)].join("/");
  return `s3://${path.replace(/\/$/, "")}?${query.join("&")}`;
};

/** The key goes into each node's keystore, everything else into the repository's settings. */
const keystore =
  (program: string, file: string): HandoffFormat["render"] =>
  (fields) => {
    const { name, accessKeyId, secretAccessKey, bucketName, region, endpoint } = fields;
    const settings = {
      bucket: bucketName,
      ...(fields.prefix !== "" && { base_path: folderOf(fields) }),
      // Its default, private, needs ACLs.
      canned_acl: "bucket-owner-full-control",
    };
    return [
      "# On each node, in its folder:",
      `printf %s ${sh(accessKeyId)} | bin/${program} add --stdin --force s3.client.default.access_key`,
      `printf %s ${sh(secretAccessKey)} | bin/${program} add --stdin --force s3.client.default.secret_key`,
      `# In ${file}: s3.client.default.region: ${region}`,
      ...(endpoint === undefined
        ? []
        : [
            `# In ${file}: s3.client.default.endpoint: ${endpoint}`,
            `# In ${file}: s3.client.default.path_style_access: true`,
          ]),
      "# And then, by its API:",
      "#   POST _nodes/reload_secure_settings",
      `#   PUT _snapshot/${name.toLowerCase()}`,
      `#   ${JSON.stringify({ type: "s3", settings })}`,
    ];
  };

/** Every format of a hand-off, by the name that `npm run handoff` takes. */
export const handoffFormats = {
  env: {
    title: "environment variables, for a shell and for AWS's own tools and SDKs",
    takesToken: true,
    render: (fields) => exportAll(allVariables(fields)),
  },
  aws: {
    title: "a profile for ~/.aws/credentials",
    takesToken: true,
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
    takesToken: true,
    cannotHold: /%\([\w.-]+\)s/,
    render: ({ name, accessKeyId, secretAccessKey, sessionToken, bucketName, region, prefix, endpoint }) => [
      `# rclone copy FOLDER ${name}:`,
      // No consumer's name has an underscore, so this never collides with another consumer's remote.
      `[${name}_s3]`,
      "type = s3",
      ...(endpoint === undefined ? ["provider = AWS"] : ["provider = Other", `endpoint = ${endpoint}`]),
      `region = ${region}`,
      `access_key_id = ${rclone(accessKeyId)}`,
      `secret_access_key = ${rclone(secretAccessKey)}`,
      ...(sessionToken === undefined ? [] : [`session_token = ${rclone(sessionToken)}`]),
      // Otherwise it tries to create the bucket before it uploads, which no key is allowed to do.
      "no_check_bucket = true",
      "",
      `[${name}]`,
      "type = alias",
      `remote = ${name}_s3:${bucketName}/${prefix}`,
    ],
  },
  restic: {
    title: "environment variables for restic",
    takesToken: true,
    render: (fields) => [
      "# The repository's own password is yours to choose: RESTIC_PASSWORD or RESTIC_PASSWORD_FILE.",
      ...(fields.prefix === "" ? [] : [`# ${resticInFolder}`]),
      ...exportAll({
        // restic reads it as a URL.
        RESTIC_REPOSITORY: `s3:${s3Url(fields).origin}/${fields.bucketName}/${folderOf(fields).split("/").map(encodeURIComponent).join("/")}`,
        ...keyVariables(fields),
        AWS_DEFAULT_REGION: fields.region,
      }),
    ],
  },
  velero: {
    title: "the credentials file for velero install, with the command in a comment",
    takesToken: true,
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
    title: "litestream.yml, for you to add the path of the database",
    render: ({ accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => [
      "dbs:",
      "  # CHANGE THIS to the path of your database.",
      "  - path: /path/to/app.db",
      // The only key that Litestream 0.3 knows; later versions accept it too.
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
    takesToken: true,
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
        ...(fields.sessionToken === undefined ? [] : [`repo1-s3-token=${fields.sessionToken}`]),
      ];
    },
  },
  s3cmd: {
    title: "a configuration file for s3cmd -c",
    // It reads a value that begins with a dollar sign as an environment variable.
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
  kopia: {
    title: "shell commands that create a Kopia repository",
    render: (fields) => [
      "# Kopia asks for the repository's own password, or reads KOPIA_PASSWORD. Later: kopia repository connect s3 …",
      ...exportAll(keyVariables(fields)),
      [
        `kopia repository create s3 --bucket=${sh(fields.bucketName)} --region=${sh(fields.region)}`,
        // It doesn't add a slash.
        ...(fields.prefix === "" ? [] : [`--prefix=${sh(fields.prefix)}`]),
        ...(fields.endpoint === undefined ? [] : [`--endpoint=${sh(s3Url(fields).host)}`]),
      ].join(" "),
    ],
  },
  duplicity: {
    title: "environment variables for duplicity, with its target in a comment",
    takesToken: true,
    render: (fields) => [
      [
        `# duplicity FOLDER ${sh(`boto3+s3://${fields.bucketName}/${folderOf(fields)}`)}`,
        `--s3-region-name=${sh(fields.region)}`,
        ...(fields.endpoint === undefined ? [] : [`--s3-endpoint-url=${sh(fields.endpoint)}`]),
      ].join(" "),
      ...exportAll(keyVariables(fields)),
    ],
  },
  kubernetes: {
    title: "a Secret for kubectl apply: CloudNativePG, Longhorn, K8up and others",
    render: ({ name, accessKeyId, secretAccessKey, bucketName, region, prefix, endpoint }) => [
      "apiVersion: v1",
      "kind: Secret",
      "metadata:",
      `  name: ${yaml(name.toLowerCase())}`,
      "type: Opaque",
      "stringData:",
      `  AWS_ACCESS_KEY_ID: ${yaml(accessKeyId)}`,
      `  AWS_SECRET_ACCESS_KEY: ${yaml(secretAccessKey)}`,
      `  AWS_REGION: ${yaml(region)}`,
      // As Longhorn calls it.
      ...(endpoint === undefined ? [] : [`  AWS_ENDPOINTS: ${yaml(endpoint)}`]),
      `  S3_BUCKET: ${yaml(bucketName)}`,
      `  S3_PREFIX: ${yaml(prefix)}`,
    ],
  },
  k3s: {
    title: "settings of etcd snapshots for config.yaml of k3s or RKE2",
    render: (fields) => [
      "etcd-s3: true",
      `etcd-s3-bucket: ${yaml(fields.bucketName)}`,
      ...(fields.prefix === "" ? [] : [`etcd-s3-folder: ${yaml(folderOf(fields))}`]),
      `etcd-s3-region: ${yaml(fields.region)}`,
      `etcd-s3-endpoint: ${yaml(s3Url(fields).host)}`,
      `etcd-s3-access-key: ${yaml(fields.accessKeyId)}`,
      `etcd-s3-secret-key: ${yaml(fields.secretAccessKey)}`,
    ],
  },
  "clickhouse-backup": {
    title: "the storage for config.yml of clickhouse-backup",
    render: (fields) => [
      "general:",
      "  remote_storage: s3",
      "s3:",
      `  access_key: ${yaml(fields.accessKeyId)}`,
      `  secret_key: ${yaml(fields.secretAccessKey)}`,
      `  bucket: ${yaml(fields.bucketName)}`,
      `  region: ${yaml(fields.region)}`,
      `  path: ${yaml(folderOf(fields))}`,
      // Its default, private, needs ACLs.
      '  acl: ""',
      ...(fields.endpoint === undefined
        ? []
        : [`  endpoint: ${yaml(fields.endpoint)}`, "  force_path_style: true"]),
    ],
  },
  elasticsearch: {
    title: "commands for Elasticsearch's keystore, with the repository in a comment",
    render: keystore("elasticsearch-keystore", "elasticsearch.yml"),
  },
  opensearch: {
    title: "commands for OpenSearch's keystore, with the repository in a comment",
    render: keystore("opensearch-keystore", "opensearch.yml"),
  },
  docker: {
    title: "an env file, for docker run --env-file and for Docker Compose",
    takesToken: true,
    // The two readers disagree on these characters.
    cannotHold: /[\s'"`$#\\]/,
    render: (fields) => Object.entries(allVariables(fields)).map(([name, value]) => `${name}=${value}`),
  },
  cockroachdb: {
    title: "the URL for CockroachDB's BACKUP INTO",
    takesToken: true,
    render: (fields) => [
      s3UrlWith(fields, {
        ...keyVariables(fields),
        AWS_REGION: fields.region,
        AWS_ENDPOINT: fields.endpoint,
      }),
    ],
  },
  "tidb-br": {
    title: "the URL for TiDB's br --storage",
    render: (fields) => [
      s3UrlWith(fields, {
        "access-key": fields.accessKeyId,
        "secret-access-key": fields.secretAccessKey,
        region: fields.region,
        endpoint: fields.endpoint,
      }),
    ],
  },
  duplicati: {
    title: "the target URL for Duplicati",
    render: (fields) => [
      s3UrlWith(fields, {
        "auth-username": fields.accessKeyId,
        "auth-password": fields.secretAccessKey,
        "s3-server-name": s3Url(fields).host,
        "s3-location-constraint": fields.region,
        "use-ssl": "true",
      }),
    ],
  },
  gitlab: {
    title: "the backup upload settings for gitlab.rb",
    render: (fields) => [
      "gitlab_rails['backup_upload_connection'] = {",
      "  'provider' => 'AWS',",
      `  'region' => ${ruby(fields.region)},`,
      ...(fields.endpoint === undefined
        ? []
        : [`  'endpoint' => ${ruby(fields.endpoint)},`, "  'path_style' => true,"]),
      `  'aws_access_key_id' => ${ruby(fields.accessKeyId)},`,
      `  'aws_secret_access_key' => ${ruby(fields.secretAccessKey)}`,
      "}",
      `gitlab_rails['backup_upload_remote_directory'] = ${ruby(fields.bucketName)}`,
    ],
  },
  mc: {
    title: "an alias for mc alias import",
    render: (fields) => [
      JSON.stringify({
        url: s3Url(fields).origin,
        accessKey: fields.accessKeyId,
        secretKey: fields.secretAccessKey,
        api: "s3v4",
        path: "auto",
      }),
    ],
  },
  rustic: {
    title: "the repository for rustic.toml",
    render: (fields) => [
      "[repository]",
      'repository = "opendal:s3"',
      "",
      "[repository.options]",
      `bucket = ${toml(fields.bucketName)}`,
      `root = ${toml(`/${folderOf(fields)}`)}`,
      `region = ${toml(fields.region)}`,
      `endpoint = ${toml(s3Url(fields).origin)}`,
      `access_key_id = ${toml(fields.accessKeyId)}`,
      `secret_access_key = ${toml(fields.secretAccessKey)}`,
    ],
  },
  "scylla-manager": {
    title: "the storage for scylla-manager-agent.yaml",
    render: (fields) => [
      "s3:",
      `  access_key_id: ${yaml(fields.accessKeyId)}`,
      `  secret_access_key: ${yaml(fields.secretAccessKey)}`,
      `  region: ${yaml(fields.region)}`,
      ...(fields.endpoint === undefined ? [] : [`  endpoint: ${yaml(fields.endpoint)}`]),
    ],
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

/** The formats that can carry a session token. */
export const tokenFormats = (): HandoffFormatName[] =>
  Object.entries<HandoffFormat>(handoffFormats)
    .filter(([, { takesToken }]) => takesToken === true)
    .map(([name]) => name as HandoffFormatName);

/** Why a format can't carry temporary credentials. */
export const noToken = (format: HandoffFormatName): string =>
  `The format ${format} has no place for a session token, without which temporary credentials do not work. Use one of ${tokenFormats().join(", ")}, or --json.`;

/** Characters that a line of text doesn't show, above all line breaks. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/u;

/**
 * A consumer's complete credentials, including the secret, in the format that its tool reads.
 *
 * @returns lines of text, each with a line break
 * @throws an `Error` that names the field, and not its value, if a value can't be written in this format, or it has a session
 *   token and the format's reader accepts none
 */
export function handoff(format: HandoffFormatName, fields: HandoffFields): string {
  const { cannotHold, takesToken, render }: HandoffFormat = handoffFormats[format];
  if (fields.sessionToken !== undefined && takesToken !== true) {
    throw new Error(noToken(format));
  }
  for (const [field, value] of Object.entries(fields)) {
    if (value === "" && field !== "prefix") {
      throw new Error(`${field} is empty. A hand-off needs it.`);
    }
    if (value !== undefined && (invisible.test(value) || cannotHold?.test(value))) {
      throw new Error(
        `${field} holds characters that the format ${format} cannot represent. Use another format, or a key without them.`,
      );
    }
  }
  return `${render(fields).join("\n")}\n`;
}
