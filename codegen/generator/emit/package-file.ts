import type { ProjectModel, ServiceModel } from "../model/schema.js";
import { pinned } from "../versions.js";
import type { Feature } from "./features/feature.js";

/** A package.json as npm writes it. */
export function packageText(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** The package.json of a service. */
export function packageFile(
  project: ProjectModel,
  service: ServiceModel,
  { packages, scripts }: Required<Feature>,
): string {
  return packageText({
    name: `@${project.name}/${service.name}`,
    version: "0.1.0",
    private: true,
    type: "module",
    description: service.description ?? `The service ${service.name}`,
    scripts: {
      build: `node ../../scripts/build.mjs ${service.name}`,
      start: `${service.runtime === "node" ? "node --enable-source-maps" : "bun"} dist/main.js`,
      ...scripts,
    },
    dependencies: { [`@${project.name}/contracts`]: "0.1.0", ...pinned(...packages) },
  });
}
