import type { ProjectModel, ServiceModel } from "./schema.js";

/** Who sends a request: a user with a token, a program with a key, another service of the project. */
export type CallerKind = "user" | "api-key" | "service";

/**
 * Who may call a route of a service; anyone where this is empty. An internal service answers the services of its project
 * alone; a public one also answers them where it is called by some.
 */
export function permittedCallers(
  project: ProjectModel,
  service: ServiceModel,
  auth: ServiceModel["auth"] = service.auth,
): CallerKind[] {
  if (service.visibility === "internal") return ["service"];
  if (auth === "public") return [];
  const called = project.services.some(({ dependsOn }) =>
    dependsOn.some((each) => each.service === service.name),
  );
  return [auth === "jwt" ? "user" : "api-key", ...(called ? ["service" as const] : [])];
}

/** All kinds of callers that a service has to tell apart. */
export function knownCallers(project: ProjectModel, service: ServiceModel): Set<CallerKind> {
  const routes = [
    ...service.entities.filter(({ operations }) => operations.length > 0),
    ...service.operations,
  ];
  return new Set(routes.flatMap(({ auth }) => permittedCallers(project, service, auth)));
}
