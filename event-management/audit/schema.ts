import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import type { JsonValue } from "../../shared/json.js";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";

export { inbox } from "../../shared/events/inbox.js";
export { generatedKeys } from "../../shared/secrets/generated-keys.js";

const ownRows = sql`tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))`;

/**
 * The audit log: one row for each record that an event tells of, or one for an event that tells of none. Each row
 * carries the hash of the one before, tenant by tenant.
 *
 * The app's role may read and append, and no more: there is no policy for changing or removing rows, and a trigger
 * refuses both aloud. What ends the life of rows are functions of the migrations. Partitioned by the month in which
 * rows were appended, which the migrations say, since Drizzle has no words for it.
 */
export const conversionAuditLogs = pgTable(
  "conversion_audit_logs",
  {
    tenantId: text("tenant_id").notNull(),
    /** Place of the row in the tenant's chain, from 1, without gaps. */
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    /** When the row was appended; never before the row that it follows. */
    recordedAt: timestamp("recorded_at", { withTimezone: true, precision: 3 }).notNull(),
    eventType: text("event_type").notNull(),
    ruleId: text("rule_id"),
    jobId: text("job_id"),
    sourceRecordId: text("source_record_id"),
    targetRecordId: text("target_record_id"),
    performedBy: text("performed_by").notNull(),
    timestamp: timestamp("timestamp", { withTimezone: true, precision: 3 }).notNull(),
    details: jsonb("details").$type<Record<string, JsonValue>>().notNull(),
    eventId: text("event_id").notNull(),
    /** Place of the row among the rows of its event, from 0. */
    position: integer("position").notNull(),
    correlationId: text("correlation_id"),
    /** Hash of the row before; 64 zeros for the first. */
    previousHash: text("previous_hash").notNull(),
    /** SHA-256 over the hash before and the row's content, in hex: `domain/chain.ts`. */
    hash: text("hash").notNull(),
  },
  // Each index costs time on every write: the selective column comes first, and what is short is sorted when read.
  (table) => [
    primaryKey({ columns: [table.tenantId, table.sequence, table.recordedAt] }),
    index("conversion_audit_logs_source")
      .on(table.sourceRecordId, table.tenantId)
      .where(sql`${table.sourceRecordId} is not null`),
    index("conversion_audit_logs_target")
      .on(table.targetRecordId, table.tenantId)
      .where(sql`${table.targetRecordId} is not null`),
    index("conversion_audit_logs_job").on(table.jobId, table.sequence).where(sql`${table.jobId} is not null`),
    index("conversion_audit_logs_time").on(table.tenantId, table.timestamp, table.sequence),
    pgPolicy("tenant_reads", { as: "permissive", for: "select", to: "public", using: ownRows }),
    pgPolicy("tenant_appends", { as: "permissive", for: "insert", to: "public", withCheck: ownRows }),
  ],
);

/**
 * Where each tenant's chain ends, signed. Locked by whoever appends.
 *
 * No row-level security: read for all tenants at once when chains are anchored and shortened; a row holds numbers and
 * digests, and is reachable for the caller's own tenant alone.
 */
export const auditChains = pgTable("audit_chains", {
  tenantId: text("tenant_id").primaryKey(),
  /** Number of the last row; 0 where there is none yet. */
  sequence: bigint("sequence", { mode: "number" }).notNull(),
  /** Hash of the last row. */
  hash: text("hash").notNull(),
  recordedAt: timestamp("recorded_at", { withTimezone: true, precision: 3 }).notNull(),
  /** Ed25519 over the canonical JSON of the above. */
  signature: text("signature").notNull(),
  /** Which key signed. */
  keyId: text("key_id").notNull(),
  /** Number of the row that the newest anchor is of. */
  anchoredSequence: bigint("anchored_sequence", { mode: "number" }).notNull().default(0),
  /** Rows of this tenant that were written before there were chains still wait to be appended. */
  earlierEntries: boolean("earlier_entries").notNull().default(false),
});

/** Up to where a tenant's chain was removed because its time was over, signed: what is left follows on this hash. */
export const auditCheckpoints = pgTable(
  "audit_checkpoints",
  {
    tenantId: text("tenant_id").primaryKey(),
    /** Number of the last row that was removed. */
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    /** Hash of that row. */
    hash: text("hash").notNull(),
    /** When that row was appended. */
    recordedAt: timestamp("recorded_at", { withTimezone: true, precision: 3 }).notNull(),
    removedAt: timestamp("removed_at", { withTimezone: true, precision: 3 }).notNull(),
    signature: text("signature").notNull(),
    keyId: text("key_id").notNull(),
  },
  () => [tenantIsolation()],
);

/** Rows from before there were chains, until they are appended to them. Empty from then on. */
export const earlierAuditLogs = pgTable(
  "earlier_audit_logs",
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
    position: integer("position").notNull(),
    correlationId: text("correlation_id"),
  },
  (table) => [index("earlier_audit_logs_tenant").on(table.tenantId, table.id), tenantIsolation()],
);
