import type { Outputs } from "../tests/support/environment";
import type { Command } from "./measure";
import type { Settings } from "./programs";

/** What can be done with a deployment. */
export type Action = "deploy" | "preview" | "destroy";

/** What one system has deployed, or is about to deploy, from a folder. */
export interface Deployment {
  /**
   * @param refresh whether it first asks AWS what is there; where it is not said, it does what it does by default
   */
  readonly command: (action: Action, refresh?: boolean) => Command;
  /** For what is deployed from here on. */
  readonly set: (settings: Settings) => void;
  readonly outputs: () => Promise<Outputs>;
}

/** Something that deploys to AWS. */
export interface System {
  readonly name: string;
  readonly version: string;
  /** Whether it refreshes by default before it deploys or previews. */
  readonly refreshes: boolean;
  /** Prepares a folder, up to where a user would deploy. */
  readonly prepare: (path: string, endpoint: string, settings: Settings) => Promise<Deployment>;
}
