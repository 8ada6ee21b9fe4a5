import { hasDatabase, hasEvents } from "../../model/has-database.js";
import type { ServiceModel } from "../../model/schema.js";
import { type EntityView, entityView } from "../../views/entity-view.js";
import { type HandlerView, handlerView } from "../../views/handler-view.js";
import { schemaView } from "../../views/schema-view.js";
import type { FeatureFile, FeatureOf } from "./feature.js";

/** Database of a service, tables and handlers of its entities; nothing where it stores nothing. */
export const database: FeatureOf = (_project, service) => {
  if (!hasDatabase(service)) return {};
  const entities = service.entities.map((entity) => entityView(entity, service));
  const plain = (name: string): FeatureFile => ({ path: `src/${name}.ts`, template: `src/${name}.ts` });
  return {
    files: [
      { ...plain("db"), view: { exportsClient: hasEvents(service), transactions: hasEvents(service) } },
      plain("migrate"),
      ...(entities.length > 0 ? [plain("uuid"), { ...plain("schema"), view: schemaView(entities) }] : []),
      ...(entities.some(({ operations }) => operations.list) ? [plain("cursor")] : []),
      ...rowValueFiles(entities),
      ...entities.flatMap((entity) => handlerFiles(entity, service)),
    ],
    packages: ["drizzle-orm", "postgres"],
    scripts: {
      migrate: `${service.runtime === "node" ? "node --enable-source-maps" : "bun"} dist/migrate.js`,
    },
    config: [
      {
        name: "DATABASE_URL",
        schema: "address",
        secret: true,
        description: "Postgres database of the service, e.g. postgres://user:password@host:5432/database.",
      },
      {
        name: "DATABASE_CONNECTIONS",
        schema: "count",
        default: "10",
        description: "Most connections to the database.",
      },
    ],
    stop: [{ module: "./db.js", name: "closeDatabase", call: "await closeDatabase()" }],
    ready: [{ module: "./db.js", name: "databaseAnswers", what: "the database" }],
  };
};

function rowValueFiles(entities: EntityView[]): FeatureFile[] {
  const values = entities
    .filter(({ operations }) => operations.create || operations.update)
    .flatMap((entity) => entity.fields);
  const view = {
    dates: values.some(({ isTimestamp }) => isTimestamp),
    bigints: values.some(({ isBigint }) => isBigint),
  };
  return view.dates || view.bigints
    ? [{ path: "src/row-values.ts", template: "src/row-values.ts", view }]
    : [];
}

function handlerFiles(entity: EntityView, service: ServiceModel): FeatureFile[] {
  const view: HandlerView = handlerView(entity, service);
  const folder = `src/handlers/${entity.path}`;
  const { list, get, create, update } = entity.operations;
  return [
    ...(list || get || create || update
      ? [{ path: `${folder}/to-${entity.file}.ts`, template: "src/handlers/to-entity.ts", view }]
      : []),
    ...Object.entries(entity.operations)
      .filter(([, wanted]) => wanted)
      .map(([operation]) => ({
        path: `${folder}/${operation}-${operation === "list" ? entity.path : entity.file}.ts`,
        template: `src/handlers/${operation}.ts`,
        view,
      })),
  ];
}
