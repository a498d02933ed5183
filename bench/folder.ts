import { join } from "node:path";
import { localFolder } from "../common/paths";

/** The measurements' files; emptied at the start, and kept for inspection at the end. */
export const folder = join(localFolder, "bench");
