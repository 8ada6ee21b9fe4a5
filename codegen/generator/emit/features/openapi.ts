import { openapiDocument } from "../../views/openapi-view.js";
import type { FeatureOf } from "./feature.js";

/** The description of the service's routes, as a file and at `/openapi.json`. */
export const openapi: FeatureOf = (project, service) => ({
  files: [
    {
      path: "openapi.json",
      template: "openapi.json",
      view: { text: JSON.stringify(openapiDocument(project, service), null, 2) },
    },
  ],
});
