import type { Hosted } from "../../generate/entry-point.js";

/** What `axion build` notes about a production folder; `app/manifest.json` in it. */
export interface Manifest {
  /** What the bundle holds, and runs unless told otherwise. */
  hosted: Hosted;
  /** Revision of the sources, for the app's metadata. */
  revision: string;
  /** Version of the host that built it. */
  host: string;
}
