import {
  GetAccessKeyLastUsedCommand,
  type IAMClient,
  ListAccessKeysCommand,
  NoSuchEntityException,
} from "@aws-sdk/client-iam";
import { UserError } from "../../common/errors";

/** An access key of a user, as IAM knows it. */
export interface KeyInUse {
  readonly accessKeyId: string;
  readonly status: string;
  readonly created: Date | undefined;
  /** Undefined: never, as far as IAM knows; it takes up to an hour to record a use. */
  readonly lastUsed: { readonly at: Date; readonly service: string; readonly region: string } | undefined;
}

/** The keys that a user has now, and when and where each was last used. */
export async function keysInUse(iam: IAMClient, UserName: string): Promise<KeyInUse[]> {
  const { AccessKeyMetadata = [] } = await iam
    .send(new ListAccessKeysCommand({ UserName }))
    .catch((error: Error) => {
      if (error instanceof NoSuchEntityException) {
        throw new UserError(
          `IAM has no user ${UserName} anymore: someone deleted it, and its keys with it. To create it again: npx pulumi up --refresh`,
        );
      }
      throw error;
    });
  return Promise.all(
    AccessKeyMetadata.map(async ({ AccessKeyId = "", Status = "", CreateDate }) => {
      const { AccessKeyLastUsed: used } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
      return {
        accessKeyId: AccessKeyId,
        status: Status,
        created: CreateDate,
        lastUsed: used?.LastUsedDate && {
          at: used.LastUsedDate,
          service: used.ServiceName ?? "?",
          region: used.Region ?? "?",
        },
      };
    }),
  );
}

/** In words: when, for which service, and where. */
export function describeUse({ lastUsed }: KeyInUse): string {
  return lastUsed === undefined
    ? "has never been used, as far as IAM knows (with up to an hour's delay)"
    : `was last used at ${lastUsed.at.toISOString().replace(/\.\d+Z$/, "Z")}, for ${lastUsed.service} in ${lastUsed.region}`;
}
