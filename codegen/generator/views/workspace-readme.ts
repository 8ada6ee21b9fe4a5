import { mermaid, projectGraph } from "../model/graph.js";
import type { ProjectModel } from "../model/schema.js";
import type { DockerConfig } from "../templates/workspace/scripts/docker/service-config.js";

/** What the README of a project shows. */
export function readmeView(project: ProjectModel, config: DockerConfig): object {
  const descriptions = new Map(project.services.map(({ name, description }) => [name, description]));
  return {
    name: project.name,
    description: project.description ?? "",
    graph: mermaid(projectGraph(project)),
    services: config.services.map(({ serviceName, port, visibility, host, database, runtime }) => ({
      name: serviceName,
      port,
      runtime,
      edge: visibility === "public" ? `https://${host}` : "internal",
      database: database ?? "none",
      description: (descriptions.get(serviceName) ?? "").replaceAll("|", "\\|").replaceAll("\n", " "),
    })),
    firstService: config.services[0]?.serviceName,
    certificateResolver: config.project.certificateResolver !== undefined,
  };
}
