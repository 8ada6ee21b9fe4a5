import type { GeneratedFile } from "../generated-file.js";
import type { ProjectModel, ServiceModel } from "../model/schema.js";
import { render } from "../render/templates.js";
import { pinned } from "../versions.js";
import { pascalCase } from "../views/casing.js";
import { commentText } from "../views/comment-text.js";
import { entityView } from "../views/entity-view.js";
import { eventView } from "../views/event-view.js";
import { memberText, optionalSchema, valueView } from "../views/value-view.js";
import { packageText } from "./package-file.js";

/** What contracts share, by the name under which schemas use it. */
const shared = ["Json", "decimal", "instant", "int64", "json", "plainText"];

/** The package of types and schemas that services and their callers share. */
export function contractFiles(project: ProjectModel): GeneratedFile[] {
  const folder = "packages/contracts";
  const services = [
    ...project.services
      .filter((service) => service.entities.length > 0 || service.operations.length > 0)
      .map((service) => ({ path: `${folder}/src/${service.name}.ts`, text: contractText(service) })),
    ...eventContracts(project).map((text) => ({ path: `${folder}/src/events.ts`, text })),
  ];
  const used = (name: string) => services.some(({ text }) => new RegExp(`\\b${name}\\b`).test(text));
  const values = {
    json: used("json") || used("Json"),
    instant: used("instant"),
    decimal: used("decimal"),
    int64: used("int64"),
    plainText: used("plainText"),
  };
  return [
    ...services,
    ...(Object.values(values).some(Boolean)
      ? [{ path: `${folder}/src/values.ts`, text: render("contracts/values.ts.hbs", values) }]
      : []),
    {
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
    },
  ];
}

function contractText(service: ServiceModel): string {
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
  return withValues("contracts/service.ts.hbs", { entities, operations });
}

/** The text of `events.ts`, where the project has events. */
function eventContracts(project: ProjectModel): string[] {
  const events = project.services.flatMap((service) =>
    service.publishes.map((event) => eventView(event, service)),
  );
  return events.length === 0 ? [] : [withValues("contracts/events.ts.hbs", { events })];
}

/** Fills in a template that imports from `values.ts` what it uses of it. */
function withValues(template: string, view: object): string {
  const fill = (valueNames: string) => render(template, { ...view, valueNames });
  const body = fill("");
  const names = shared.filter((name) => new RegExp(`(?<![."\\w])${name}\\b(?!["\\w:])`).test(body));
  return names.length === 0
    ? body
    : fill(names.map((name) => (name === "Json" ? "type Json" : name)).join(", "));
}
