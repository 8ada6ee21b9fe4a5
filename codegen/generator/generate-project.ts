import { contractFiles } from "./emit/contract-files.js";
import { type MigrationHistory, migrationFiles } from "./emit/migration-files.js";
import { serviceFiles } from "./emit/service-files.js";
import { workspaceFiles } from "./emit/workspace-files.js";
import type { GeneratedFile } from "./generated-file.js";
import { previousService } from "./model/previous.js";
import type { ProjectModel, ServiceModel } from "./model/schema.js";

/** What was generated last, so that migrations go on from there. */
export interface Previous {
  model: ProjectModel;
  /** Text of a file of the project as it is now. */
  read(path: string): string | undefined;
}

/** All files of a project, by path. The same model gives the same bytes. */
export function generateProject(project: ProjectModel, previous?: Previous): GeneratedFile[] {
  const files = [
    ...workspaceFiles(project),
    ...contractFiles(project),
    ...project.services.flatMap((service) => [
      ...serviceFiles(project, service),
      ...migrationFiles(service, migrationHistory(service, previous)),
    ]),
  ];
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function migrationHistory(
  service: ServiceModel,
  previous: Previous | undefined,
): MigrationHistory | undefined {
  const before = previous && previousService(service, previous.model);
  return before && { service: before, read: (path) => previous.read(`services/${before.name}/${path}`) };
}
