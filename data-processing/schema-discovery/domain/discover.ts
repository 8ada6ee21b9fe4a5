import { and, eq, ne } from "drizzle-orm";
import log from "encore.dev/log";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { schemaSnapshots } from "../../schema.js";
import type { DataSource } from "../../sources/data-source.js";
import type { DiscoveredEntity } from "./entity.js";
import { readEntity } from "./read-entity.js";

/** The cache that discovery stands on: text by tenant, source and entity, forgotten after 5 minutes. */
interface SchemaCache {
  get(key: SchemaCacheKey): Promise<string | undefined>;
  set(key: SchemaCacheKey, value: string): Promise<void>;
}

interface SchemaCacheKey {
  tenant: string;
  source: string;
  entity: string;
}

interface DiscoveryContext {
  db: Db;
  cache: SchemaCache;
  source: DataSource;
  userId: string;
}

/**
 * The entity's schema: from the cache, else from the live database. A schema that is new or has changed is recorded
 * and told of as `schema-analyzed`.
 */
export async function discoverEntity(
  context: DiscoveryContext,
  entityType: string,
  options: { refresh?: boolean } = {},
): Promise<DiscoveredEntity> {
  const { cache, source } = context;
  const key = { tenant: source.tenantId, source: source.name, entity: entityType };
  if (!options.refresh) {
    const cached = await readCache(cache, key);
    if (cached) return cached;
  }
  const entity = await readEntity(source, entityType);
  await recordSchema(context, entity);
  await cache.set(key, JSON.stringify(entity)).catch((error: unknown) => {
    log.warn(error, "schema not cached", key);
  });
  return entity;
}

/** A cache that fails is no reason to fail: the database is asked instead. */
async function readCache(cache: SchemaCache, key: SchemaCacheKey): Promise<DiscoveredEntity | undefined> {
  const text = await cache.get(key).catch((error: unknown) => {
    log.warn(error, "schema cache not readable", key);
    return undefined;
  });
  if (text === undefined) return undefined;
  const entity = JSON.parse(text) as DiscoveredEntity;
  entity.schema.lastAnalyzed = new Date(entity.schema.lastAnalyzed);
  return entity;
}

async function recordSchema(context: DiscoveryContext, entity: DiscoveredEntity): Promise<void> {
  const { db, source, userId } = context;
  const { schema } = entity;
  const { tenantId } = source;
  const snapshot = { fingerprint: schema.fingerprint, schema, analyzedAt: schema.lastAnalyzed };
  const row = { tenantId, source: source.name, entityType: schema.entityType };
  await withTenant(db, tenantId, async (tx) => {
    const known = await tx
      .select({ fingerprint: schemaSnapshots.fingerprint })
      .from(schemaSnapshots)
      .where(
        and(
          eq(schemaSnapshots.tenantId, tenantId),
          eq(schemaSnapshots.source, source.name),
          eq(schemaSnapshots.entityType, schema.entityType),
        ),
      );
    if (known[0]?.fingerprint === schema.fingerprint) return;
    const changed = await tx
      .insert(schemaSnapshots)
      .values({ ...row, ...snapshot })
      .onConflictDoUpdate({
        target: [schemaSnapshots.tenantId, schemaSnapshots.source, schemaSnapshots.entityType],
        set: snapshot,
        setWhere: ne(schemaSnapshots.fingerprint, schema.fingerprint),
      })
      .returning({ entityType: schemaSnapshots.entityType });
    if (changed.length === 0) return;
    const fields = schema.fields.map(({ name, dataType, nullable }) => ({ name, dataType, nullable }));
    await addToOutbox(
      tx,
      "schema-events",
      newEvent(
        { type: "schema-analyzed" as const, sourceId: source.name, entityType: schema.entityType, fields },
        { tenantId, userId, orderedBy: `${source.name}/${schema.entityType}` },
      ),
    );
  });
}
