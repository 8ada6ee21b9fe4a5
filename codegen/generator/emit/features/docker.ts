import { hasDatabase } from "../../model/has-database.js";
import type { FeatureOf } from "./feature.js";

/** The image of a service. */
export const docker: FeatureOf = (_project, service) => ({
  files: [{ path: "Dockerfile", template: "Dockerfile", view: { database: hasDatabase(service) } }],
});
