import type { GeneratedFile } from "../generated-file.js";
import type { ProjectModel, ServiceModel } from "../model/schema.js";
import { formatTypeScript } from "../render/format.js";
import { fill, render } from "../render/templates.js";
import { pinned } from "../versions.js";
import { pascalCase } from "../views/casing.js";
import { commentText } from "../views/comment-text.js";
import { entityView } from "../views/entity-view.js";
import { eventView } from "../views/event-view.js";
import { memberText, optionalSchema, valueView } from "../views/value-view.js";
import { packageText } from "./package-file.js";

/** What contracts share, by the name under which schemas use it. */
const sharedNames = ["Json", "decimal", "instant", "int64", "json", "plainText"];

/** The package of types and schemas that services and their callers share. */
export function* contractFiles(project: ProjectModel): Generator<GeneratedFile> {
  const folder = "packages/contracts";
  const used = new Set<string>();
  for (const { name, ...contract } of contracts(project)) {
    const path = `${folder}/src/${name}.ts`;
    const text = withValues(path, contract);
    for (const shared of sharedNames) if (new RegExp(`\\b${shared}\\b`).test(text)) used.add(shared);
    yield { path, text };
  }
  if (used.size > 0) {
    const values = {
      json: used.has("json") || used.has("Json"),
      instant: used.has("instant"),
      decimal: used.has("decimal"),
      int64: used.has("int64"),
      plainText: used.has("plainText"),
    };
    yield { path: `${folder}/src/values.ts`, text: render("contracts/values.ts.hbs", values) };
  }
  yield {
    path: `${folder}/package.json`,
    text: packageText({
      name: `@${project.name}/contracts`,
      version: "0.1.0",
      private: true,
      type: "module",
      description: "Types and schemas of what services call and tell each other",
      exports: { "./*.js": "./src/*.ts" },
      dependencies: pinned("valibot"),
    }),
  };
}

interface Contract {
  template: string;
  view: object;
}

/** The contracts of services that can be called, and that of the events where the project has any. */
function* contracts(project: ProjectModel): Generator<Contract & { name: string }> {
  for (const service of project.services) {
    if (service.entities.length === 0 && service.operations.length === 0) continue;
    yield { name: service.name, template: "contracts/service.ts.hbs", view: contractView(service) };
  }
  const events = project.services.flatMap((service) =>
    service.publishes.map((event) => eventView(event, service)),
  );
  if (events.length > 0) yield { name: "events", template: "contracts/events.ts.hbs", view: { events } };
}

function contractView(service: ServiceModel): object {
  const entities = service.entities.map((entity) => {
    const view = entityView(entity, service);
    return {
      ...view,
      sortType: view.sortNames.replaceAll(", ", " | "),
      filters: view.filters.map((filter) => ({
        ...filter,
        querySchema: filter.isNumber
          ? `v.pipe(v.unknown(), v.transform(Number), ${filter.schema})`
          : filter.isBoolean
            ? 'v.pipe(v.picklist(["true", "false"]), v.transform((text) => text === "true"))'
            : filter.schema,
      })),
    };
  });
  const operations = service.operations.map((operation) => ({
    name: operation.name,
    Name: pascalCase(operation.name),
    description: commentText(operation.description ?? ""),
    ...(Object.fromEntries(
      (["input", "output"] as const).map((side) => [
        side,
        operation[side].map(valueView).map((value) => ({
          name: value.name,
          member: memberText(value),
          optionalSchema: optionalSchema(value),
        })),
      ]),
    ) as Record<"input" | "output", object[]>),
  }));
  return { entities, operations };
}

/** Fills in a template that imports from `values.ts` what it uses of it. */
function withValues(path: string, { template, view }: Contract): string {
  const body = fill(template, { ...view, valueNames: "" });
  const names = sharedNames.filter((name) => new RegExp(`(?<![."\\w])${name}\\b(?!["\\w:])`).test(body));
  const valueNames = names.map((name) => (name === "Json" ? "type Json" : name)).join(", ");
  return formatTypeScript(path, names.length === 0 ? body : fill(template, { ...view, valueNames }));
}
