import { APIError } from "encore.dev/api";
import type { DataSource } from "../../sources/data-source.js";
import { parseEntityName, type TableName } from "../../sources/identifiers.js";
import { type CatalogueRow, toEntities } from "./catalogue-rows.js";
import { catalogueSql } from "./catalogue-sql.js";
import type { DiscoveredEntity } from "./entity.js";

const entityTimeoutMs = 10_000;
const pageTimeoutMs = 15_000;

/**
 * Reads an entity's schema from the live database, in one round trip. Throws `notFound` (reason `unknown_entity`)
 * where the table or view is not there or may not be read.
 */
export async function readEntity(source: DataSource, entityType: string): Promise<DiscoveredEntity> {
  const name = parseEntityName(entityType, source.defaultSchema);
  if (visible(source, name)) {
    const statement = catalogueSql({ names: [name] }, { statistics: true });
    const [entity] = toEntities(source, await source.readOnce<CatalogueRow>(statement, entityTimeoutMs));
    if (entity) return entity;
  }
  throw APIError.notFound(`The data source "${source.name}" has no entity "${entityType}".`).withDetails({
    reason: "unknown_entity",
  });
}

/** Reads those of the named entities that are there and may be read, in one round trip; without statistics. */
export async function readEntities(
  source: DataSource,
  entityTypes: readonly string[],
): Promise<DiscoveredEntity[]> {
  const names = entityTypes
    .map((entityType) => parseEntityName(entityType, source.defaultSchema))
    .filter((name) => visible(source, name));
  if (names.length === 0) return [];
  const statement = catalogueSql({ names }, { statistics: false });
  return toEntities(source, await source.readOnce<CatalogueRow>(statement, pageTimeoutMs));
}

/** Reads a page of a data source's entities by name, whole, in one round trip; without statistics. */
export async function readCataloguePage(
  source: DataSource,
  page: { after?: TableName; limit: number },
): Promise<DiscoveredEntity[]> {
  const onlySchema = source.kind === "workspace" ? source.defaultSchema : undefined;
  const statement = catalogueSql({ ...page, onlySchema }, { statistics: false });
  return toEntities(source, await source.readOnce<CatalogueRow>(statement, pageTimeoutMs));
}

/** In the workspace a tenant sees its own schema only. */
function visible(source: DataSource, name: TableName): boolean {
  return source.kind !== "workspace" || name.schema === source.defaultSchema;
}
