// What people type, with what becomes of it. Each row says where it comes from: a tool's documents, a public report, or the way
// in which it came about.

const unseen = (value: string, range: string, what: string, setting = "allowedIpRanges") =>
  `${setting} = "${value}": S3 never sees addresses in ${range} (${what}), so the key would not work from anywhere; use the public address of your network or its NAT (curl https://checkip.amazonaws.com shows it); for a VPC endpoint remove the setting, and set a permissionsBoundary with a condition on aws:SourceVpce.`;

const covered = (operation: string, action: string) =>
  `extraActions = "s3:${operation}": ${operation} is an S3 operation, not an action; it is covered by ${action}; use ${action}, unless the access profile grants it already (the command policy shows it).`;

const undoing = (action: string, can: string) =>
  `extraActions of mLab: with ${action}, anyone who has the key ${can}. Remove it if you can.`;

const holding = (outer: string, can: string, inner: string) =>
  `${outer} can ${can} the backups of ${inner}. Unless you want that, for example for restores, give each its own prefix.`;

/** The arguments that settings are taken for, with the warnings of an update; or the lines that refuse them. */
type Outcome = readonly string[] | { readonly taken: object; readonly warnings?: readonly string[] };

/** By where they come from: settings as Pulumi's configuration holds them, and what becomes of them. */
export const inputs: readonly (readonly [
  from: string,
  texts: Readonly<Record<string, string>>,
  outcome: Outcome,
])[] = [
  // What should not have been taken, and what should not have been refused.
  [
    "private network (AWS: VPC endpoints)",
    { allowedIpRanges: "10.0.0.0/8" },
    [unseen("10.0.0.0/8", "10.0.0.0/8", "a private network, RFC 1918")],
  ],
  [
    "private network (RFC 1918)",
    { allowedIpRanges: '["192.168.1.0/24"]' },
    [unseen("192.168.1.0/24", "192.168.0.0/16", "a private network, RFC 1918")],
  ],
  [
    "carrier's NAT (RFC 6598)",
    { allowedIpRanges: "100.64.0.0/10" },
    [unseen("100.64.0.0/10", "100.64.0.0/10", "a carrier's NAT, RFC 6598")],
  ],
  [
    "loopback",
    { allowedIpRanges: "127.0.0.1/32" },
    [unseen("127.0.0.1/32", "127.0.0.0/8", "loopback, RFC 1122")],
  ],
  [
    "link-local",
    { allowedIpRanges: "169.254.10.0/24" },
    [unseen("169.254.10.0/24", "169.254.0.0/16", "link-local, RFC 3927")],
  ],
  [
    "IPv4-mapped",
    { allowedIpRanges: "::ffff:203.0.113.7/128" },
    [unseen("::ffff:203.0.113.7/128", "::ffff:0:0/96", "IPv4-mapped: write it as IPv4, RFC 4291")],
  ],
  [
    "documentation",
    { allowedIpRanges: "203.0.113.7/32" },
    [unseen("203.0.113.7/32", "203.0.113.0/24", "documentation, RFC 5737")],
  ],
  [
    "documentation",
    { allowedIpRanges: "2001:db8::/32" },
    [unseen("2001:db8::/32", "2001:db8::/32", "documentation, RFC 3849")],
  ],
  [
    "multicast",
    { allowedIpRanges: "224.0.0.0/4" },
    [unseen("224.0.0.0/4", "224.0.0.0/4", "multicast, RFC 5771")],
  ],
  [
    "the whole internet in two",
    { allowedIpRanges: "0.0.0.0/1,128.0.0.0/1" },
    {
      taken: { allowedIpRanges: ["0.0.0.0/1", "128.0.0.0/1"] },
      warnings: [
        "allowedIpRanges of mLab: together the ranges are the whole internet (IPv4), so they limit nothing. Remove the setting, or use narrower ranges.",
      ],
    },
  ],
  [
    "S3 guide: period-only path segments",
    { prefix: ".." },
    [
      'prefix = "..": must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch; for example "db1".',
    ],
  ],
  [
    "windlass#13",
    { prefix: "a/../b" },
    [
      'prefix = "a/../b": must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch; for example "a/b".',
    ],
  ],
  [
    "windlass#16",
    { prefix: "a/./b" },
    [
      'prefix = "a/./b": must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch; for example "a/b".',
    ],
  ],
  [
    "windlass#18",
    { prefix: "./db1" },
    [
      'prefix = "./db1": must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch; for example "db1".',
    ],
  ],
  [
    "cloudposse/terraform-aws-s3-bucket: several users",
    { access: "restic", prefix: "db", consumers: '{"x":{"access":"read-write","prefix":"db/x"}}' },
    {
      taken: { access: "restic", prefix: "db", consumers: { x: { access: "read-write", prefix: "db/x" } } },
      warnings: [holding("mLab (db/)", "read, overwrite and delete", "x (db/x/)")],
    },
  ],
  [
    "common: the first consumer has the whole bucket",
    { consumers: '{"db2":{"access":"restic","prefix":"db2"}}' },
    {
      taken: { consumers: { db2: { access: "restic", prefix: "db2" } } },
      warnings: [holding("mLab (the whole bucket)", "read, overwrite and delete", "db2 (db2/)")],
    },
  ],
  [
    "wal-g#1960",
    { access: "wal-g", extraActions: "s3:GetBucketVersioning" },
    {
      taken: { access: "wal-g", extraActions: ["s3:GetBucketVersioning"] },
      warnings: [
        undoing(
          "s3:GetBucketVersioning",
          "sees that the bucket is versioned, and WAL-G, clickhouse-backup and similar tools then delete old versions for good, or fail if they may not",
        ),
      ],
    },
  ],
  [
    "sst#5076",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:cn-north-1:111122223333:key/1234abcd" },
    [
      'kmsKeyArn = "arn:aws:kms:cn-north-1:111122223333:key/1234abcd": the region of the key must be in the partition that the ARN starts with; copy the ARN from KMS: cn-north-1 is in aws-cn.',
    ],
  ],
  [
    "gardener#766",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd" },
    [
      'kmsKeyArn = "arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd": the region of the key must be in the partition that the ARN starts with; copy the ARN from KMS: eu-central-1 is in aws.',
    ],
  ],
  [
    "key of another region",
    {
      "aws:region": "eu-central-1",
      encryption: "sse-kms",
      kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
    },
    [
      'kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd": the KMS key is in eu-west-1, and the bucket in eu-central-1; both must be in the same region; use a key in the region of the bucket.',
    ],
  ],
  [
    "S3 guide: periods and virtual hosts",
    { bucketName: "my.backups" },
    [
      'bucketName = "my.backups": must not contain periods: clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it; for example "my-backups"; if the bucket already exists, set adoptedBucket to true.',
    ],
  ],
  [
    "S3 guide: periods and virtual hosts",
    { bucketName: "my.backups", adoptedBucket: "true" },
    {
      taken: { bucketName: "my.backups", adoptedBucket: true },
      warnings: [
        "The name of the bucket my.backups contains periods: clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it. Plain HTTP is refused. Configure your client for path-style addressing.",
      ],
    },
  ],
  [
    "S3 guide: periods and virtual hosts",
    { existingBucket: "my.backups" },
    {
      taken: { existingBucket: "my.backups" },
      warnings: [
        "The name of the bucket my.backups contains periods: clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it. Plain HTTP is refused. Configure your client for path-style addressing.",
      ],
    },
  ],
  [
    "a consumer's name with a period",
    { consumer: "my.db" },
    [
      'consumer = "my.db": must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it; for example "mydb".',
    ],
  ],
  [
    "pulumi-aws#6247",
    { existingBucket: "mybucket-123456789012-eu-west-1-an" },
    { taken: { existingBucket: "mybucket-123456789012-eu-west-1-an" } },
  ],
  [
    "pulumi-aws#6247",
    { bucketName: "mybucket-123456789012-eu-west-1-an" },
    [
      'bucketName = "mybucket-123456789012-eu-west-1-an": must not end with -an: S3 accepts such names only in the account-regional namespace, as NAME-ACCOUNT-REGION-an; for example "mybucket", with which bucketNamespace account-regional adds the rest; if the bucket already exists, set adoptedBucket to true.',
    ],
  ],
  [
    "terraform-provider-aws#46962",
    { bucketNamespace: "account-regional", bucketName: "mybucket-123456789012-eu-west-1-an" },
    [
      'bucketName = "mybucket-123456789012-eu-west-1-an": must not end with -an: in the account-regional namespace the program adds -ACCOUNT-REGION-an to the name; for example "mybucket".',
    ],
  ],
  [
    "adopt and a namespace",
    { bucketNamespace: "account-regional", bucketName: "b-123456789012-eu-west-1-an", adoptedBucket: "true" },
    [
      'bucketNamespace = "account-regional": an adopted bucket keeps its exact name, so nothing can be appended to the name; remove bucketNamespace.',
    ],
  ],
  [
    "S3 guide: names before March 2018",
    { existingBucket: "My_Bucket" },
    {
      taken: { existingBucket: "My_Bucket" },
      warnings: [
        "The name of the bucket My_Bucket is from before March 2018, and clients can reach it only with path-style addressing. Configure your client for it.",
      ],
    },
  ],
  [
    "S3 guide: names before March 2018",
    { bucketName: "My_Bucket", adoptedBucket: "true" },
    {
      taken: { bucketName: "My_Bucket", adoptedBucket: true },
      warnings: [
        "The name of the bucket My_Bucket is from before March 2018, and clients can reach it only with path-style addressing. Configure your client for it.",
      ],
    },
  ],
  [
    "S3 guide: names before March 2018",
    { bucketName: "My_Bucket" },
    [
      'bucketName = "My_Bucket": must contain only lowercase letters, digits and hyphens; for example "my-bucket".',
    ],
  ],
  ["Hive", { access: "restic", prefix: "db=1" }, { taken: { access: "restic", prefix: "db=1" } }],
  [
    "Hive",
    { access: "restic", prefix: "year=2026/month=11" },
    { taken: { access: "restic", prefix: "year=2026/month=11" } },
  ],
  ["S3 keys", { access: "restic", prefix: "a+b" }, { taken: { access: "restic", prefix: "a+b" } }],
  [
    "Pulumi: config set --path tags.costCenter 42",
    { tags: '{"costCenter":42}' },
    { taken: { tags: { costCenter: "42" } } },
  ],
  [
    "Pulumi: config set --path tags.managed true",
    { tags: '{"managed":true}' },
    { taken: { tags: { managed: "true" } } },
  ],
  [
    "Pulumi: config set --path l.x +7",
    { consumers: '{"db2":{"access":"restic","prefix":7}}' },
    {
      taken: { consumers: { db2: { access: "restic", prefix: "7" } } },
      warnings: [holding("mLab (the whole bucket)", "read, overwrite and delete", "db2 (7/)")],
    },
  ],
  [
    "YAML: 1.50 is a number",
    { tags: '{"version":1.5}' },
    [
      'tags = {"version":1.5}: the value of "version" must be a string: if it is read as a number, part of it, such as a leading zero, may be lost; quote it in the stack\'s file, or run: npx pulumi config set --path NAME --type string -- "VALUE".',
    ],
  ],
  ["YAML: 1e3 is a number", { tags: '{"size":1000}' }, { taken: { tags: { size: "1000" } } }],
  [
    "Pulumi: 9007199254740993",
    { tags: '{"id":9007199254740993}' },
    [
      'tags = {"id":9007199254740992}: the value of "id" must be a string: if it is read as a number, part of it, such as a leading zero, may be lost; quote it in the stack\'s file, or run: npx pulumi config set --path NAME --type string -- "VALUE".',
    ],
  ],
  [
    "comma-separated",
    { allowedIpRanges: "3.5.140.7/32,3.5.144.0/23" },
    { taken: { allowedIpRanges: ["3.5.140.7/32", "3.5.144.0/23"] } },
  ],
  ["lone text", { allowedIpRanges: "3.5.140.7/32" }, { taken: { allowedIpRanges: ["3.5.140.7/32"] } }],
  ["trailing space", { bucketName: "my-backups " }, { taken: { bucketName: "my-backups" } }],
  ["quotes copied along", { bucketName: '"my-backups"' }, { taken: { bucketName: "my-backups" } }],
  ["full-width keyboard", { bucketName: "ｍｙ－ｂａｃｋｕｐｓ" }, { taken: { bucketName: "my-backups" } }],
  [
    "word processor: en dash",
    { bucketName: "my\u2013backups" },
    [
      'bucketName = "my\u2013backups": must contain only lowercase letters, digits and hyphens; it has "\u2013" (U+2013, an en dash); for example "my-backups".',
    ],
  ],
  // Operations written as actions.
  ["Veeam KB3151", { extraActions: "s3:HeadBucket" }, [covered("HeadBucket", "s3:ListBucket")]],
  ["barman#786", { extraActions: "s3:ListObjectsV2" }, [covered("ListObjectsV2", "s3:ListBucket")]],
  [
    "Stack Overflow: s3:ListObjects",
    { extraActions: "s3:ListObjects" },
    [covered("ListObjects", "s3:ListBucket")],
  ],
  [
    "Stack Overflow: s3:HeadObject",
    { extraActions: "s3:HeadObject" },
    [covered("HeadObject", "s3:GetObject")],
  ],
  [
    "MySQL Shell: Access Denied for CreateMultipartUpload",
    { extraActions: "s3:CreateMultipartUpload" },
    [covered("CreateMultipartUpload", "s3:PutObject")],
  ],
  [
    "AWS CLI: an error occurred when calling UploadPart",
    { extraActions: "s3:UploadPart" },
    [covered("UploadPart", "s3:PutObject")],
  ],
  [
    "AWS CLI: when calling CompleteMultipartUpload",
    { extraActions: "s3:CompleteMultipartUpload" },
    [covered("CompleteMultipartUpload", "s3:PutObject")],
  ],
  [
    "AWS CLI: when calling CopyObject",
    { extraActions: "s3:CopyObject" },
    [
      'extraActions = "s3:CopyObject": CopyObject is an S3 operation, not an action; it is covered by s3:PutObject with s3:GetObject; use s3:PutObject and s3:GetObject, unless the access profile grants it already (the command policy shows it).',
    ],
  ],
  [
    "AWS CLI: when calling UploadPartCopy",
    { extraActions: "s3:UploadPartCopy" },
    [
      'extraActions = "s3:UploadPartCopy": UploadPartCopy is an S3 operation, not an action; it is covered by s3:PutObject with s3:GetObject; use s3:PutObject and s3:GetObject, unless the access profile grants it already (the command policy shows it).',
    ],
  ],
  [
    "boto3: delete_objects",
    { extraActions: "s3:DeleteObjects" },
    [covered("DeleteObjects", "s3:DeleteObject")],
  ],
  [
    "boto3: list_object_versions",
    { extraActions: "s3:ListObjectVersions" },
    [covered("ListObjectVersions", "s3:ListBucketVersions")],
  ],
  [
    "boto3: list_parts",
    { extraActions: "s3:ListParts" },
    [covered("ListParts", "s3:ListMultipartUploadParts")],
  ],
  [
    "boto3: list_multipart_uploads",
    { extraActions: "s3:ListMultipartUploads" },
    [covered("ListMultipartUploads", "s3:ListBucketMultipartUploads")],
  ],
  [
    "virtualmin-gpl#1009",
    { extraActions: "s3:ListBuckets" },
    [
      'extraActions = "s3:ListBuckets": ListBuckets is an S3 operation, not an action; it is covered by s3:ListAllMyBuckets; use s3:ListAllMyBuckets, unless the access profile grants it already (the command policy shows it).',
    ],
  ],
  [
    "kopia: Object Lock",
    { extraActions: "s3:GetObjectLockConfiguration" },
    [covered("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration")],
  ],
  [
    "Terraform: GetBucketEncryption",
    { extraActions: "s3:GetBucketEncryption" },
    [covered("GetBucketEncryption", "s3:GetEncryptionConfiguration")],
  ],
  [
    "Terraform: GetBucketLifecycleConfiguration",
    { extraActions: "s3:GetBucketLifecycleConfiguration" },
    [covered("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration")],
  ],
  [
    "S3 API before 2018",
    { extraActions: "s3:GetBucketLifecycle" },
    [covered("GetBucketLifecycle", "s3:GetLifecycleConfiguration")],
  ],
  [
    "S3 API before 2018",
    { extraActions: "s3:PutBucketLifecycle" },
    [covered("PutBucketLifecycle", "s3:PutLifecycleConfiguration")],
  ],
  [
    "Terraform: GetBucketReplication",
    { extraActions: "s3:GetBucketReplication" },
    [covered("GetBucketReplication", "s3:GetReplicationConfiguration")],
  ],
  [
    "Terraform: GetBucketAccelerateConfiguration",
    { extraActions: "s3:GetBucketAccelerateConfiguration" },
    [covered("GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration")],
  ],
  [
    "Terraform: GetPublicAccessBlock",
    { extraActions: "s3:GetPublicAccessBlock" },
    [covered("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock")],
  ],
  [
    "AWS CLI: put-public-access-block",
    { extraActions: "s3:PutPublicAccessBlock" },
    [covered("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock")],
  ],
  [
    "AWS CLI: delete-public-access-block",
    { extraActions: "s3:DeletePublicAccessBlock" },
    [covered("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock")],
  ],
  [
    "AWS CLI: put-bucket-encryption",
    { extraActions: "s3:PutBucketEncryption" },
    [covered("PutBucketEncryption", "s3:PutEncryptionConfiguration")],
  ],
  [
    "AWS CLI: delete-bucket-encryption",
    { extraActions: "s3:DeleteBucketEncryption" },
    [covered("DeleteBucketEncryption", "s3:PutEncryptionConfiguration")],
  ],
  [
    "AWS CLI: put-bucket-lifecycle-configuration",
    { extraActions: "s3:PutBucketLifecycleConfiguration" },
    [covered("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration")],
  ],
  [
    "AWS CLI: delete-bucket-lifecycle",
    { extraActions: "s3:DeleteBucketLifecycle" },
    [covered("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration")],
  ],
  [
    "AWS CLI: put-bucket-replication",
    { extraActions: "s3:PutBucketReplication" },
    [covered("PutBucketReplication", "s3:PutReplicationConfiguration")],
  ],
  [
    "AWS CLI: put-object-lock-configuration",
    { extraActions: "s3:PutObjectLockConfiguration" },
    [covered("PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration")],
  ],
  [
    "AWS CLI: put-bucket-notification-configuration",
    { extraActions: "s3:PutBucketNotificationConfiguration" },
    [covered("PutBucketNotificationConfiguration", "s3:PutBucketNotification")],
  ],
  [
    "AWS CLI: get-bucket-notification-configuration",
    { extraActions: "s3:GetBucketNotificationConfiguration" },
    [covered("GetBucketNotificationConfiguration", "s3:GetBucketNotification")],
  ],
  [
    "AWS CLI: get-bucket-cors",
    { extraActions: "s3:GetBucketCors" },
    { taken: { extraActions: ["s3:GetBucketCORS"] } },
  ],
  [
    "AWS CLI: put-bucket-cors",
    { extraActions: "s3:PutBucketCors" },
    {
      taken: { extraActions: ["s3:PutBucketCORS"] },
      warnings: [undoing("s3:PutBucketCORS", "can change the bucket itself")],
    },
  ],
  [
    "AWS CLI: delete-bucket-cors",
    { extraActions: "s3:DeleteBucketCors" },
    [covered("DeleteBucketCors", "s3:PutBucketCORS")],
  ],
  [
    "AWS CLI: delete-bucket-tagging",
    { extraActions: "s3:DeleteBucketTagging" },
    [covered("DeleteBucketTagging", "s3:PutBucketTagging")],
  ],
  [
    "AWS CLI: list-bucket-inventory-configurations",
    { extraActions: "s3:ListBucketInventoryConfigurations" },
    [covered("ListBucketInventoryConfigurations", "s3:GetInventoryConfiguration")],
  ],
  [
    "AWS CLI: select-object-content",
    { extraActions: "s3:SelectObjectContent" },
    [covered("SelectObjectContent", "s3:GetObject")],
  ],
  ["S3 API: POST of a form", { extraActions: "s3:PostObject" }, [covered("PostObject", "s3:PutObject")]],
  [
    "S3 REST guide: Initiate Multipart Upload",
    { extraActions: "s3:InitiateMultipartUpload" },
    [covered("InitiateMultipartUpload", "s3:PutObject")],
  ],
  [
    "S3 REST guide: Delete Multiple Objects",
    { extraActions: "s3:DeleteMultipleObjects" },
    [covered("DeleteMultipleObjects", "s3:DeleteObject")],
  ],
  [
    "AWS SDK: directory buckets",
    { extraActions: "s3:CreateSession" },
    [
      'extraActions = "s3:CreateSession": CreateSession is an S3 operation without an action on a general purpose bucket; remove it: the key is for one bucket.',
    ],
  ],
  [
    "AWS SDK: directory buckets",
    { extraActions: "s3:ListDirectoryBuckets" },
    [
      'extraActions = "s3:ListDirectoryBuckets": ListDirectoryBuckets is an S3 operation without an action on a general purpose bucket; remove it: the key is for one bucket.',
    ],
  ],
  [
    "AWS SDK: Object Lambda",
    { extraActions: "s3:WriteGetObjectResponse" },
    [
      'extraActions = "s3:WriteGetObjectResponse": WriteGetObjectResponse is an S3 operation without an action on a general purpose bucket; remove it: the key is for one bucket.',
    ],
  ],
  [
    "an operation without its service",
    { extraActions: "HeadBucket" },
    [
      'extraActions = "HeadBucket": HeadBucket is an S3 operation, not an action; it is covered by s3:ListBucket; use s3:ListBucket, unless the access profile grants it already (the command policy shows it).',
    ],
  ],
  [
    "an operation in lower case",
    { extraActions: "s3:listobjectsv2" },
    [
      'extraActions = "s3:listobjectsv2": ListObjectsV2 is an S3 operation, not an action; it is covered by s3:ListBucket; use s3:ListBucket, unless the access profile grants it already (the command policy shows it).',
    ],
  ],
  [
    "an operation, misspelt",
    { extraActions: "s3:ListObjectV2" },
    [
      'extraActions = "s3:ListObjectV2": is not an action on a bucket or its objects that IAM knows; ListObjectsV2 is an S3 operation, not an action; it is covered by s3:ListBucket; did you mean ListObjectsV2?',
    ],
  ],
  [
    "an operation, misspelt",
    { extraActions: "s3:HeadObjects" },
    [
      'extraActions = "s3:HeadObjects": is not an action on a bucket or its objects that IAM knows; HeadObject is an S3 operation, not an action; it is covered by s3:GetObject; did you mean HeadObject?',
    ],
  ],
  [
    "an operation, misspelt",
    { extraActions: "s3:UploadParts" },
    [
      'extraActions = "s3:UploadParts": is not an action on a bucket or its objects that IAM knows; UploadPart is an S3 operation, not an action; it is covered by s3:PutObject; did you mean UploadPart?',
    ],
  ],
  // Wildcards.
  [
    "SpinupWP",
    { extraActions: "s3:GetObject*" },
    [
      'extraActions = "s3:GetObject*": must be the full name of an action; this pattern would grant 16 actions, s3:GetObject among them; name the actions that your tool needs.',
    ],
  ],
  [
    "SpinupWP",
    { extraActions: "s3:GetBucket*" },
    [
      'extraActions = "s3:GetBucket*": must be the full name of an action; this pattern would grant 16 actions, s3:GetBucketVersioning among them; name the actions that your tool needs.',
    ],
  ],
  [
    "SpinupWP",
    { extraActions: "s3:List*" },
    [
      'extraActions = "s3:List*": must be the full name of an action; this pattern would grant 8 actions, s3:ListAllMyBuckets among them; name the actions that your tool needs.',
    ],
  ],
  [
    "SpinupWP",
    { extraActions: "s3:DeleteObject*" },
    [
      'extraActions = "s3:DeleteObject*": must be the full name of an action; this pattern would grant 6 actions, s3:DeleteObjectVersion among them; name the actions that your tool needs.',
    ],
  ],
  [
    "SpinupWP",
    { extraActions: "s3:Abort*" },
    [
      'extraActions = "s3:Abort*": must be the full name of an action; this pattern would grant s3:AbortMultipartUpload; use s3:AbortMultipartUpload.',
    ],
  ],
  [
    "AWS guide: read-only",
    { extraActions: "s3:Get*" },
    [
      'extraActions = "s3:Get*": must be the full name of an action; this pattern would grant 40 actions, s3:GetBucketVersioning among them; name the actions that your tool needs.',
    ],
  ],
  [
    "AmazonS3FullAccess",
    { extraActions: "s3:*" },
    [
      'extraActions = "s3:*": must be the full name of an action; this pattern would grant 107 actions, s3:DeleteBucket among them; name the actions that your tool needs.',
    ],
  ],
  [
    "AdministratorAccess",
    { extraActions: "*" },
    [
      'extraActions = "*": must be the full name of an action; this pattern would grant 107 actions, s3:DeleteBucket among them; name the actions that your tool needs.',
    ],
  ],
  [
    "Laravel forums",
    { extraActions: "s3:*Object" },
    [
      'extraActions = "s3:*Object": must be the full name of an action; this pattern would grant 5 actions, s3:ReplicateObject among them; name the actions that your tool needs.',
    ],
  ],
  [
    "policy generators",
    { extraActions: "s3:PutObject*" },
    [
      'extraActions = "s3:PutObject*": must be the full name of an action; this pattern would grant 9 actions, s3:PutObjectAcl among them; name the actions that your tool needs.',
    ],
  ],
  [
    "IAM: one character",
    { extraActions: "s3:GetObjec?" },
    [
      'extraActions = "s3:GetObjec?": must be the full name of an action; this pattern would grant s3:GetObject; use s3:GetObject.',
    ],
  ],
  [
    "a wildcard that meets nothing",
    { extraActions: "s3:Backup*" },
    [
      'extraActions = "s3:Backup*": must be the full name of an action; this pattern would grant nothing; name the actions that your tool needs.',
    ],
  ],
  [
    "a wildcard without its service",
    { extraActions: "Get*" },
    [
      'extraActions = "Get*": must be the full name of an action; this pattern would grant 40 actions, s3:GetBucketVersioning among them; name the actions that your tool needs.',
    ],
  ],
  [
    "another service's",
    { extraActions: "ec2:Describe*" },
    ['extraActions = "ec2:Describe*": must be an S3 action, for example s3:GetObjectTagging.'],
  ],
  // Other actions.
  [
    "backwpup#92",
    { extraActions: "s3:ListAllMyBuckets" },
    {
      taken: { extraActions: ["s3:ListAllMyBuckets"] },
      warnings: [
        "extraActions of mLab: with s3:ListAllMyBuckets, anyone who has the key sees the names of all buckets of the account, but not what is in the others. Remove it if you can.",
      ],
    },
  ],
  [
    "Commvault",
    { extraActions: "s3:CreateJob" },
    [
      'extraActions = "s3:CreateJob": IAM grants s3:CreateJob only for the whole account; remove it: the key is for one bucket.',
    ],
  ],
  [
    "Commvault",
    { extraActions: "iam:PassRole" },
    ['extraActions = "iam:PassRole": must be an S3 action, for example s3:GetObjectTagging.'],
  ],
  [
    "Velero: volume snapshots",
    { extraActions: "ec2:DescribeSnapshots" },
    ['extraActions = "ec2:DescribeSnapshots": must be an S3 action, for example s3:GetObjectTagging.'],
  ],
  [
    "S3 on Outposts",
    { extraActions: "s3-outposts:GetObject" },
    ['extraActions = "s3-outposts:GetObject": must be an S3 action, for example s3:GetObjectTagging.'],
  ],
  [
    "directory buckets",
    { extraActions: "s3express:CreateSession" },
    ['extraActions = "s3express:CreateSession": must be an S3 action, for example s3:GetObjectTagging.'],
  ],
  [
    "SSE-KMS guides",
    { extraActions: "kms:Decrypt" },
    ['extraActions = "kms:Decrypt": must be an S3 action, for example s3:GetObjectTagging.'],
  ],
  [
    "AWS console",
    { extraActions: "s3:GetAccountPublicAccessBlock" },
    [
      'extraActions = "s3:GetAccountPublicAccessBlock": IAM grants s3:GetAccountPublicAccessBlock only for the whole account; remove it: the key is for one bucket.',
    ],
  ],
  [
    "S3 access points",
    { extraActions: "s3:GetAccessPoint" },
    [
      'extraActions = "s3:GetAccessPoint": IAM grants s3:GetAccessPoint only for the whole account; remove it: the key is for one bucket.',
    ],
  ],
  [
    "mLab's guide",
    { extraActions: "s3:DeleteObjectAcl" },
    [
      'extraActions = "s3:DeleteObjectAcl": is not an action on a bucket or its objects that IAM knows; did you mean s3:DeleteObject?',
    ],
  ],
  [
    "misspelt",
    { extraActions: "s3:GetObjectTaging" },
    [
      'extraActions = "s3:GetObjectTaging": is not an action on a bucket or its objects that IAM knows; did you mean s3:GetObjectTagging?',
    ],
  ],
  [
    "misspelt",
    { extraActions: "s3:PutObjectTags" },
    [
      'extraActions = "s3:PutObjectTags": is not an action on a bucket or its objects that IAM knows; did you mean s3:PutObjectAcl?',
    ],
  ],
  [
    "misspelt",
    { extraActions: "s3:ListBucketMultipartUpload" },
    [
      'extraActions = "s3:ListBucketMultipartUpload": is not an action on a bucket or its objects that IAM knows; did you mean s3:ListBucketMultipartUploads?',
    ],
  ],
  [
    "no action at all",
    { extraActions: "read" },
    [
      'extraActions = "read": is not an action on a bucket or its objects that IAM knows, for example s3:GetObjectTagging.',
    ],
  ],
  [
    "IAM is blind to case",
    { extraActions: "s3:getobjecttagging" },
    { taken: { extraActions: ["s3:GetObjectTagging"] } },
  ],
  [
    "IAM is blind to case",
    { extraActions: "S3:GetObjectTagging" },
    { taken: { extraActions: ["s3:GetObjectTagging"] } },
  ],
  [
    "table of docs/access-profiles.md has no s3:",
    { extraActions: "GetObjectTagging" },
    { taken: { extraActions: ["s3:GetObjectTagging"] } },
  ],
  [
    "Velero#8062",
    { extraActions: "s3:PutObjectTagging,s3:GetObjectTagging" },
    { taken: { extraActions: ["s3:PutObjectTagging", "s3:GetObjectTagging"] } },
  ],
  [
    "barman#1116",
    { extraActions: "s3:GetObjectRetention, s3:GetObjectLegalHold" },
    { taken: { extraActions: ["s3:GetObjectRetention", "s3:GetObjectLegalHold"] } },
  ],
  [
    "JSON copied out of a policy",
    { extraActions: '["s3:GetObjectTagging", "s3:PutObjectTagging"]' },
    { taken: { extraActions: ["s3:GetObjectTagging", "s3:PutObjectTagging"] } },
  ],
  [
    "one line of a policy",
    { extraActions: '"s3:GetObjectTagging",' },
    { taken: { extraActions: ["s3:GetObjectTagging"] } },
  ],
  [
    "lines of a policy",
    { extraActions: '"s3:GetObjectTagging", "s3:GetObjectVersion"' },
    { taken: { extraActions: ["s3:GetObjectTagging", "s3:GetObjectVersion"] } },
  ],
  [
    "YAML flow without quotes",
    { extraActions: "[s3:GetObjectTagging, s3:GetObjectVersion]" },
    { taken: { extraActions: ["s3:GetObjectTagging", "s3:GetObjectVersion"] } },
  ],
  [
    "semicolons",
    { extraActions: "s3:GetObjectTagging; s3:GetObjectVersion" },
    { taken: { extraActions: ["s3:GetObjectTagging", "s3:GetObjectVersion"] } },
  ],
  [
    "a list in the first entry",
    { extraActions: '["s3:GetObjectTagging,s3:GetObjectVersion"]' },
    { taken: { extraActions: ["s3:GetObjectTagging", "s3:GetObjectVersion"] } },
  ],
  [
    "a number",
    { extraActions: "[42]" },
    [
      'extraActions = "42": is not an action on a bucket or its objects that IAM knows, for example s3:GetObjectTagging.',
    ],
  ],
  [
    "an empty list",
    { extraActions: "[]" },
    [
      'extraActions = []: must be a list of at least one action, for example ["s3:GetObjectTagging"], or remove it.',
    ],
  ],
  [
    "nothing",
    { extraActions: " " },
    [
      'extraActions = []: must be a list of at least one action, for example ["s3:GetObjectTagging"], or remove it.',
    ],
  ],
  // What extra actions undo.
  [
    "NetBackup MSDP",
    { extraActions: "s3:DeleteObjectVersion" },
    {
      taken: { extraActions: ["s3:DeleteObjectVersion"] },
      warnings: [
        undoing(
          "s3:DeleteObjectVersion",
          "can delete old versions, which are needed to undo an overwrite or a deletion",
        ),
      ],
    },
  ],
  [
    "NetBackup MSDP",
    { extraActions: "s3:BypassGovernanceRetention" },
    {
      taken: { extraActions: ["s3:BypassGovernanceRetention"] },
      warnings: [
        undoing("s3:BypassGovernanceRetention", "can delete what Object Lock keeps in governance mode"),
      ],
    },
  ],
  [
    "kopia: Object Lock",
    { extraActions: "s3:PutObjectRetention" },
    {
      taken: { extraActions: ["s3:PutObjectRetention"] },
      warnings: [
        undoing("s3:PutObjectRetention", "can prevent everyone from deleting objects, for up to 100 years"),
      ],
    },
  ],
  [
    "Veeam KB3151",
    { extraActions: "s3:PutObjectLegalHold" },
    {
      taken: { extraActions: ["s3:PutObjectLegalHold"] },
      warnings: [
        undoing("s3:PutObjectLegalHold", "can prevent everyone from deleting objects, indefinitely"),
      ],
    },
  ],
  [
    "AltaVault",
    { extraActions: "s3:PutLifecycleConfiguration" },
    {
      taken: { extraActions: ["s3:PutLifecycleConfiguration"] },
      warnings: [
        undoing("s3:PutLifecycleConfiguration", "can make S3 delete everything, including old versions"),
      ],
    },
  ],
  [
    "minio mc",
    { extraActions: "s3:PutBucketPolicy" },
    {
      taken: { extraActions: ["s3:PutBucketPolicy"] },
      warnings: [undoing("s3:PutBucketPolicy", "can grant anyone any access to the bucket")],
    },
  ],
  [
    "minio mc",
    { extraActions: "s3:DeleteBucketPolicy" },
    {
      taken: { extraActions: ["s3:DeleteBucketPolicy"] },
      warnings: [
        undoing("s3:DeleteBucketPolicy", "can remove the bucket's policy, which refuses plain HTTP"),
      ],
    },
  ],
  [
    "duplicity",
    { extraActions: "s3:PutBucketVersioning" },
    {
      taken: { extraActions: ["s3:PutBucketVersioning"] },
      warnings: [
        undoing("s3:PutBucketVersioning", "can suspend versioning, so that what is deleted is gone"),
      ],
    },
  ],
  [
    "Terraform",
    { extraActions: "s3:PutEncryptionConfiguration" },
    {
      taken: { extraActions: ["s3:PutEncryptionConfiguration"] },
      warnings: [
        undoing(
          "s3:PutEncryptionConfiguration",
          "can change how the bucket encrypts, and allow keys of a client's own (SSE-C)",
        ),
      ],
    },
  ],
  [
    "Terraform",
    { extraActions: "s3:PutBucketPublicAccessBlock" },
    {
      taken: { extraActions: ["s3:PutBucketPublicAccessBlock"] },
      warnings: [undoing("s3:PutBucketPublicAccessBlock", "can open the bucket to the public")],
    },
  ],
  [
    "Terraform",
    { extraActions: "s3:PutBucketOwnershipControls" },
    {
      taken: { extraActions: ["s3:PutBucketOwnershipControls"] },
      warnings: [undoing("s3:PutBucketOwnershipControls", "can switch ACLs on")],
    },
  ],
  [
    "Terraform",
    { extraActions: "s3:PutReplicationConfiguration" },
    {
      taken: { extraActions: ["s3:PutReplicationConfiguration"] },
      warnings: [
        undoing(
          "s3:PutReplicationConfiguration",
          "can have S3 copy everything that is uploaded to another bucket",
        ),
      ],
    },
  ],
  [
    "Terraform",
    { extraActions: "s3:PutBucketObjectLockConfiguration" },
    {
      taken: { extraActions: ["s3:PutBucketObjectLockConfiguration"] },
      warnings: [
        undoing(
          "s3:PutBucketObjectLockConfiguration",
          "can change how long Object Lock keeps what is uploaded",
        ),
      ],
    },
  ],
  [
    "Terraform",
    { extraActions: "s3:DeleteBucket" },
    {
      taken: { extraActions: ["s3:DeleteBucket"] },
      warnings: [undoing("s3:DeleteBucket", "can delete the bucket once it is empty")],
    },
  ],
  [
    "s3cmd setacl",
    { extraActions: "s3:PutBucketAcl" },
    {
      taken: { extraActions: ["s3:PutBucketAcl"] },
      warnings: [undoing("s3:PutBucketAcl", "can give other accounts access with an ACL of the bucket")],
    },
  ],
  [
    "s3cmd setacl",
    { access: "restic", extraActions: "s3:PutObjectAcl" },
    {
      taken: { access: "restic", extraActions: ["s3:PutObjectAcl"] },
      warnings: [undoing("s3:PutObjectAcl", "can let other accounts read an object where ACLs are on")],
    },
  ],
  [
    "clickhouse-backup",
    { access: "read-write", extraActions: "s3:GetBucketVersioning" },
    {
      taken: { access: "read-write", extraActions: ["s3:GetBucketVersioning"] },
      warnings: [
        undoing(
          "s3:GetBucketVersioning",
          "sees that the bucket is versioned, and WAL-G, clickhouse-backup and similar tools then delete old versions for good, or fail if they may not",
        ),
      ],
    },
  ],
  [
    "Veeam has it already",
    { access: "veeam", extraActions: "s3:GetBucketVersioning" },
    { taken: { access: "veeam", extraActions: ["s3:GetBucketVersioning"] } },
  ],
  [
    "k8up, plakar",
    { extraActions: "s3:CreateBucket" },
    {
      taken: { extraActions: ["s3:CreateBucket"] },
      warnings: [undoing("s3:CreateBucket", "can change the bucket itself")],
    },
  ],
  [
    "S3 API",
    { extraActions: "s3:UpdateObjectEncryption" },
    {
      taken: { extraActions: ["s3:UpdateObjectEncryption"] },
      warnings: [
        undoing("s3:UpdateObjectEncryption", "can re-encrypt existing objects with a key of their own"),
      ],
    },
  ],
  [
    "S3 API",
    { extraActions: "s3:PutBucketTagging" },
    {
      taken: { extraActions: ["s3:PutBucketTagging"] },
      warnings: [undoing("s3:PutBucketTagging", "can change the bucket itself")],
    },
  ],
  [
    "S3 API",
    { extraActions: "s3:ReplicateObject" },
    {
      taken: { extraActions: ["s3:ReplicateObject"] },
      warnings: [undoing("s3:ReplicateObject", "can replicate objects into the bucket")],
    },
  ],
  [
    "append-only repositories",
    { access: "append-only", extraActions: "s3:DeleteObject" },
    {
      taken: { access: "append-only", extraActions: ["s3:DeleteObject"] },
      warnings: [undoing("s3:DeleteObject", "can delete the backups")],
    },
  ],
  [
    "write-only hosts",
    { access: "write-only", extraActions: "s3:ListBucket,s3:GetObject" },
    {
      taken: { access: "write-only", extraActions: ["s3:ListBucket", "s3:GetObject"] },
      warnings: [
        undoing("s3:ListBucket", "can list the backups"),
        undoing("s3:GetObject", "can read the backups"),
      ],
    },
  ],
  [
    "audits",
    { access: "read-only", extraActions: "s3:PutObject" },
    {
      taken: { access: "read-only", extraActions: ["s3:PutObject"] },
      warnings: [undoing("s3:PutObject", "can overwrite the backups")],
    },
  ],
  [
    "harmless",
    { access: "restic", extraActions: "s3:GetObjectTagging,s3:ListMultipartUploadParts" },
    { taken: { access: "restic", extraActions: ["s3:GetObjectTagging", "s3:ListMultipartUploadParts"] } },
  ],
  [
    "in a further consumer",
    {
      access: "restic",
      prefix: "a",
      consumers: '{"b":{"access":"wal-g","prefix":"b","extraActions":"s3:GetBucketVersioning"}}',
    },
    {
      taken: {
        access: "restic",
        prefix: "a",
        consumers: { b: { access: "wal-g", prefix: "b", extraActions: ["s3:GetBucketVersioning"] } },
      },
      warnings: [
        "extraActions of b: with s3:GetBucketVersioning, anyone who has the key sees that the bucket is versioned, and WAL-G, clickhouse-backup and similar tools then delete old versions for good, or fail if they may not. Remove it if you can.",
      ],
    },
  ],
  // Addresses.
  [
    "RFC 1918",
    { allowedIpRanges: "172.16.0.0/12" },
    [unseen("172.16.0.0/12", "172.16.0.0/12", "a private network, RFC 1918")],
  ],
  [
    "RFC 1918",
    { allowedIpRanges: "172.31.255.0/24" },
    [unseen("172.31.255.0/24", "172.16.0.0/12", "a private network, RFC 1918")],
  ],
  [
    "beside RFC 1918",
    { allowedIpRanges: "172.32.0.0/16" },
    { taken: { allowedIpRanges: ["172.32.0.0/16"] } },
  ],
  [
    "AWS default VPC",
    { allowedIpRanges: "172.31.0.0/16" },
    [unseen("172.31.0.0/16", "172.16.0.0/12", "a private network, RFC 1918")],
  ],
  [
    "Docker's bridge",
    { allowedIpRanges: "172.17.0.1/32" },
    [unseen("172.17.0.1/32", "172.16.0.0/12", "a private network, RFC 1918")],
  ],
  [
    "home router",
    { allowedIpRanges: "192.168.178.20" },
    [unseen("192.168.178.20/32", "192.168.0.0/16", "a private network, RFC 1918")],
  ],
  [
    "Kubernetes pods",
    { allowedIpRanges: "10.244.0.0/16" },
    [unseen("10.244.0.0/16", "10.0.0.0/8", "a private network, RFC 1918")],
  ],
  [
    "Tailscale",
    { allowedIpRanges: "100.101.102.103" },
    [unseen("100.101.102.103/32", "100.64.0.0/10", "a carrier's NAT, RFC 6598")],
  ],
  [
    "Starlink: carrier's NAT",
    { allowedIpRanges: "100.127.255.255/32" },
    [unseen("100.127.255.255/32", "100.64.0.0/10", "a carrier's NAT, RFC 6598")],
  ],
  [
    "beside a carrier's NAT",
    { allowedIpRanges: "100.128.0.0/16" },
    { taken: { allowedIpRanges: ["100.128.0.0/16"] } },
  ],
  [
    "EC2 metadata",
    { allowedIpRanges: "169.254.169.254/32" },
    [unseen("169.254.169.254/32", "169.254.0.0/16", "link-local, RFC 3927")],
  ],
  [
    "this network",
    { allowedIpRanges: "0.0.0.0/8" },
    [unseen("0.0.0.0/8", "0.0.0.0/8", "this network, RFC 791")],
  ],
  ["this host", { allowedIpRanges: "0.0.0.0" }, [unseen("0.0.0.0/32", "0.0.0.0/8", "this network, RFC 791")]],
  [
    "RFC 2544",
    { allowedIpRanges: "198.18.0.0/15" },
    [unseen("198.18.0.0/15", "198.18.0.0/15", "benchmarks, RFC 2544")],
  ],
  [
    "RFC 5737",
    { allowedIpRanges: "192.0.2.0/24" },
    [unseen("192.0.2.0/24", "192.0.2.0/24", "documentation, RFC 5737")],
  ],
  [
    "RFC 5737",
    { allowedIpRanges: "198.51.100.14/32" },
    [unseen("198.51.100.14/32", "198.51.100.0/24", "documentation, RFC 5737")],
  ],
  [
    "beside RFC 5737",
    { allowedIpRanges: "203.0.112.0/24" },
    { taken: { allowedIpRanges: ["203.0.112.0/24"] } },
  ],
  [
    "RFC 1112",
    { allowedIpRanges: "240.0.0.0/4" },
    [unseen("240.0.0.0/4", "240.0.0.0/4", "reserved, RFC 1112")],
  ],
  [
    "broadcast",
    { allowedIpRanges: "255.255.255.255/32" },
    [unseen("255.255.255.255/32", "240.0.0.0/4", "reserved, RFC 1112")],
  ],
  [
    "multicast DNS",
    { allowedIpRanges: "224.0.0.251/32" },
    [unseen("224.0.0.251/32", "224.0.0.0/4", "multicast, RFC 5771")],
  ],
  [
    "IPv6 loopback",
    { allowedIpRanges: "::1" },
    [unseen("::1/128", "::/96", "unspecified, loopback and IPv4-compatible, RFC 4291")],
  ],
  [
    "IPv6 loopback",
    { allowedIpRanges: "::1/128" },
    [unseen("::1/128", "::/96", "unspecified, loopback and IPv4-compatible, RFC 4291")],
  ],
  [
    "IPv6 private",
    { allowedIpRanges: "fd00::/8" },
    [unseen("fd00::/8", "fc00::/7", "a private network, RFC 4193")],
  ],
  [
    "IPv6 private",
    { allowedIpRanges: "fd12:3456:789a::/48" },
    [unseen("fd12:3456:789a::/48", "fc00::/7", "a private network, RFC 4193")],
  ],
  [
    "IPv6 link-local",
    { allowedIpRanges: "fe80::/10" },
    [unseen("fe80::/10", "fe80::/10", "link-local, RFC 4291")],
  ],
  [
    "IPv6 link-local of one card",
    { allowedIpRanges: "fe80::1%eth0/64" },
    [
      'allowedIpRanges = "fe80::1%eth0/64": must be a CIDR block: an address, a slash and the number of fixed bits; for example "fe80::1/128".',
    ],
  ],
  [
    "IPv6 multicast",
    { allowedIpRanges: "ff02::1/128" },
    [unseen("ff02::1/128", "ff00::/8", "multicast, RFC 4291")],
  ],
  [
    "IPv6 site-local",
    { allowedIpRanges: "fec0::/10" },
    [unseen("fec0::/10", "fec0::/10", "a private network, RFC 3879")],
  ],
  [
    "NAT64",
    { allowedIpRanges: "64:ff9b::3.5.140.7/128" },
    [
      unseen(
        "64:ff9b::3.5.140.7/128",
        "64:ff9b::/96",
        "IPv4 through a translator: write it as IPv4, RFC 6052",
      ),
    ],
  ],
  [
    "Teredo",
    { allowedIpRanges: "2001::/32" },
    [unseen("2001::/32", "2001::/23", "protocol assignments, RFC 2928")],
  ],
  [
    "RFC 9637",
    { allowedIpRanges: "3fff:abc::/32" },
    [unseen("3fff:abc::/32", "3fff::/20", "documentation, RFC 9637")],
  ],
  ["dummy", { allowedIpRanges: "100::1/128" }, [unseen("100::1/128", "100::/64", "discarded, RFC 6666")]],
  [
    "IPv4-compatible",
    { allowedIpRanges: "::3.5.140.7/128" },
    [unseen("::3.5.140.7/128", "::/96", "unspecified, loopback and IPv4-compatible, RFC 4291")],
  ],
  [
    "IPv4-mapped in hexadecimal",
    { allowedIpRanges: "::ffff:305:8c07/128" },
    [unseen("::ffff:305:8c07/128", "::ffff:0:0/96", "IPv4-mapped: write it as IPv4, RFC 4291")],
  ],
  [
    "AWS ip-ranges.json",
    { allowedIpRanges: "3.5.140.0/22" },
    { taken: { allowedIpRanges: ["3.5.140.0/22"] } },
  ],
  [
    "AWS ip-ranges.json",
    { allowedIpRanges: "2600:1f00::/24" },
    { taken: { allowedIpRanges: ["2600:1f00::/24"] } },
  ],
  [
    "IAM: a lone address is /32",
    { allowedIpRanges: "3.5.140.7" },
    { taken: { allowedIpRanges: ["3.5.140.7/32"] } },
  ],
  [
    "IAM: a lone address is /128",
    { allowedIpRanges: "2600:1f00::7" },
    { taken: { allowedIpRanges: ["2600:1f00::7/128"] } },
  ],
  [
    "netmask",
    { allowedIpRanges: "3.5.140.0/255.255.252.0" },
    { taken: { allowedIpRanges: ["3.5.140.0/22"] } },
  ],
  [
    "netmask with a hole",
    { allowedIpRanges: "3.5.140.0/255.0.255.0" },
    [
      'allowedIpRanges = "3.5.140.0/255.0.255.0": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/32".',
    ],
  ],
  [
    "spaces around the slash",
    { allowedIpRanges: "3.5.140.0 / 22" },
    { taken: { allowedIpRanges: ["3.5.140.0/22"] } },
  ],
  [
    "a zero before the bits",
    { allowedIpRanges: "3.0.0.0/08" },
    { taken: { allowedIpRanges: ["3.0.0.0/8"] } },
  ],
  [
    "octal address",
    { allowedIpRanges: "03.5.140.7/32" },
    [
      'allowedIpRanges = "03.5.140.7/32": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "three parts",
    { allowedIpRanges: "3.5.140/24" },
    [
      'allowedIpRanges = "3.5.140/24": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "a range with a hyphen",
    { allowedIpRanges: "3.5.140.1-3.5.140.9" },
    [
      'allowedIpRanges = "3.5.140.1-3.5.140.9": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "a wildcard",
    { allowedIpRanges: "3.5.140.*" },
    [
      'allowedIpRanges = "3.5.140.*": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "too many bits",
    { allowedIpRanges: "3.5.140.0/33" },
    [
      'allowedIpRanges = "3.5.140.0/33": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/32".',
    ],
  ],
  [
    "a host's name",
    { allowedIpRanges: "backup.example.com" },
    [
      'allowedIpRanges = "backup.example.com": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "a URL",
    { allowedIpRanges: "https://3.5.140.7/" },
    [
      'allowedIpRanges = "https://3.5.140.7/": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "the whole internet",
    { allowedIpRanges: "0.0.0.0/0" },
    ['allowedIpRanges = "0.0.0.0/0": must not be the whole internet; remove the setting.'],
  ],
  [
    "the whole internet",
    { allowedIpRanges: "::/0" },
    ['allowedIpRanges = "::/0": must not be the whole internet; remove the setting.'],
  ],
  [
    "anything",
    { allowedIpRanges: "*" },
    [
      'allowedIpRanges = "*": must be a CIDR block: an address, a slash and the number of fixed bits; for example "3.5.140.0/22 or 2600:1f00::/24".',
    ],
  ],
  [
    "terraform-provider-aws docs: both families",
    { allowedIpRanges: '["0.0.0.0/0","::/0"]' },
    [
      'allowedIpRanges = "0.0.0.0/0": must not be the whole internet; remove the setting.',
      'allowedIpRanges = "::/0": must not be the whole internet; remove the setting.',
    ],
  ],
  [
    "OpenVPN's two halves",
    { allowedIpRanges: '["0.0.0.0/1", "128.0.0.0/1"]' },
    {
      taken: { allowedIpRanges: ["0.0.0.0/1", "128.0.0.0/1"] },
      warnings: [
        "allowedIpRanges of mLab: together the ranges are the whole internet (IPv4), so they limit nothing. Remove the setting, or use narrower ranges.",
      ],
    },
  ],
  [
    "all but what nobody has",
    { allowedIpRanges: "0.0.0.0/1 128.0.0.0/2 192.0.0.0/3" },
    {
      taken: { allowedIpRanges: ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"] },
      warnings: [
        "allowedIpRanges of mLab: together the ranges are the whole internet (IPv4), so they limit nothing. Remove the setting, or use narrower ranges.",
      ],
    },
  ],
  ["half of the internet", { allowedIpRanges: "0.0.0.0/1" }, { taken: { allowedIpRanges: ["0.0.0.0/1"] } }],
  [
    "all of IPv6",
    { allowedIpRanges: "2000::/3" },
    {
      taken: { allowedIpRanges: ["2000::/3"] },
      warnings: [
        "allowedIpRanges of mLab: together the ranges are the whole internet (IPv6), so they limit nothing. Remove the setting, or use narrower ranges.",
      ],
    },
  ],
  [
    "all of IPv6 in two",
    { allowedIpRanges: "::/1,8000::/1" },
    {
      taken: { allowedIpRanges: ["::/1", "8000::/1"] },
      warnings: [
        "allowedIpRanges of mLab: together the ranges are the whole internet (IPv6), so they limit nothing. Remove the setting, or use narrower ranges.",
      ],
    },
  ],
  [
    "all of both",
    { allowedIpRanges: "0.0.0.0/1,128.0.0.0/1,::/1,8000::/1" },
    {
      taken: { allowedIpRanges: ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"] },
      warnings: [
        "allowedIpRanges of mLab: together the ranges are the whole internet (IPv4 and IPv6), so they limit nothing. Remove the setting, or use narrower ranges.",
      ],
    },
  ],
  [
    "one range around a private one",
    { allowedIpRanges: "8.0.0.0/5" },
    { taken: { allowedIpRanges: ["8.0.0.0/5"] } },
  ],
  [
    "on lines",
    { allowedIpRanges: "3.5.140.7/32\n3.5.144.0/23" },
    { taken: { allowedIpRanges: ["3.5.140.7/32", "3.5.144.0/23"] } },
  ],
  [
    "a trailing comma",
    { allowedIpRanges: "3.5.140.7/32," },
    { taken: { allowedIpRanges: ["3.5.140.7/32"] } },
  ],
  [
    "quotes inside",
    { allowedIpRanges: "'3.5.140.7/32', '3.5.144.0/23'" },
    { taken: { allowedIpRanges: ["3.5.140.7/32", "3.5.144.0/23"] } },
  ],
  [
    "YAML flow without quotes",
    { allowedIpRanges: "[3.5.140.7/32, 3.5.144.0/23]" },
    { taken: { allowedIpRanges: ["3.5.140.7/32", "3.5.144.0/23"] } },
  ],
  [
    "no-break space (copied from a web page)",
    { allowedIpRanges: "3.5.140.7/32 " },
    { taken: { allowedIpRanges: ["3.5.140.7/32"] } },
  ],
  [
    "zero-width space (copied from a chat)",
    { allowedIpRanges: "\u200b3.5.140.7/32" },
    { taken: { allowedIpRanges: ["3.5.140.7/32"] } },
  ],
  ["full-width", { allowedIpRanges: "３.５.140.7／32" }, { taken: { allowedIpRanges: ["3.5.140.7/32"] } }],
  [
    "some right, some wrong",
    { allowedIpRanges: "3.5.140.7/32,10.0.0.5" },
    [unseen("10.0.0.5/32", "10.0.0.0/8", "a private network, RFC 1918")],
  ],
  [
    "a map by mistake (--path allowedIpRanges.0)",
    { allowedIpRanges: '{"0":"3.5.140.7/32"}' },
    [
      'allowedIpRanges = {"0":"3.5.140.7/32"}: must be a list of at least one IP range, for example ["3.5.140.0/22"], or remove it.',
    ],
  ],
  // Prefixes.
  [
    "S3 guide: safe characters",
    { access: "restic", prefix: "a-b_c.d!(e)'f" },
    { taken: { access: "restic", prefix: "a-b_c.d!(e)'f" } },
  ],
  [
    "S3 guide: may need handling",
    { access: "restic", prefix: "a&b@c:d,e;f=g+h" },
    { taken: { access: "restic", prefix: "a&b@c:d,e;f=g+h" } },
  ],
  [
    "S3 guide: to avoid",
    { access: "restic", prefix: "a~b#c%d^e|f<g>h[i]j{k}l`m" },
    { taken: { access: "restic", prefix: "a~b#c%d^e|f<g>h[i]j{k}l`m" } },
  ],
  [
    "S3 guide: to avoid",
    { access: "restic", prefix: "a\\b" },
    { taken: { access: "restic", prefix: "a\\b" } },
  ],
  ["S3 guide: to avoid", { access: "restic", prefix: 'a"b' }, { taken: { access: "restic", prefix: 'a"b' } }],
  [
    "Windows folders",
    { access: "restic", prefix: "Program Files" },
    { taken: { access: "restic", prefix: "Program Files" } },
  ],
  [
    "e-mail address",
    { access: "restic", prefix: "ops@example.com" },
    { taken: { access: "restic", prefix: "ops@example.com" } },
  ],
  [
    "timestamps",
    { access: "restic", prefix: "2026-11-27T01:50:39+01:00" },
    { taken: { access: "restic", prefix: "2026-11-27T01:50:39+01:00" } },
  ],
  ["a dollar sign alone", { access: "restic", prefix: "$x" }, { taken: { access: "restic", prefix: "$x" } }],
  [
    "IAM variable",
    { access: "restic", prefix: `\${aws:username}` },
    [
      `prefix = "\${aws:username}": must not contain * or ?, which are wildcards in IAM, or \${, which begins an IAM variable; for example "-{aws:username}".`,
    ],
  ],
  [
    "IAM wildcard",
    { access: "restic", prefix: "db*" },
    [
      'prefix = "db*": must not contain * or ?, which are wildcards in IAM, or ${, which begins an IAM variable; for example "db".',
    ],
  ],
  [
    "IAM wildcard",
    { access: "restic", prefix: "db?" },
    [
      'prefix = "db?": must not contain * or ?, which are wildcards in IAM, or ${, which begins an IAM variable; for example "db-".',
    ],
  ],
  [
    "AWS policy copied",
    { access: "restic", prefix: "db1/*" },
    [
      'prefix = "db1/*": must not contain * or ?, which are wildcards in IAM, or ${, which begins an IAM variable; for example "db1".',
    ],
  ],
  ["German", { access: "restic", prefix: "büro" }, { taken: { access: "restic", prefix: "büro" } }],
  [
    "Czech",
    { access: "restic", prefix: "účtárna" },
    [
      'prefix = "účtárna": must not contain "č" (U+010D): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "ú-tárna".',
    ],
  ],
  [
    "Czech",
    { access: "restic", prefix: "zálohy-č" },
    [
      'prefix = "zálohy-č": must not contain "č" (U+010D): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "zálohy--".',
    ],
  ],
  [
    "Japanese",
    { access: "restic", prefix: "バックアップ" },
    [
      'prefix = "バックアップ": must not contain "バ" (U+30D0) and "ッ" (U+30C3) and "ク" (U+30AF): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "db1".',
    ],
  ],
  [
    "macOS: decomposed",
    { access: "restic", prefix: "bu\u0308ro" },
    [
      'prefix = "bu\u0308ro": must not contain "\u0308" (U+0308): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "bu-ro".',
    ],
  ],
  [
    "emoji",
    { access: "restic", prefix: "db💾" },
    [
      'prefix = "db💾": must not contain "💾" (U+1F4BE): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "db-".',
    ],
  ],
  [
    "line break inside",
    { access: "restic", prefix: "a\nb" },
    [
      'prefix = "a\\nb": must not contain "\\n" (U+000A, a line break): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "a-b".',
    ],
  ],
  [
    "tab inside",
    { access: "restic", prefix: "a\tb" },
    [
      'prefix = "a\\tb": must not contain "\\t" (U+0009, a tab): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "a-b".',
    ],
  ],
  [
    "no-break space inside",
    { access: "restic", prefix: "a\u00a0b" },
    [
      'prefix = "a\u00a0b": must not contain "\u00a0" (U+00A0, a no-break space): IAM accepts no characters beyond U+00FF in a policy, and some below are invisible; for example "a-b".',
    ],
  ],
  ["with its slash", { access: "restic", prefix: "db1/" }, { taken: { access: "restic", prefix: "db1/" } }],
  [
    "from the root",
    { access: "restic", prefix: "/db1" },
    [
      'prefix = "/db1": must not start with a slash or contain two slashes in a row: S3 treats each as part of the name; for example "db1".',
    ],
  ],
  [
    "two slashes",
    { access: "restic", prefix: "db1//" },
    [
      'prefix = "db1//": must not start with a slash or contain two slashes in a row: S3 treats each as part of the name; for example "db1".',
    ],
  ],
  [
    "a whole URI",
    { access: "restic", prefix: "s3://bucket/db1" },
    [
      'prefix = "s3://bucket/db1": must not start with a slash or contain two slashes in a row: S3 treats each as part of the name; for example "db1".',
    ],
  ],
  [
    "dot at the end",
    { access: "restic", prefix: "db1/." },
    [
      'prefix = "db1/.": must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch; for example "db1".',
    ],
  ],
  ["three dots", { access: "restic", prefix: "a/.../b" }, { taken: { access: "restic", prefix: "a/.../b" } }],
  [
    "hidden folder",
    { access: "restic", prefix: ".backups/x..y" },
    { taken: { access: "restic", prefix: ".backups/x..y" } },
  ],
  ["spaces around", { access: "restic", prefix: "  db1  " }, { taken: { access: "restic", prefix: "db1" } }],
  [
    "space before the slash",
    { access: "restic", prefix: "db1 /" },
    [
      'prefix = "db1 /": must not start or end with white space or quotes, which most tools remove; for example "db1".',
    ],
  ],
  ["quotes around", { access: "restic", prefix: '"db1"' }, { taken: { access: "restic", prefix: "db1" } }],
  [
    "single quotes, taken as ever",
    { access: "restic", prefix: "'db1'" },
    { taken: { access: "restic", prefix: "'db1'" } },
  ],
  [
    "typographic quotes around",
    { access: "restic", prefix: "“db1”" },
    { taken: { access: "restic", prefix: "db1" } },
  ],
  [
    "byte order mark",
    { access: "restic", prefix: "\ufeffdb1" },
    { taken: { access: "restic", prefix: "db1" } },
  ],
  // Names.
  [
    "upper case",
    { bucketName: "MyBackups" },
    [
      'bucketName = "MyBackups": must contain only lowercase letters, digits and hyphens; for example "mybackups".',
    ],
  ],
  [
    "underscore",
    { bucketName: "my_backups" },
    [
      'bucketName = "my_backups": must contain only lowercase letters, digits and hyphens; for example "my-backups".',
    ],
  ],
  [
    "space inside",
    { bucketName: "my backups" },
    [
      'bucketName = "my backups": must contain only lowercase letters, digits and hyphens; for example "my-backups".',
    ],
  ],
  [
    "an ARN",
    { bucketName: "arn:aws:s3:::my-backups" },
    [
      'bucketName = "arn:aws:s3:::my-backups": must contain only lowercase letters, digits and hyphens; for example "arn-aws-s3-my-backups".',
    ],
  ],
  [
    "a URI",
    { bucketName: "s3://my-backups" },
    [
      'bucketName = "s3://my-backups": must contain only lowercase letters, digits and hyphens; for example "s3-my-backups".',
    ],
  ],
  [
    "a URL",
    { bucketName: "https://my-backups.s3.amazonaws.com/" },
    [
      'bucketName = "https://my-backups.s3.amazonaws.com/": must contain only lowercase letters, digits and hyphens; for example "https-my-backups-s3-amazonaws-com".',
      'bucketName = "https://my-backups.s3.amazonaws.com/": must not contain periods: clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it; for example "https-my-backups-s3-amazonaws-com"; if the bucket already exists, set adoptedBucket to true.',
    ],
  ],
  ["no-break hyphen", { bucketName: "my\u2011backups" }, { taken: { bucketName: "my-backups" } }],
  ["minus sign", { bucketName: "my\u2212backups" }, { taken: { bucketName: "my-backups" } }],
  ["soft hyphen", { bucketName: "my\u00adbackups" }, { taken: { bucketName: "mybackups" } }],
  [
    "em dash",
    { bucketName: "my\u2014backups" },
    [
      'bucketName = "my\u2014backups": must contain only lowercase letters, digits and hyphens; it has "\u2014" (U+2014, an em dash); for example "my-backups".',
    ],
  ],
  ["ligature of a PDF", { bucketName: "oﬃce-backups" }, { taken: { bucketName: "office-backups" } }],
  [
    "ellipsis",
    { bucketName: "my…backups" },
    [
      'bucketName = "my…backups": must contain only lowercase letters, digits and hyphens; it has "…" (U+2026, an ellipsis); for example "my-backups".',
    ],
  ],
  [
    "Cyrillic a",
    { bucketName: "bаckups" },
    [
      'bucketName = "bаckups": must contain only lowercase letters, digits and hyphens; it has "а" (U+0430); for example "b-ckups".',
    ],
  ],
  [
    "reserved",
    { bucketName: "sthree-backups" },
    [
      'bucketName = "sthree-backups": must not start with xn-- or sthree- or amzn-s3-demo-, which S3 reserves; for example "backups".',
    ],
  ],
  [
    "reserved",
    { bucketName: "amzn-s3-demo-bucket" },
    [
      'bucketName = "amzn-s3-demo-bucket": must not start with xn-- or sthree- or amzn-s3-demo-, which S3 reserves; for example "bucket".',
    ],
  ],
  [
    "directory bucket",
    { bucketName: "backups--use1-az4--x-s3" },
    [
      'bucketName = "backups--use1-az4--x-s3": must not end with -s3alias or --ol-s3 or .mrap or --x-s3 or --table-s3, which S3 reserves; for example "backups--use1-az4".',
    ],
  ],
  ["a number", { bucketName: "123456" }, { taken: { bucketName: "123456" } }],
  [
    "a number too short",
    { bucketName: "42" },
    ['bucketName = "42": must have 3 to 63 characters, for example "my-db-backups".'],
  ],
  [
    "directory bucket",
    { existingBucket: "backups--use1-az4--x-s3" },
    [
      'existingBucket = "backups--use1-az4--x-s3": must not end with -s3alias or --ol-s3 or .mrap or --x-s3 or --table-s3: that is an access point, or another kind of bucket with other actions; use the name of a general purpose bucket.',
    ],
  ],
  [
    "table bucket",
    { existingBucket: "backups--table-s3" },
    [
      'existingBucket = "backups--table-s3": must not end with -s3alias or --ol-s3 or .mrap or --x-s3 or --table-s3: that is an access point, or another kind of bucket with other actions; use the name of a general purpose bucket.',
    ],
  ],
  [
    "access point's alias",
    { existingBucket: "ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias" },
    [
      'existingBucket = "ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias": must not end with -s3alias or --ol-s3 or .mrap or --x-s3 or --table-s3: that is an access point, or another kind of bucket with other actions; use the name of a general purpose bucket.',
    ],
  ],
  [
    "multi-region access point",
    { existingBucket: "mfzwi23gnjvgw.mrap" },
    [
      'existingBucket = "mfzwi23gnjvgw.mrap": must not end with -s3alias or --ol-s3 or .mrap or --x-s3 or --table-s3: that is an access point, or another kind of bucket with other actions; use the name of a general purpose bucket.',
    ],
  ],
  [
    "an ARN",
    { existingBucket: "arn:aws:s3:::theirs" },
    [
      'existingBucket = "arn:aws:s3:::theirs": must have 3 to 255 letters, digits, hyphens, periods and underscores; use the name that "aws s3 ls" lists.',
    ],
  ],
  [
    "opentofu#3955",
    { existingBucket: "logs-111122223333-us-east-1-an" },
    { taken: { existingBucket: "logs-111122223333-us-east-1-an" } },
  ],
  [
    "before 2018",
    { existingBucket: "Backups_2009.Example" },
    {
      taken: { existingBucket: "Backups_2009.Example" },
      warnings: [
        "The name of the bucket Backups_2009.Example contains periods: clients that put the name of the bucket into the host name fail over HTTPS, because the certificate of S3 does not cover it. Plain HTTP is refused. Configure your client for path-style addressing.",
      ],
    },
  ],
  ["before 2018", { existingBucket: "-old-" }, { taken: { existingBucket: "-old-" } }],
  [
    "reserved since",
    { existingBucket: "amzn-s3-demo-bucket" },
    { taken: { existingBucket: "amzn-s3-demo-bucket" } },
  ],
  [
    "too short",
    { existingBucket: "ab" },
    [
      'existingBucket = "ab": must have 3 to 255 letters, digits, hyphens, periods and underscores; use the name that "aws s3 ls" lists.',
    ],
  ],
  [
    "slash",
    { existingBucket: "theirs/folder" },
    [
      'existingBucket = "theirs/folder": must have 3 to 255 letters, digits, hyphens, periods and underscores; use the name that "aws s3 ls" lists.',
    ],
  ],
  ["trailing space", { existingBucket: "theirs " }, { taken: { existingBucket: "theirs" } }],
  ["adopted without a name", { adoptedBucket: "true" }, { taken: { adoptedBucket: true } }],
  [
    "with existingBucket",
    { existingBucket: "theirs", adoptedBucket: "true" },
    [
      "adoptedBucket = true: has no effect on the existing bucket theirs, which is not changed; remove adoptedBucket or existingBucket.",
    ],
  ],
  [
    "a path in a user's name",
    { userName: "backup/db1" },
    ['userName = "backup/db1": must contain only letters, digits and +=,.@_-; for example "backup-db1".'],
  ],
  ["a number", { userName: "007" }, { taken: { userName: "007" } }],
  ["spaces around", { userName: "backup " }, { taken: { userName: "backup" } }],
  [
    "IAM ARN",
    { userName: "arn:aws:iam::111122223333:user/backup" },
    [
      'userName = "arn:aws:iam::111122223333:user/backup": must contain only letters, digits and +=,.@_-; for example "arn-aws-iam-111122223333-user-backup".',
    ],
  ],
  [
    "typographic",
    { groupName: "backup\u2014group" },
    [
      'groupName = "backup\u2014group": must contain only letters, digits and +=,.@_-; it has "\u2014" (U+2014, an em dash); for example "backup-group".',
    ],
  ],
  ["full-width @", { policyName: "ops＠example" }, { taken: { policyName: "ops@example" } }],
  ["trailing line break", { consumer: "restic\n" }, { taken: { consumer: "restic" } }],
  [
    "underscore",
    { consumer: "my_tool" },
    [
      'consumer = "my_tool": must contain only letters, digits and hyphens, and start with a letter or a digit, because the bucket is named after it; for example "mytool".',
    ],
  ],
  [
    "path without its slashes",
    { path: "backups" },
    [
      'path = "backups": must have at most 512 characters, start and end with a slash, and contain only letters, digits, +=,.@_- and single slashes; for example "/backups/".',
    ],
  ],
  ["quoted path", { path: '"/backups/"' }, { taken: { path: "/backups/" } }],
  // Words.
  ["veeam's own spelling", { access: "Veeam" }, { taken: { access: "veeam" } }],
  ["restic in capitals", { access: "RESTIC" }, { taken: { access: "restic" } }],
  ["WAL-G's own spelling", { access: "WAL-G" }, { taken: { access: "wal-g" } }],
  ["pgBackRest's own spelling", { access: "pgBackRest" }, { taken: { access: "pgbackrest" } }],
  ["underscore", { access: "read_write" }, { taken: { access: "read-write" } }],
  ["blank", { access: "Home Assistant" }, { taken: { access: "home-assistant" } }],
  ["CloudNativePG's short name", { access: "CNPG" }, { taken: { access: "cloudnative-pg" } }],
  ["the name of its package", { access: "borgbackup" }, { taken: { access: "borg" } }],
  [
    "what several tools are for",
    { access: "postgres" },
    [
      'access = "postgres": must be one of the 62 access profiles in docs/access-profiles.md, for example "pgbackrest", "wal-g", "barman-cloud", "cloudnative-pg" or "pgmoneta".',
    ],
  ],
  [
    "near another name of a tool",
    { access: "cassandre" },
    [
      'access = "cassandre": must be one of the 62 access profiles in docs/access-profiles.md, for example "medusa".',
    ],
  ],
  [
    "unknown tool",
    { access: "acronis" },
    [
      'access = "acronis": must be one of the 62 access profiles in docs/access-profiles.md; use read-write if your tool is not listed.',
    ],
  ],
  ["quoted", { access: '"restic"' }, { taken: { access: "restic" } }],
  ["S3's word", { encryption: "AES256" }, ['encryption = "AES256": must be one of sse-s3, sse-kms.']],
  ["in capitals", { encryption: "SSE-KMS" }, { taken: { encryption: "sse-kms" } }],
  [
    "S3 API: GOVERNANCE",
    { access: "restic", objectLock: '{"mode":"GOVERNANCE","days":"30"}' },
    { taken: { access: "restic", objectLock: { mode: "governance", days: 30 } } },
  ],
  [
    "S3 API: DefaultRetention with Years",
    { access: "restic", objectLock: '{"mode":"governance","years":1}' },
    [
      'objectLock = {"mode":"governance","years":1}: must have a mode, governance or compliance, and a whole number of days from 1 to 36500; or, for no default retention, only enabled: true; for example {"mode": "governance", "days": 30}, or {"enabled": true}.',
    ],
  ],
  [
    "kopia#1067",
    { access: "restic", objectLock: '{"mode":"governance"}' },
    [
      'objectLock = {"mode":"governance"}: must have a mode, governance or compliance, and a whole number of days from 1 to 36500; or, for no default retention, only enabled: true; for example {"mode": "governance", "days": 30}, or {"enabled": true}.',
    ],
  ],
  [
    "S3 console: Object Lock, Enable; Default retention, Disable",
    { access: "veeam", objectLock: '{"enabled":"true"}' },
    { taken: { access: "veeam", objectLock: { enabled: true } } },
  ],
  [
    "Terraform: object_lock_enabled, for a tool that sets no retention",
    { access: "restic", objectLock: '{"enabled":true}' },
    {
      taken: { access: "restic", objectLock: { enabled: true } },
      warnings: [
        "objectLock: nothing is locked, because there is no default retention and no access profile in use sets the retention of each object. Set its mode and days, or grant the tool extraActions s3:PutObjectRetention.",
      ],
    },
  ],
  [
    "the same beside one that does",
    { access: "restic", objectLock: '{"enabled":true}', consumers: '{"k":{"access":"kopia","prefix":"k"}}' },
    {
      taken: {
        access: "restic",
        objectLock: { enabled: true },
        consumers: { k: { access: "kopia", prefix: "k" } },
      },
      warnings: [
        "mLab (the whole bucket) can read, overwrite and delete the backups of k (k/). Unless you want that, for example for restores, give each its own prefix.",
      ],
    },
  ],
  [
    "longhorn: its SDK sends checksums only where they are required",
    { access: "longhorn", objectLock: '{"mode":"governance","days":30}' },
    [
      'access = "longhorn": this access profile cannot work with a default retention: it uploads without a checksum, which S3 refuses under a default retention (RequestChecksumCalculationWhenRequired, longhorn/backupstore s3/s3_service.go, 1031d1b); remove objectLock, or use another access profile, for example read-write.',
    ],
  ],
  [
    "IAM's word",
    { keyGeneration: "2", previousKey: "Active" },
    { taken: { keyGeneration: 2, previousKey: "active" } },
  ],
  ["no", { previousKey: "off" }, ['previousKey = "off": must be one of none, active, inactive.']],
  // Numbers and booleans.
  ["Python", { versioning: "True" }, { taken: { versioning: true } }],
  ["YAML 1.1", { versioning: "yes" }, { taken: { versioning: true } }],
  ["YAML 1.1", { versioning: "off" }, { taken: { versioning: false } }],
  ["Terraform", { versioning: '"true"' }, { taken: { versioning: true } }],
  ["S3's word", { versioning: "Enabled" }, ['versioning = "Enabled": must be true or false.']],
  ["a number", { versioning: "1" }, ['versioning = "1": must be true or false.']],
  ["trailing space", { protect: "true " }, { taken: { protect: true } }],
  ["full-width", { forceDestroy: "ｔｒｕｅ" }, { taken: { forceDestroy: true } }],
  ["a unit", { noncurrentVersionDays: "30 days" }, { taken: { noncurrentVersionDays: 30 } }],
  ["a unit", { noncurrentVersionDays: "30d" }, { taken: { noncurrentVersionDays: 30 } }],
  ["S3 API", { noncurrentVersionDays: "1 day" }, { taken: { noncurrentVersionDays: 1 } }],
  [
    "another unit",
    { noncurrentVersionDays: "4 weeks" },
    [
      'noncurrentVersionDays = "4 weeks": must be a whole number of days from 1 to 2147483647, for example 30.',
    ],
  ],
  ["a sign", { noncurrentVersionDays: "+30" }, { taken: { noncurrentVersionDays: 30 } }],
  ["zeros", { noncurrentVersionDays: "030" }, { taken: { noncurrentVersionDays: 30 } }],
  ["a float that is whole", { noncurrentVersionDays: "30.0" }, { taken: { noncurrentVersionDays: 30 } }],
  [
    "a float",
    { noncurrentVersionDays: "30.5" },
    ['noncurrentVersionDays = "30.5": must be a whole number of days from 1 to 2147483647, for example 30.'],
  ],
  [
    "exponent",
    { noncurrentVersionDays: "1e3" },
    ['noncurrentVersionDays = "1e3": must be a whole number of days from 1 to 2147483647, for example 30.'],
  ],
  [
    "hexadecimal",
    { noncurrentVersionDays: "0x1E" },
    ['noncurrentVersionDays = "0x1E": must be a whole number of days from 1 to 2147483647, for example 30.'],
  ],
  [
    "thousands",
    { noncurrentVersionDays: "1,000" },
    ['noncurrentVersionDays = "1,000": must be a whole number of days from 1 to 2147483647, for example 30.'],
  ],
  ["full-width", { noncurrentVersionDays: "３０" }, { taken: { noncurrentVersionDays: 30 } }],
  [
    "Arabic digits",
    { noncurrentVersionDays: "٣٠" },
    [
      'noncurrentVersionDays = "٣٠": must be a whole number of days from 1 to 2147483647; it has "٣" (U+0663) and "٠" (U+0660); for example 30.',
    ],
  ],
  ["in words", { expectBackupEvery: "24 hours" }, { taken: { expectBackupEvery: "24h" } }],
  ["in words", { expectBackupEvery: "1 Day" }, { taken: { expectBackupEvery: "1d" } }],
  [
    "in another case, with a space",
    { expectBackupEvery: "07D", expectBackupSize: "100 mb" },
    { taken: { expectBackupEvery: "7d", expectBackupSize: "100MB" } },
  ],
  [
    "binary unit",
    { expectBackupEvery: "1h", expectBackupSize: "1Gib" },
    {
      taken: { expectBackupEvery: "1h", expectBackupSize: "1GiB" },
    },
  ],
  [
    "du: K, M, G",
    { expectBackupEvery: "24h", expectBackupSize: "1G" },
    [
      'expectBackupSize = "1G": must be a whole number with a unit, one of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB, from 1B to 1024TiB; for example "100MB".',
    ],
  ],
  ["quoted", { maxKeyAgeDays: '"90"' }, { taken: { maxKeyAgeDays: 90 } }],
  [
    "never",
    { maxKeyAgeDays: "never" },
    ['maxKeyAgeDays = "never": must be a whole number of days from 1 to 2147483647, for example 30.'],
  ],
  [
    "zero",
    { abortIncompleteUploadDays: "0" },
    ["abortIncompleteUploadDays = 0: must be a whole number of days from 1 to 2147483647, for example 30."],
  ],
  [
    "negative",
    { abortIncompleteUploadDays: "-7" },
    ["abortIncompleteUploadDays = -7: must be a whole number of days from 1 to 2147483647, for example 30."],
  ],
  [
    "minus sign of a word processor",
    { abortIncompleteUploadDays: "\u22127" },
    ["abortIncompleteUploadDays = -7: must be a whole number of days from 1 to 2147483647, for example 30."],
  ],
  [
    "words",
    { keyGeneration: "two" },
    [
      'keyGeneration = "two": must be a whole number from 1 to 9007199254740991; use 1 for the first key, and add 1 for each new one.',
    ],
  ],
  ["spaces", { keyGeneration: " 2 " }, { taken: { keyGeneration: 2 } }],
  // Tags.
  [
    "leading zeros (Pulumi keeps them)",
    { tags: '{"costCenter":"007"}' },
    { taken: { tags: { costCenter: "007" } } },
  ],
  ["spaces belong to it", { tags: '{"team":" databases "}' }, { taken: { tags: { team: " databases " } } }],
  ["an empty value", { tags: '{"team":""}' }, { taken: { tags: { team: "" } } }],
  ["null", { tags: '{"team":null}' }, ['tags = {"team":null}: the value of "team" must be a string.']],
  [
    "a list",
    { tags: '{"team":["a","b"]}' },
    ['tags = {"team":["a","b"]}: the value of "team" must be a string.'],
  ],
  [
    "AWS CLI's form",
    { tags: "Key=team,Value=databases" },
    [
      'tags = "Key=team,Value=databases": must map keys to values; set one key at a time, for example: npx pulumi config set --path tags.team databases.',
    ],
  ],
  [
    "Terraform's form",
    { tags: "team=databases" },
    [
      'tags = "team=databases": must map keys to values; set one key at a time, for example: npx pulumi config set --path tags.team databases.',
    ],
  ],
  [
    "pulumi-aws-native#435",
    { tags: '{"office":"Büro (Nord)"}' },
    [
      'tags = {"office":"Büro (Nord)"}: the value of "office" must be at most 256 letters, digits, spaces and _.:/=+-@; it has "(" and ")"; shorten the value, or remove the other characters.',
    ],
  ],
  [
    "emoji",
    { tags: '{"team":"db💾"}' },
    [
      'tags = {"team":"db💾"}: the value of "team" must be at most 256 letters, digits, spaces and _.:/=+-@; it has "💾" (U+1F4BE); shorten the value, or remove the other characters.',
    ],
  ],
  ["typographic quotes", { tags: '{"team":"“databases”"}' }, { taken: { tags: { team: "databases" } } }],
  [
    "govuk-infrastructure#1175",
    { tags: '{"aws:createdBy":"me"}' },
    [
      'tags = {"aws:createdBy":"me"}: the key "aws:createdBy" must not start with aws:, which AWS reserves; rename the key.',
    ],
  ],
  [
    "two cases",
    { tags: '{"Team":"a","team":"b"}' },
    [
      'tags = {"Team":"a","team":"b"}: IAM treats the keys "Team" and "team" as the same; remove one of them.',
    ],
  ],
  ["a negative number", { tags: '{"offset":-7}' }, { taken: { tags: { offset: "-7" } } }],
  ["zero", { tags: '{"replicas":0}' }, { taken: { tags: { replicas: "0" } } }],
  // Consumers.
  [
    "a number for a name",
    { consumers: '{"db2":{"access":"restic","userName":42}}' },
    {
      taken: { consumers: { db2: { access: "restic", userName: "42" } } },
      warnings: [
        holding("mLab (the whole bucket)", "read, overwrite and delete", "db2 (the whole bucket)"),
        holding("db2 (the whole bucket)", "read, overwrite and delete", "mLab (the whole bucket)"),
      ],
    },
  ],
  [
    "a lone action",
    { consumers: '{"db2":{"access":"restic","prefix":"db2","extraActions":"GetObjectTagging"}}' },
    {
      taken: {
        consumers: { db2: { access: "restic", prefix: "db2", extraActions: ["s3:GetObjectTagging"] } },
      },
      warnings: [holding("mLab (the whole bucket)", "read, overwrite and delete", "db2 (db2/)")],
    },
  ],
  [
    "comma-separated",
    { consumers: '{"db2":{"access":"restic","prefix":"db2","allowedIpRanges":"3.5.140.7,3.5.144.0/23"}}' },
    {
      taken: {
        consumers: {
          db2: { access: "restic", prefix: "db2", allowedIpRanges: ["3.5.140.7/32", "3.5.144.0/23"] },
        },
      },
      warnings: [holding("mLab (the whole bucket)", "read, overwrite and delete", "db2 (db2/)")],
    },
  ],
  [
    "private",
    { consumers: '{"db2":{"access":"restic","allowedIpRanges":["10.0.0.5"]}}' },
    [unseen("10.0.0.5/32", "10.0.0.0/8", "a private network, RFC 1918", "consumers.db2.allowedIpRanges")],
  ],
  [
    "an operation",
    { consumers: '{"db2":{"access":"restic","extraActions":["s3:HeadBucket"]}}' },
    [
      'consumers.db2.extraActions = "s3:HeadBucket": HeadBucket is an S3 operation, not an action; it is covered by s3:ListBucket; use s3:ListBucket, unless the access profile grants it already (the command policy shows it).',
    ],
  ],
  [
    "a folder of dots",
    { consumers: '{"db2":{"access":"restic","prefix":".."}}' },
    [
      'consumers.db2.prefix = "..": must not contain . or .. between slashes: SDKs and proxies rewrite the path, and S3 then answers SignatureDoesNotMatch; for example "db1".',
    ],
  ],
  [
    "CLI made text of a number",
    { consumers: '{"db2":{"keyGeneration":"2"}}' },
    {
      taken: { consumers: { db2: { keyGeneration: 2 } } },
      warnings: [
        holding("mLab (the whole bucket)", "read, overwrite and delete", "db2 (the whole bucket)"),
        holding("db2 (the whole bucket)", "read, overwrite and delete", "mLab (the whole bucket)"),
      ],
    },
  ],
  [
    "lost digits",
    { consumers: '{"db2":{"access":"restic","prefix":1.5}}' },
    [
      'consumers.db2.prefix = 1.5: must be a string: if it is read as a number, part of it, such as a leading zero, may be lost; quote it in the stack\'s file, or run: npx pulumi config set --path NAME --type string -- "VALUE".',
    ],
  ],
  [
    "one for restores",
    { access: "restic", prefix: "db1", consumers: '{"restore":{"access":"read-only"}}' },
    {
      taken: { access: "restic", prefix: "db1", consumers: { restore: { access: "read-only" } } },
      warnings: [holding("restore (the whole bucket)", "read", "mLab (db1/)")],
    },
  ],
  [
    "same folder",
    { access: "restic", prefix: "db1", consumers: '{"b":{"access":"restic","prefix":"db1/"}}' },
    {
      taken: { access: "restic", prefix: "db1", consumers: { b: { access: "restic", prefix: "db1/" } } },
      warnings: [
        holding("mLab (db1/)", "read, overwrite and delete", "b (db1/)"),
        holding("b (db1/)", "read, overwrite and delete", "mLab (db1/)"),
      ],
    },
  ],
  [
    "folders side by side",
    { access: "restic", prefix: "db1", consumers: '{"b":{"access":"restic","prefix":"db10"}}' },
    { taken: { access: "restic", prefix: "db1", consumers: { b: { access: "restic", prefix: "db10" } } } },
  ],
  [
    "three of them",
    {
      access: "read-write",
      consumers: '{"a":{"access":"restic","prefix":"a"},"b":{"access":"write-only","prefix":"a/b"}}',
    },
    {
      taken: {
        access: "read-write",
        consumers: { a: { access: "restic", prefix: "a" }, b: { access: "write-only", prefix: "a/b" } },
      },
      warnings: [
        holding("mLab (the whole bucket)", "read, overwrite and delete", "a (a/) and b (a/b/)"),
        holding("a (a/)", "read, overwrite and delete", "b (a/b/)"),
      ],
    },
  ],
  [
    "append-only around another",
    { access: "append-only", prefix: "db", consumers: '{"b":{"access":"restic","prefix":"db/b"}}' },
    {
      taken: { access: "append-only", prefix: "db", consumers: { b: { access: "restic", prefix: "db/b" } } },
      warnings: [holding("mLab (db/)", "read and overwrite", "b (db/b/)")],
    },
  ],
  // KMS keys and ARNs.
  [
    "cloudposse/terraform-aws-cloudtrail-s3-bucket#44",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234abcd" },
    {
      taken: {
        encryption: "sse-kms",
        kmsKeyArn: "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234abcd",
      },
    },
  ],
  [
    "China",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws-cn:kms:cn-northwest-1:111122223333:key/1234abcd" },
    {
      taken: { encryption: "sse-kms", kmsKeyArn: "arn:aws-cn:kms:cn-northwest-1:111122223333:key/1234abcd" },
    },
  ],
  [
    "European Sovereign Cloud",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/1234abcd" },
    {
      taken: {
        encryption: "sse-kms",
        kmsKeyArn: "arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/1234abcd",
      },
    },
  ],
  [
    "European Sovereign Cloud by halves",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:eusc-de-east-1:111122223333:key/1234abcd" },
    [
      'kmsKeyArn = "arn:aws:kms:eusc-de-east-1:111122223333:key/1234abcd": the region of the key must be in the partition that the ARN starts with; copy the ARN from KMS: eusc-de-east-1 is in aws-eusc.',
    ],
  ],
  [
    "GovCloud by halves",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:us-gov-east-1:111122223333:key/1234abcd" },
    [
      'kmsKeyArn = "arn:aws:kms:us-gov-east-1:111122223333:key/1234abcd": the region of the key must be in the partition that the ARN starts with; copy the ARN from KMS: us-gov-east-1 is in aws-us-gov.',
    ],
  ],
  [
    "a region that is not known yet",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:xx-new-1:111122223333:key/1234abcd" },
    { taken: { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:xx-new-1:111122223333:key/1234abcd" } },
  ],
  [
    "in the bucket's region",
    {
      "aws:region": "eu-west-1",
      encryption: "sse-kms",
      kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd",
    },
    { taken: { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd" } },
  ],
  [
    "an alias",
    { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:alias/backups" },
    [
      'kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:alias/backups": must be the ARN of a KMS key, not of an alias; for example "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".',
    ],
  ],
  [
    "a key's ID",
    { encryption: "sse-kms", kmsKeyArn: "1234abcd-12ab-34cd-56ef-1234567890ab" },
    [
      'kmsKeyArn = "1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a KMS key, not of an alias; for example "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".',
    ],
  ],
  [
    "copied with spaces",
    { encryption: "sse-kms", kmsKeyArn: " arn:aws:kms:eu-west-1:111122223333:key/1234abcd " },
    { taken: { encryption: "sse-kms", kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd" } },
  ],
  [
    "existing bucket with a key elsewhere",
    {
      "aws:region": "eu-west-1",
      existingBucket: "theirs",
      kmsKeyArn: "arn:aws:kms:eu-west-2:111122223333:key/1234abcd",
    },
    [
      'kmsKeyArn = "arn:aws:kms:eu-west-2:111122223333:key/1234abcd": the KMS key is in eu-west-2, and the bucket in eu-west-1; both must be in the same region; use a key in the region of the bucket.',
    ],
  ],
  [
    "copied with quotes",
    { permissionsBoundary: '"arn:aws:iam::aws:policy/ReadOnlyAccess"' },
    { taken: { permissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess" } },
  ],
  [
    "a role",
    { permissionsBoundary: "arn:aws:iam::111122223333:role/backup" },
    [
      'permissionsBoundary = "arn:aws:iam::111122223333:role/backup": must be the ARN of a managed policy, for example "arn:aws:iam::111122223333:policy/boundary".',
    ],
  ],
];
