import type { ProjectModel, ServiceModel } from "../../model/schema.js";
import { serviceReadmeView } from "../../views/readme-view.js";
import type { Feature } from "./feature.js";

/** What people read first of a service. */
export function readme(project: ProjectModel, service: ServiceModel, { config }: Required<Feature>): Feature {
  return {
    files: [{ path: "README.md", template: "README.md", view: serviceReadmeView(project, service, config) }],
  };
}
