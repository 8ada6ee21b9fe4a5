import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type {
  CapturedEntity,
  CaptureMode,
  CaptureState,
  ChangeOperation,
  TriggerRunState,
} from "../triggers/types.js";
import { instant } from "./columns.js";

/** How the changes of a data source reach the automatic rules that stand on it. */
export const triggerSources = pgTable(
  "trigger_sources",
  {
    tenantId: text("tenant_id").notNull(),
    source: text("source").notNull(),
    state: text("state").$type<CaptureState>().notNull().default("starting"),
    mode: text("mode").$type<CaptureMode>(),
    /** Why it is this mode and not a better one. */
    reason: text("reason"),
    entities: jsonb("entities").$type<CapturedEntity[]>().notNull().default([]),
    slot: text("slot"),
    publication: text("publication"),
    /** Changes up to here have become runs: the end of a transaction in the write-ahead log. */
    position: text("position"),
    startedAt: instant("started_at"),
    lastChangeAt: instant("last_change_at"),
    error: text("error"),
    failingSince: instant("failing_since"),
    warnedAt: instant("warned_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.source] }),
    check("trigger_sources_state", sql`${table.state} in ('starting', 'running', 'failing', 'stopped')`),
    check("trigger_sources_mode", sql`${table.mode} in ('capture', 'replication', 'polling')`),
    tenantIsolation(),
  ],
);

/** Conversions that changes have started: one for each rule and change, which makes a change that comes twice count once. */
export const triggerRuns = pgTable(
  "trigger_runs",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    source: text("source").notNull(),
    entity: text("entity").notNull(),
    sourceRecordId: text("source_record_id").notNull(),
    changeId: text("change_id").notNull(),
    operation: text("operation").$type<ChangeOperation>().notNull(),
    /** Rules whose writes led to the change, first cause first. */
    chain: jsonb("chain").$type<string[]>().notNull(),
    state: text("state").$type<TriggerRunState>().notNull().default("queued"),
    outcome: text("outcome"),
    targetRecordId: text("target_record_id"),
    attempts: integer("attempts").notNull().default(0),
    reason: text("reason"),
    message: text("message"),
    changedAt: instant("changed_at").notNull(),
    queuedAt: instant("queued_at").notNull().defaultNow(),
    finishedAt: instant("finished_at"),
  },
  (table) => [
    unique("trigger_runs_change").on(table.tenantId, table.source, table.changeId, table.ruleId),
    index("trigger_runs_tenant").on(table.tenantId, table.id),
    index("trigger_runs_finished").on(table.tenantId, table.finishedAt),
    check(
      "trigger_runs_state",
      sql`${table.state} in ('queued', 'completed', 'failed', 'stopped', 'discarded')`,
    ),
    tenantIsolation(),
  ],
);

/**
 * Runs that wait for their conversion, in the order of their changes.
 *
 * No row-level security: a system table, read by the workers for all tenants at once, which holds ids only and is
 * reachable through no endpoint.
 */
export const triggerQueue = pgTable(
  "trigger_queue",
  {
    runId: bigint("run_id", { mode: "number" })
      .primaryKey()
      .references(() => triggerRuns.id),
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    /** Digest of the record's id: runs of a rule on one record go one after the other. */
    recordHash: uuid("record_hash").notNull(),
    dueAt: instant("due_at").notNull().defaultNow(),
  },
  (table) => [
    index("trigger_queue_tenant").on(table.tenantId, table.runId),
    index("trigger_queue_record").on(table.ruleId, table.recordHash, table.runId),
  ],
);

/**
 * Tenants whose automatic rules have changed, or are looked at again now and then, and when. A trigger on `rules` puts
 * them here in the transaction of the change.
 *
 * No row-level security: a system table, read for all tenants at once, which holds ids only and is reachable through no
 * endpoint.
 */
export const triggerTenants = pgTable(
  "trigger_tenants",
  {
    tenantId: text("tenant_id").primaryKey(),
    dueAt: instant("due_at").notNull().defaultNow(),
  },
  (table) => [index("trigger_tenants_due").on(table.dueAt)],
);

/**
 * Data sources of tenants whose changes are read by replication or polling. An instance that reads one holds an advisory
 * lock on it.
 *
 * No row-level security: a system table, read for all tenants at once, which holds names only and is reachable through no
 * endpoint.
 */
export const triggerFeeds = pgTable(
  "trigger_feeds",
  {
    tenantId: text("tenant_id").notNull(),
    source: text("source").notNull(),
    /** Grows when what is to be read of it changes. */
    revision: integer("revision").notNull().default(1),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.source] })],
);

/** How far polled entities have been read. */
export const triggerWatermarks = pgTable(
  "trigger_watermarks",
  {
    tenantId: text("tenant_id").notNull(),
    source: text("source").notNull(),
    entity: text("entity").notNull(),
    field: text("field").notNull(),
    /** Highest value that was read, as text. */
    value: text("value").notNull(),
    /** Versions of records within the overlap that were read already: record id → digest. */
    seen: jsonb("seen").$type<Record<string, string>>().notNull().default({}),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.source, table.entity] }), tenantIsolation()],
);
