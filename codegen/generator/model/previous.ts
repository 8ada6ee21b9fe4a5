import type { EntityModel, ProjectModel, ServiceModel } from "./schema.js";

interface Renamable {
  name: string;
  renamedFrom?: string | undefined;
}

/** What a thing was in the version before: the one with its name, else the one it was renamed from. */
function previousOf<T extends Renamable>(now: Renamable, before: readonly T[]): T | undefined {
  return before.find(({ name }) => name === now.name) ?? before.find(({ name }) => name === now.renamedFrom);
}

/** The service of the version before that this one continues. */
export function previousService(service: ServiceModel, before: ProjectModel): ServiceModel | undefined {
  return previousOf(service, before.services);
}

/** The entity of the version before that this one continues. */
export function previousEntity(entity: EntityModel, before: ServiceModel): EntityModel | undefined {
  return previousOf(entity, before.entities);
}
