import type { EntityView } from "./entity-view.js";

/** The tables of a service, and what `schema.ts` imports for them. */
export interface SchemaView {
  entities: EntityView[];
  imports: string;
  usesSql: boolean;
  json: boolean;
}

/** How `schema.ts` writes the tables of a service. */
export function schemaView(entities: EntityView[]): SchemaView {
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
