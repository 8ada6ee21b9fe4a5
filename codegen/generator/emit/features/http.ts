import { kebabCase } from "../../model/plural.js";
import type { OperationModel, ServiceModel } from "../../model/schema.js";
import type { PackageName } from "../../versions.js";
import { appView, usedTextReaders } from "../../views/app-view.js";
import { pascalCase } from "../../views/casing.js";
import { commentText } from "../../views/comment-text.js";
import { entityView } from "../../views/entity-view.js";
import type { Feature, FeatureFile, FeatureOf } from "./feature.js";

/** Routes, operations, and what reads requests and writes answers. */
export const http: FeatureOf = (project, service): Feature => {
  const entities = service.entities.map((entity) => entityView(entity, service));
  const app = appView(project, service, entities);
  const packages: PackageName[] = ["valibot", service.framework];
  if (service.runtime === "node" && service.framework === "hono") packages.push("@hono/node-server");
  return {
    files: [
      ...["log", "problem", "request-context"].map((name) => source(name)),
      { path: "src/app.ts", template: `src/app-${service.framework}.ts`, view: app },
      ...textValues(usedTextReaders(app)),
      ...(needsBody(service) ? [source("request-body", { objects: service.operations.some(hasBody) })] : []),
      ...service.operations.map(({ name, description = "" }) => ({
        path: `src/operations/${kebabCase(name)}.ts`,
        template: "src/operation.ts",
        view: { operation: name, Operation: pascalCase(name), description: commentText(description) },
      })),
    ],
    packages,
    config: [
      { name: "PORT", schema: "port", default: String(service.port), description: "Port to listen on." },
      {
        name: "LOG_LEVEL",
        schema: 'v.picklist(["debug", "info", "warn", "error"])',
        default: "info",
        description: "Least level of what is logged: debug, info, warn or error.",
      },
      {
        name: "SHUTDOWN_MS",
        schema: "milliseconds",
        default: "10000",
        description: "How long requests under way may take after the service was told to stop.",
      },
      {
        name: "DRAIN_MS",
        schema: "milliseconds",
        default: "0",
        description:
          "How long the service answers on after it said that it is not ready, so that balancers learn of it.",
      },
    ],
  };
};

/** A file of `src/` whose template has its name. */
function source(name: string, view: object = {}): FeatureFile {
  return { path: `src/${name}.ts`, template: `src/${name}.ts`, view };
}

function textValues(readers: string[]): FeatureFile[] {
  if (readers.length === 0) return [];
  const used = { numbers: readers.includes("numberOf"), booleans: readers.includes("booleanOf") };
  return [source("text-values", used)];
}

function needsBody({ entities, operations }: ServiceModel): boolean {
  return (
    entities.some((entity) => entity.operations.some((name) => name === "create" || name === "update")) ||
    operations.some(hasBody)
  );
}

function hasBody({ method }: OperationModel): boolean {
  return method !== "GET" && method !== "DELETE";
}
