import type { ConfigEntry } from "../emit/features/feature.js";
import { permittedCallers } from "../model/access.js";
import { operationPath } from "../model/plural.js";
import type { ProjectModel, ServiceModel } from "../model/schema.js";
import { commentText } from "./comment-text.js";
import { entityView } from "./entity-view.js";

/** The README of a service. */
export interface ServiceReadmeView {
  summary: string;
  framework: string;
  runtime: string;
  internal: boolean;
  clients: boolean;
  operations: boolean;
  routes: { method: string; path: string; summary: string; callers: string }[];
  config: { name: string; fallback: string; description: string }[];
}

const whom = {
  user: "a user with a token",
  "api-key": "a program with an API key",
  service: "services of the project",
};

/** A text of the model as Markdown shows it: on one line, and without meaning of its own. */
export function markdownText(text: string): string {
  return commentText(text)
    .replaceAll("*\\/", "*/")
    .replaceAll(/[\\`*_{}[\]<>|#~]/g, (sign) => `\\${sign}`);
}

/** What the README of a service shows. */
export function serviceReadmeView(
  project: ProjectModel,
  service: ServiceModel,
  config: readonly ConfigEntry[],
): ServiceReadmeView {
  const callers = (auth: ServiceModel["auth"] | undefined) => {
    const kinds = permittedCallers(project, service, auth);
    return kinds.length === 0 ? "anyone" : kinds.map((kind) => whom[kind]).join(", ");
  };
  return {
    summary: markdownText(service.description ?? `The service ${service.name}.`),
    framework: service.framework === "hono" ? "Hono" : "Elysia",
    runtime: service.runtime === "node" ? "Node" : "Bun",
    internal: service.visibility === "internal",
    clients: service.dependsOn.length > 0,
    operations: service.operations.length > 0,
    routes: [
      ...service.entities.flatMap((entity) => {
        const { path, operations } = entityView(entity, service);
        const words = path.replaceAll("-", " ");
        const rows = [
          operations.list && { method: "GET", path: `/${path}`, summary: `A page of ${words}` },
          operations.create && { method: "POST", path: `/${path}`, summary: `Creates one of the ${words}` },
          operations.get && { method: "GET", path: `/${path}/:id`, summary: `One of the ${words}` },
          operations.update && {
            method: "PATCH",
            path: `/${path}/:id`,
            summary: `Changes one of the ${words}`,
          },
          operations.delete && {
            method: "DELETE",
            path: `/${path}/:id`,
            summary: `Deletes one of the ${words}`,
          },
        ];
        return rows.filter((row) => row !== false).map((row) => ({ ...row, callers: callers(entity.auth) }));
      }),
      ...service.operations.map((operation) => ({
        method: operation.method,
        path: operationPath(operation),
        summary: markdownText(operation.description ?? operation.name),
        callers: callers(operation.auth),
      })),
    ],
    config: config.map(({ name, default: otherwise, optional = false, description }) => ({
      name,
      fallback: otherwise === undefined ? (optional ? "" : "needed") : `\`${otherwise}\``,
      description: markdownText(description),
    })),
  };
}
