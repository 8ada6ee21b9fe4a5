import { contractFiles } from "./emit/contract-files.js";
import { type MigrationHistory, migrationFiles } from "./emit/migration-files.js";
import { prepareService, serviceFiles } from "./emit/service-files.js";
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
  return sortedByPath([...generateSteps(project, previous)].flatMap(({ file }) => file ?? []));
}

/** A part of the work on a project that takes milliseconds. */
export interface GenerationStep {
  /** Absent for work that other files need. */
  file?: GeneratedFile;
  /** How many services are whole. */
  services: number;
}

/**
 * The files of a project one by one, so that a server can answer others between them: what is around the services,
 * their contracts, then each service.
 */
export function* generateSteps(project: ProjectModel, previous?: Previous): Generator<GenerationStep> {
  for (const service of project.services) {
    prepareService(project, service);
    yield { services: 0 };
  }
  for (const file of workspaceFiles(project)) yield { file, services: 0 };
  for (const file of contractFiles(project)) yield { file, services: 0 };
  for (const [services, service] of project.services.entries()) {
    for (const file of serviceFiles(project, service)) yield { file, services };
    for (const file of migrationFiles(service, migrationHistory(service, previous))) yield { file, services };
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
