import { region, rootCredentials } from "../../local/aws";

/** What a stack's configuration says for a local AWS at this endpoint to be its AWS. */
export const awsConfig = (endpoint: string): Record<string, unknown> => ({
  "aws:region": region,
  "aws:accessKey": rootCredentials.accessKeyId,
  "aws:secretKey": rootCredentials.secretAccessKey,
  "aws:skipCredentialsValidation": "true",
  "aws:skipRequestingAccountId": "true",
  "aws:skipMetadataApiCheck": "true",
  "aws:skipRegionValidation": "true",
  "aws:s3UsePathStyle": "true",
  "aws:insecure": "true",
  "aws:maxRetries": "5",
  "aws:endpoints": [
    Object.fromEntries(
      ["s3", "iam", "kms", "secretsmanager", "ssm", "sts"].map((service) => [service, endpoint]),
    ),
  ],
});

/** The text of a stack's file. */
export function stackFile(config: Readonly<Record<string, unknown>>, salt = ""): string {
  // JSON is YAML.
  const lines = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `config:\n${lines.join("\n")}\n${salt}\n`;
}

/** The line of it that Pulumi writes: what the stack's secrets are encrypted with. */
export const saltIn = (text: string): string => /^encryptionsalt:.*$/m.exec(text)?.[0] ?? "";
