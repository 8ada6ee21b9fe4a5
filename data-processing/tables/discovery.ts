import { index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type { EntitySchema } from "../schema-discovery/types.js";
import { instant } from "./columns.js";

/** The structure of each entity as it was last seen. */
export const schemaSnapshots = pgTable(
  "schema_snapshots",
  {
    tenantId: text("tenant_id").notNull(),
    source: text("source").notNull(),
    entityType: text("entity_type").notNull(),
    fingerprint: text("fingerprint").notNull(),
    schema: jsonb("schema").$type<EntitySchema>().notNull(),
    analyzedAt: instant("analyzed_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.source, table.entityType] }), tenantIsolation()],
);

/**
 * Tenants whose rules are compared with the live schemas, and when.
 *
 * No row-level security: a system table, read for all tenants at once, which holds ids only and is reachable through
 * no endpoint.
 */
export const driftChecks = pgTable(
  "drift_checks",
  {
    tenantId: text("tenant_id").primaryKey(),
    dueAt: instant("due_at").notNull().defaultNow(),
  },
  (table) => [index("drift_checks_due").on(table.dueAt)],
);
