import { getRegionOutput } from "@pulumi/aws/getRegion";
import type * as iam from "@pulumi/aws/iam";
import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import { withSlash } from "./access/checks";
import { refuse } from "./checkArgs";
import { allVariables } from "./handoff";
import { bucketNameOf, keyStores, namesFor } from "./naming";

/** What the stored value is made of. */
export interface StoredKeyArgs {
  readonly user: iam.User;
  readonly accessKey: iam.AccessKey;
  readonly bucketArn: pulumi.Input<string>;
  readonly prefix: pulumi.Input<string> | undefined;
  readonly tags: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** The stored value, as programs read it. */
export function storedValue(key: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucketArn: string;
  readonly prefix?: string | undefined;
  readonly region: string;
}): string {
  const { bucketArn, prefix = "", ...more } = key;
  const bucketName = bucketNameOf(bucketArn);
  const variables = allVariables({ ...more, name: "", bucketName, prefix: prefix && withSlash(prefix) });
  // Parameter Store accepts no `{{` in a value (Systems Manager User Guide, "Creating Parameter Store parameters").
  return JSON.stringify(variables).replaceAll("{{", "{\\u007b");
}

/**
 * Stores a consumer's current key in AWS; each new key replaces it.
 *
 * Encrypted with the account's `aws/ssm` or `aws/secretsmanager` key, not with the bucket's: readers of the stored key would need
 * permission to decrypt with it, and so could decrypt the backups.
 *
 * @param name the consumer's
 * @returns the ARN of the parameter or the secret
 */
export function storeKey(
  name: string,
  storeKeyIn: keyof typeof keyStores,
  { user, accessKey, bucketArn, prefix, tags }: StoredKeyArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { region } = getRegionOutput({}, { parent });
  const { id: accessKeyId, secret } = accessKey;
  const value = pulumi
    .output({ accessKeyId, secret, bucketArn, prefix, region })
    .apply(({ secret: secretAccessKey = "", ...key }) => {
      refuse(secretAccessKey === "" ? [withoutSecret(key.accessKeyId, storeKeyIn)] : [], parent);
      return storedValue({ ...key, secretAccessKey });
    });
  const description = `The access key of ${name}, by s3-backup-target`;
  const stored = { name: user.name.apply((of) => keyStores[storeKeyIn].folder + of), description, tags };
  const resourceName = namesFor.storedKey(name);
  if (storeKeyIn === "parameter-store") {
    return new ssm.Parameter(resourceName, { ...stored, type: "SecureString", value }, { parent }).arn;
  }
  // A destroy deletes the key too, so there is nothing in it to recover; and its name would stay taken during the recovery
  // window.
  const secretArgs = { ...stored, recoveryWindowInDays: 0 };
  const { id: secretId } = new secretsmanager.Secret(resourceName, secretArgs, { parent });
  const versionArgs = { secretId, secretString: value };
  // A secret's ID is its ARN; taken from its version, so that dependents find the key.
  return new secretsmanager.SecretVersion(resourceName, versionArgs, { parent }).secretId;
}

const withoutSecret = (accessKeyId: string, storeKeyIn: string) => ({
  name: "storeKeyIn",
  value: storeKeyIn,
  rule: `the secret of the key ${accessKeyId} isn't known: it was adopted, and AWS shows a secret only once`,
  fix: "remove storeKeyIn until the key has been rotated",
});
