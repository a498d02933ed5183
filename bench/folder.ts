import { join } from "node:path";
import { localFolder } from "../common/paths";

/** Where the measurements keep what they make; emptied when they start, and left for a look when they end. */
export const folder = join(localFolder, "bench");
