import { contractFiles } from "./emit/contract-files.js";
import { migrationFiles } from "./emit/migration-files.js";
import { serviceFiles } from "./emit/service-files.js";
import { workspaceFiles } from "./emit/workspace-files.js";
import type { GeneratedFile } from "./generated-file.js";
import type { ProjectModel } from "./model/schema.js";

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
    ...project.services.flatMap((service) => {
      const before = previous?.model.services.find(({ name }) => name === service.name);
      const journal = previous?.read(`services/${service.name}/migrations/meta/_journal.json`);
      return [...serviceFiles(project, service), ...migrationFiles(before, service, journal)];
    }),
  ];
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
