import { index, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";

/** CloudEvents that were accepted in the last 30 days: what a source tells again is known by its source and id. */
export const ingestedEvents = pgTable(
  "ingested_events",
  {
    tenantId: text("tenant_id").notNull(),
    /** SHA-256 of source and id, in hex. */
    key: text("key").notNull(),
    /** SHA-256 of the canonical JSON of the whole event, in hex. */
    contentHash: text("content_hash").notNull(),
    /** Under which id it was published. */
    eventId: uuid("event_id").notNull(),
    receivedAt: timestamp("received_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.key] }),
    index("ingested_events_tenant_received").on(table.tenantId, table.receivedAt),
    tenantIsolation(),
  ],
);
