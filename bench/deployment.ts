import type { Outputs } from "../tests/support/environment";
import type { Command } from "./measure";
import type { Settings } from "./programs";

/** What can be done with a deployment. */
export type Action = "deploy" | "preview" | "destroy";

/** A system's deployment, done or planned, from a folder. */
export interface Deployment {
  /** @param refresh whether it first reads the resources from AWS; by default, as the system does */
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
  /** Prepares a folder to the point where a user would deploy. */
  readonly prepare: (path: string, endpoint: string, settings: Settings) => Promise<Deployment>;
}
