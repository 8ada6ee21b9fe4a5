import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import type { JsonValue } from "../../shared/json.js";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";

export { inbox } from "../../shared/events/inbox.js";

/** The audit log: one row for each record that an event tells of, or one for an event that tells of none. */
export const conversionAuditLogs = pgTable(
  "conversion_audit_logs",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: text("tenant_id").notNull(),
    eventType: text("event_type").notNull(),
    ruleId: text("rule_id"),
    jobId: text("job_id"),
    sourceRecordId: text("source_record_id"),
    targetRecordId: text("target_record_id"),
    performedBy: text("performed_by").notNull(),
    timestamp: timestamp("timestamp", { withTimezone: true }).notNull(),
    details: jsonb("details").$type<Record<string, JsonValue>>().notNull(),
    eventId: text("event_id").notNull(),
    /** Place of the row among the rows of its event, from 0. */
    position: integer("position").notNull(),
    correlationId: text("correlation_id"),
  },
  // Each index costs time on every write: the selective column comes first, and what is short is sorted when read.
  (table) => [
    uniqueIndex("conversion_audit_logs_event").on(table.eventId, table.position),
    index("conversion_audit_logs_source")
      .on(table.sourceRecordId, table.tenantId)
      .where(sql`${table.sourceRecordId} is not null`),
    index("conversion_audit_logs_target")
      .on(table.targetRecordId, table.tenantId)
      .where(sql`${table.targetRecordId} is not null`),
    index("conversion_audit_logs_job").on(table.jobId, table.id).where(sql`${table.jobId} is not null`),
    index("conversion_audit_logs_time").on(table.tenantId, table.timestamp, table.id),
    tenantIsolation(),
  ],
);
