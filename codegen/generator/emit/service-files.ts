import type { GeneratedFile } from "../generated-file.js";
import { kebabCase } from "../model/plural.js";
import type { OperationModel, ProjectModel, ServiceModel } from "../model/schema.js";
import { render } from "../render/templates.js";
import { appView, usedTextReaders } from "../views/app-view.js";
import { pascalCase } from "../views/casing.js";
import { type EntityView, entityView } from "../views/entity-view.js";
import { packageFile } from "./package-file.js";

/** All files of a service but its migrations. */
export function serviceFiles(project: ProjectModel, service: ServiceModel): GeneratedFile[] {
  const folder = `services/${service.name}`;
  const contracts = `@${project.name}/contracts`;
  const entities = service.entities.map((entity) => entityView(entity, service));
  const node = service.runtime === "node";
  const database = entities.length > 0;
  const view = {
    project: project.name,
    name: service.name,
    port: service.port,
    bodyBytes: service.limits.bodyKb * 1024,
    fetch: service.framework === "hono" ? "fetch" : "handle",
    node,
    database,
    contracts,
  };
  const files = new Map<string, string>();
  const add = (path: string, template: string, more: object = {}) =>
    files.set(path, render(`service/${template}.hbs`, { ...view, ...more }));

  for (const name of ["config", "health", "log", "main", "metrics", "problem", "request-context", "server"])
    add(`src/${name}.ts`, `src/${name}.ts`);
  const app = appView(service, entities, contracts);
  add("src/app.ts", `src/app-${service.framework}.ts`, app);
  const readers = usedTextReaders(app);
  if (readers.length > 0) {
    add("src/text-values.ts", "src/text-values.ts", {
      numbers: readers.includes("numberOf"),
      booleans: readers.includes("booleanOf"),
    });
  }
  for (const { name, description = "" } of service.operations) {
    const names = { operation: name, Operation: pascalCase(name), description };
    add(`src/operations/${kebabCase(name)}.ts`, "src/operation.ts", names);
  }
  add("tsconfig.json", "tsconfig.json");
  add("Dockerfile", "Dockerfile");
  files.set("package.json", packageFile(project, service));
  if (needsBody(service))
    add("src/request-body.ts", "src/request-body.ts", { objects: service.operations.some(hasBody) });
  if (database) {
    add("src/db.ts", "src/db.ts");
    add("src/migrate.ts", "src/migrate.ts");
    add("src/schema.ts", "src/schema.ts", schemaView(entities));
    add("src/uuid.ts", "src/uuid.ts");
    const values = entities
      .filter(({ operations }) => operations.create || operations.update)
      .flatMap(rowValues);
    if (values.length > 0) {
      const used = { dates: values.includes("asDate"), bigints: values.includes("asBigint") };
      add("src/row-values.ts", "src/row-values.ts", used);
    }
  }
  if (entities.some(({ operations }) => operations.list)) add("src/cursor.ts", "src/cursor.ts");
  for (const entity of entities) addHandlers(entity, service, add);
  return [...files].map(([path, text]) => ({ path: `${folder}/${path}`, text }));
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

function schemaView(entities: EntityView[]): object {
  const builders = entities.flatMap((entity) => entity.columnBuilders);
  const extras = entities.flatMap((entity) => entity.extras);
  const helpers = ["check", "index", "uniqueIndex"].filter((name) =>
    extras.some((extra) => extra.startsWith(`${name}(`)),
  );
  const names = new Set(["pgTable", "timestamp", "uuid", ...builders, ...helpers]);
  const refers = entities.some((entity) =>
    entity.fields.some((field) => field.column.includes("AnyPgColumn")),
  );
  return {
    entities,
    imports: [...(refers ? ["type AnyPgColumn"] : []), ...[...names].toSorted()].join(", "),
    usesSql: extras.some((extra) => extra.includes("sql`")),
    json: entities.some((entity) => entity.fields.some((field) => field.column.includes("<Json>"))),
  };
}

function addHandlers(
  entity: EntityView,
  service: ServiceModel,
  add: (path: string, template: string, more: object) => void,
): void {
  const words = entity.path.replaceAll("-", " ");
  const view = {
    ...entity,
    service: service.name,
    words,
    word: kebabCase(entity.name).replaceAll("-", " "),
    inputRow: inputRow(entity),
    rowValues: rowValues(entity).join(", "),
  };
  const folder = `src/handlers/${entity.path}`;
  const { list, get, create, update } = entity.operations;
  if (list || get || create || update)
    add(`${folder}/to-${entity.file}.ts`, "src/handlers/to-entity.ts", view);
  for (const [operation, wanted] of Object.entries(entity.operations)) {
    const name = operation === "list" ? entity.path : entity.file;
    if (wanted) add(`${folder}/${operation}-${name}.ts`, `src/handlers/${operation}.ts`, view);
  }
}

/** What is written to a row: the input, with instants and 64-bit integers as the driver takes them. */
function inputRow({ fields }: EntityView): string {
  const parts = fields
    .filter((field) => field.isTimestamp || field.isBigint)
    .map(({ name, isTimestamp }) => `${name}: ${isTimestamp ? "asDate" : "asBigint"}(input.${name})`);
  return ["...input", ...parts].join(", ");
}

/** Functions of `row-values.ts` that writing an entity takes. */
function rowValues({ fields }: EntityView): string[] {
  return [
    ...(fields.some((field) => field.isBigint) ? ["asBigint"] : []),
    ...(fields.some((field) => field.isTimestamp) ? ["asDate"] : []),
  ];
}
