import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
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
import type { JobKind, JobState } from "../entity-conversion/types.js";
import { counter, instant } from "./columns.js";
import { ruleVersions } from "./rules.js";

/** Conversions of an entity or of some of its records, with how far they are. */
export const jobs = pgTable(
  "jobs",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    ruleVersion: integer("rule_version").notNull(),
    kind: text("kind").$type<JobKind>().notNull().default("convert"),
    state: text("state").$type<JobState>().notNull().default("queued"),
    error: text("error"),
    /** The job that this one takes back; whether against later changes; whether only to see what it would do. */
    undoOf: uuid("undo_of"),
    force: boolean("force").notNull().default(false),
    dryRun: boolean("dry_run").notNull().default(false),
    /** Which records: the failed ones of another job, listed ones (`job_records`), or those that a condition holds for. */
    retryOf: uuid("retry_of"),
    recordCount: integer("record_count"),
    filter: text("filter"),
    executor: text("executor").$type<"set-based" | "streaming">(),
    total: bigint("total", { mode: "number" }),
    processed: counter("processed"),
    converted: counter("converted"),
    unchanged: counter("unchanged"),
    skipped: counter("skipped"),
    failed: counter("failed"),
    /** Records that the filter leaves out. */
    filtered: counter("filtered"),
    /** Batches that are done, and the key of their last record, or its place in the list of records. */
    batches: integer("batches").notNull().default(0),
    position: jsonb("position").$type<string[]>(),
    /** Milliseconds spent on batches. */
    runningMs: counter("running_ms"),
    cancelRequested: boolean("cancel_requested").notNull().default(false),
    pauseRequested: boolean("pause_requested").notNull().default(false),
    idempotencyKey: text("idempotency_key"),
    correlationId: text("correlation_id").notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
  },
  (table) => [
    foreignKey({
      name: "jobs_rule_version",
      columns: [table.ruleId, table.ruleVersion],
      foreignColumns: [ruleVersions.ruleId, ruleVersions.version],
    }),
    foreignKey({ name: "jobs_retry_of", columns: [table.retryOf], foreignColumns: [table.id] }),
    foreignKey({ name: "jobs_undo_of", columns: [table.undoOf], foreignColumns: [table.id] }),
    unique("jobs_tenant_idempotency_key").on(table.tenantId, table.idempotencyKey),
    index("jobs_tenant_created").on(table.tenantId, table.createdAt, table.id),
    index("jobs_retry_of").on(table.retryOf),
    index("jobs_undo_of").on(table.undoOf),
    check("jobs_kind", sql`${table.kind} in ('convert', 'undo', 'shadow')`),
    check(
      "jobs_state",
      sql`${table.state} in ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')`,
    ),
    tenantIsolation(),
  ],
);

/** The records of a job that was started on a list of them. */
export const jobRecords = pgTable(
  "job_records",
  {
    tenantId: text("tenant_id").notNull(),
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id),
    /** Place in the list, from 1. */
    place: integer("place").notNull(),
    sourceRecordId: text("source_record_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.place] }), tenantIsolation()],
);

/** How many records of a job were skipped or failed, by reason. */
export const jobReasons = pgTable(
  "job_reasons",
  {
    tenantId: text("tenant_id").notNull(),
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id),
    /** `fallback`: a field was filled by its error policy; the record was converted. */
    outcome: text("outcome").$type<"skipped" | "failed" | "fallback">().notNull(),
    code: text("code").notNull(),
    /** Empty where no part of the rule is to blame. */
    path: text("path").notNull(),
    count: bigint("count", { mode: "number" }).notNull(),
    example: text("example").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.jobId, table.outcome, table.code, table.path] }),
    tenantIsolation(),
  ],
);

/** Records of a job that failed. */
export const jobFailures = pgTable(
  "job_failures",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: text("tenant_id").notNull(),
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id),
    sourceRecordId: text("source_record_id").notNull(),
    code: text("code").notNull(),
    message: text("message").notNull(),
    path: text("path"),
  },
  (table) => [index("job_failures_job").on(table.jobId, table.id), tenantIsolation()],
);

/**
 * Jobs that are not finished, and who works on them.
 *
 * No row-level security: a system table, read by the workers for all tenants at once, which holds ids only and is
 * reachable through no endpoint.
 */
export const jobQueue = pgTable(
  "job_queue",
  {
    jobId: uuid("job_id")
      .primaryKey()
      .references(() => jobs.id),
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    enqueuedAt: instant("enqueued_at").notNull().defaultNow(),
    /** Since when it waits for a worker: when it was queued or resumed. */
    waitingSince: instant("waiting_since").notNull().defaultNow(),
    /** Nobody may claim it until it is resumed. */
    paused: boolean("paused").notNull().default(false),
    /** Key of the advisory lock that the worker holds while it lives. */
    owner: bigint("owner", { mode: "bigint" }),
    /** Grows with each claim: who holds an older one may write no more. */
    fence: integer("fence").notNull().default(0),
    leaseEndsAt: instant("lease_ends_at"),
  },
  (table) => [index("job_queue_tenant").on(table.tenantId, table.enqueuedAt)],
);
