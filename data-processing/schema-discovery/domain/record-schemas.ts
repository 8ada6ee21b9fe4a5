import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { driftChecks, schemaSnapshots } from "../../schema.js";
import type { EntitySchema } from "../types.js";

/** Whose schemas these are, and on whose behalf they were read. */
export interface SchemaOwner {
  tenantId: string;
  source: string;
  userId: string;
}

/**
 * Keeps the structure of entities as it was read. Those that are new or have changed are told of as `schema-analyzed`;
 * answers with their names.
 */
export async function recordSchemas(
  db: Db,
  owner: SchemaOwner,
  schemas: readonly EntitySchema[],
): Promise<string[]> {
  const { tenantId, source, userId } = owner;
  if (schemas.length === 0) return [];
  return await withTenant(db, tenantId, async (tx) => {
    const known = await tx
      .select({ entityType: schemaSnapshots.entityType, fingerprint: schemaSnapshots.fingerprint })
      .from(schemaSnapshots)
      .where(
        ofSource(
          owner,
          schemas.map(({ entityType }) => entityType),
        ),
      );
    const fingerprints = new Map(known.map((row) => [row.entityType, row.fingerprint]));
    const fresh = schemas.filter(
      ({ entityType, fingerprint }) => fingerprints.get(entityType) !== fingerprint,
    );
    if (fresh.length === 0) return [];
    const changed = await tx
      .insert(schemaSnapshots)
      .values(
        fresh.map((schema) => ({
          tenantId,
          source,
          entityType: schema.entityType,
          fingerprint: schema.fingerprint,
          schema,
          analyzedAt: schema.lastAnalyzed,
        })),
      )
      .onConflictDoUpdate({
        target: [schemaSnapshots.tenantId, schemaSnapshots.source, schemaSnapshots.entityType],
        set: {
          fingerprint: sql`excluded.fingerprint`,
          schema: sql`excluded.schema`,
          analyzedAt: sql`excluded.analyzed_at`,
        },
        setWhere: ne(schemaSnapshots.fingerprint, sql`excluded.fingerprint`),
      })
      .returning({ entityType: schemaSnapshots.entityType });
    const names = new Set(changed.map(({ entityType }) => entityType));
    for (const schema of fresh.filter(({ entityType }) => names.has(entityType))) {
      const fields = schema.fields.map(({ name, dataType, nullable }) => ({ name, dataType, nullable }));
      const event = {
        type: "schema-analyzed" as const,
        sourceId: source,
        entityType: schema.entityType,
        fields,
      };
      const orderedBy = `${source}/${schema.entityType}`;
      await addToOutbox(tx, "schema-events", newEvent(event, { tenantId, userId, orderedBy }));
    }
    await tx.insert(driftChecks).values({ tenantId }).onConflictDoNothing();
    return [...names];
  });
}

/** Forgets entities that are gone and tells of them as `schema-removed`; answers with the names of those that were known. */
export async function recordRemovals(
  db: Db,
  owner: SchemaOwner,
  entityTypes: readonly string[],
): Promise<string[]> {
  const { tenantId, source, userId } = owner;
  if (entityTypes.length === 0) return [];
  return await withTenant(db, tenantId, async (tx) => {
    const removed = await tx
      .delete(schemaSnapshots)
      .where(ofSource(owner, entityTypes))
      .returning({ entityType: schemaSnapshots.entityType });
    for (const { entityType } of removed) {
      const event = { type: "schema-removed" as const, sourceId: source, entityType };
      const orderedBy = `${source}/${entityType}`;
      await addToOutbox(tx, "schema-events", newEvent(event, { tenantId, userId, orderedBy }));
    }
    return removed.map(({ entityType }) => entityType);
  });
}

/** The names of the entities of a source that are known, at most `limit`. */
export async function knownEntities(
  db: Db,
  owner: Pick<SchemaOwner, "tenantId" | "source">,
  limit: number,
): Promise<string[]> {
  const rows = await withTenant(db, owner.tenantId, (tx) =>
    tx
      .select({ entityType: schemaSnapshots.entityType })
      .from(schemaSnapshots)
      .where(and(eq(schemaSnapshots.tenantId, owner.tenantId), eq(schemaSnapshots.source, owner.source)))
      .limit(limit),
  );
  return rows.map(({ entityType }) => entityType);
}

function ofSource(owner: SchemaOwner, entityTypes: readonly string[]) {
  return and(
    eq(schemaSnapshots.tenantId, owner.tenantId),
    eq(schemaSnapshots.source, owner.source),
    inArray(schemaSnapshots.entityType, [...entityTypes]),
  );
}
