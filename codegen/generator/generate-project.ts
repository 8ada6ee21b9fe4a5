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
  return sortedByPath([...generateSteps(project, previous)].flat());
}

/**
 * The files of a project in steps that take a fraction of a second each, so that a server can answer others between them:
 * what is around the services, their contracts, then each service.
 */
export function* generateSteps(project: ProjectModel, previous?: Previous): Generator<GeneratedFile[]> {
  yield workspaceFiles(project);
  yield contractFiles(project);
  for (const service of project.services) {
    yield [
      ...serviceFiles(project, service),
      ...migrationFiles(service, migrationHistory(service, previous)),
    ];
  }
}

/** Files in the order in which projects list them. */
export function sortedByPath(files: readonly GeneratedFile[]): GeneratedFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function migrationHistory(
  service: ServiceModel,
  previous: Previous | undefined,
): MigrationHistory | undefined {
  const before = previous && previousService(service, previous.model);
  return before && { service: before, read: (path) => previous.read(`services/${before.name}/${path}`) };
}
