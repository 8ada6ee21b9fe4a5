import { createHash } from "node:crypto";
import { APIError } from "encore.dev/api";
import log from "encore.dev/log";
import type { Db } from "../../db.js";
import type { DataSource } from "../../sources/data-source.js";
import { formatEntityName, parseEntityName } from "../../sources/identifiers.js";
import type { DiscoveredEntity } from "./entity.js";
import { readEntity } from "./read-entity.js";
import { recordRemovals, recordSchemas } from "./record-schemas.js";

/** The cache that discovery stands on: text by tenant, source and entity, forgotten after 5 minutes. */
export interface SchemaCache {
  get(key: SchemaCacheKey): Promise<string | undefined>;
  set(key: SchemaCacheKey, value: string): Promise<void>;
  delete(...keys: SchemaCacheKey[]): Promise<number>;
}

interface SchemaCacheKey {
  tenant: string;
  source: string;
  entity: string;
}

export interface DiscoveryContext {
  db: Db;
  cache: SchemaCache;
  source: DataSource;
  userId: string;
}

/**
 * The entity's schema: from the cache, else from the live database. A schema that is new or has changed is recorded
 * and told of as `schema-analyzed`; one that is gone as `schema-removed`.
 */
export async function discoverEntity(
  context: DiscoveryContext,
  entityType: string,
  options: { refresh?: boolean } = {},
): Promise<DiscoveredEntity> {
  const { db, cache, source, userId } = context;
  const name = formatEntityName(parseEntityName(entityType, source.defaultSchema), source.defaultSchema);
  const key = cacheKey(source, name);
  if (!options.refresh) {
    const cached = await readCache(cache, key);
    if (cached) return cached;
  }
  const owner = { tenantId: source.tenantId, source: source.name, userId };
  try {
    const entity = await readEntity(source, name);
    await recordSchemas(db, owner, [entity.schema]);
    await cacheEntity(cache, source, entity);
    return entity;
  } catch (error) {
    if (error instanceof APIError && error.details?.reason === "unknown_entity") {
      await recordRemovals(db, owner, [name]);
      await forget(cache, key);
    }
    throw error;
  }
}

/** Keeps an entity for 5 minutes. A cache that fails is no reason to fail: the database is asked instead. */
export async function cacheEntity(
  cache: SchemaCache,
  source: DataSource,
  entity: DiscoveredEntity,
): Promise<void> {
  const key = cacheKey(source, entity.schema.entityType);
  await cache.set(key, JSON.stringify(entity)).catch((error: unknown) => {
    log.warn(error, "schema not cached", { ...key });
  });
}

/** A source that is pointed to another database has another key: what was cached of the former one is not seen any more. */
function cacheKey(source: DataSource, entityType: string): SchemaCacheKey {
  const database = createHash("sha256").update(source.database).digest("hex").slice(0, 16);
  return { tenant: source.tenantId, source: `${source.name}@${database}`, entity: entityType };
}

async function forget(cache: SchemaCache, key: SchemaCacheKey): Promise<void> {
  await cache.delete(key).catch((error: unknown) => {
    log.warn(error, "schema stays in the cache", { ...key });
  });
}

async function readCache(cache: SchemaCache, key: SchemaCacheKey): Promise<DiscoveredEntity | undefined> {
  const text = await cache.get(key).catch((error: unknown) => {
    log.warn(error, "schema cache not readable", { ...key });
    return undefined;
  });
  return text === undefined ? undefined : parseEntity(text);
}

const mostParsed = 500;

/** Entities by the text that the cache holds of them, least recently read first. */
const parsed = new Map<string, DiscoveredEntity>();

/** The entity of a text. The same text gives the same object, by which callers see that nothing has changed. */
function parseEntity(text: string): DiscoveredEntity {
  const entity = parsed.get(text) ?? (JSON.parse(text) as DiscoveredEntity);
  if (!parsed.delete(text)) entity.schema.lastAnalyzed = new Date(entity.schema.lastAnalyzed);
  parsed.set(text, entity);
  for (const [oldest] of parsed) {
    if (parsed.size <= mostParsed) break;
    parsed.delete(oldest);
  }
  return entity;
}
