import { bigint, index, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import { eventKeeping } from "../event-store/tables.js";
import type { TimelineDetails } from "./types.js";

/**
 * The records that each kept event tells of: a read model, written with the event, and made anew from kept events by a
 * rebuild. One row for a source record and what became of it.
 */
export const recordTimeline = pgTable(
  "record_timeline",
  {
    tenantId: text("tenant_id").notNull(),
    /** Position of the event. */
    position: bigint("position", { mode: "bigint" }).notNull(),
    /** Place of the row among those of its event, from 0. */
    ordinal: integer("ordinal").notNull(),
    sourceEntity: text("source_entity"),
    sourceRecordId: text("source_record_id"),
    targetEntity: text("target_entity"),
    targetRecordId: text("target_record_id"),
    details: jsonb("details").$type<TimelineDetails>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.position, table.ordinal] }),
    index("record_timeline_source").on(table.sourceRecordId, table.tenantId, table.position),
    index("record_timeline_target").on(table.targetRecordId, table.tenantId, table.position),
    tenantIsolation(),
    eventKeeping(),
  ],
);
