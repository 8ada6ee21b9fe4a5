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
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type { RuleProblem } from "./entity-conversion/rule-types.js";
import type {
  EffectCounts,
  EffectDifferenceCount,
  ExecuteConversionResponse,
  FieldDifference,
  FieldDifferenceCount,
  JobKind,
  JobState,
  RolloutState,
  RuleDefinition,
  RuleState,
  ShadowDifferenceKind,
  ShadowOutcome,
  ShadowRule,
} from "./entity-conversion/types.js";
import type { EntitySchema } from "./schema-discovery/types.js";
import type {
  CapturedEntity,
  CaptureMode,
  CaptureState,
  ChangeOperation,
  TriggerRunState,
} from "./triggers/types.js";

export { outbox } from "../shared/events/outbox.js";

const instant = (name: string) => timestamp(name, { withTimezone: true });
const counter = (name: string) => bigint(name, { mode: "number" }).notNull().default(0);

/** Conversion rules. What a rule does is in its versions; the columns that repeat the latest one serve filters. */
export const rules = pgTable(
  "rules",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    state: text("state").$type<RuleState>().notNull().default("active"),
    latestVersion: integer("latest_version").notNull().default(1),
    /** Grows with every change of the rule: a new version, or another state. */
    revision: integer("revision").notNull().default(1),
    name: text("name").notNull(),
    sourceEntity: text("source_entity").notNull(),
    targetEntity: text("target_entity").notNull(),
    triggerMode: text("trigger_mode").$type<"manual" | "automatic">().notNull(),
    idempotencyKey: text("idempotency_key"),
    /** What of the latest version no longer fits the schemas of its entities, and since when; null where all of it does. */
    problems: jsonb("problems").$type<RuleProblem[]>(),
    driftedAt: instant("drifted_at"),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("rules_tenant_idempotency_key").on(table.tenantId, table.idempotencyKey),
    index("rules_tenant_created").on(table.tenantId, table.createdAt, table.id),
    check("rules_state", sql`${table.state} in ('draft', 'active', 'retired')`),
    tenantIsolation(),
  ],
);

/** Versions of rules; a row never changes. */
export const ruleVersions = pgTable(
  "rule_versions",
  {
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    version: integer("version").notNull(),
    definition: jsonb("definition").$type<RuleDefinition>().notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.ruleId, table.version] }),
    foreignKey({ name: "rule_versions_rule", columns: [table.ruleId], foreignColumns: [rules.id] }),
    tenantIsolation(),
  ],
);

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

/** Answers to executions that came with an idempotency key: the same key is answered with the same. */
export const executions = pgTable(
  "executions",
  {
    tenantId: text("tenant_id").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    ruleId: uuid("rule_id").notNull(),
    sourceRecordId: text("source_record_id").notNull(),
    answer: jsonb("answer").$type<ExecuteConversionResponse>().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.idempotencyKey] }),
    index("executions_created").on(table.tenantId, table.createdAt),
    tenantIsolation(),
  ],
);

/** Versions of rules that take over from an earlier one gradually: a share of the records goes by the new one. */
export const ruleRollouts = pgTable(
  "rule_rollouts",
  {
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    newVersion: integer("new_version").notNull(),
    oldVersion: integer("old_version").notNull(),
    /** Records of a hundred that go by the new version. */
    percent: integer("percent").notNull(),
    state: text("state").$type<RolloutState>().notNull().default("running"),
    startedBy: text("started_by").notNull(),
    startedAt: instant("started_at").notNull().defaultNow(),
    changedBy: text("changed_by").notNull(),
    changedAt: instant("changed_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.ruleId, table.newVersion] }),
    foreignKey({
      name: "rule_rollouts_new_version",
      columns: [table.ruleId, table.newVersion],
      foreignColumns: [ruleVersions.ruleId, ruleVersions.version],
    }),
    foreignKey({
      name: "rule_rollouts_old_version",
      columns: [table.ruleId, table.oldVersion],
      foreignColumns: [ruleVersions.ruleId, ruleVersions.version],
    }),
    check("rule_rollouts_percent", sql`${table.percent} between 0 and 100`),
    check("rule_rollouts_state", sql`${table.state} in ('running', 'finished', 'aborted')`),
    tenantIsolation(),
  ],
);

/** Comparisons of two rules on the same records, and what came of them. */
export const shadowRuns = pgTable(
  "shadow_runs",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    /** The job that works on it; null where it was done at once. */
    jobId: uuid("job_id").references(() => jobs.id),
    oldRule: jsonb("old_rule").$type<ShadowRule>().notNull(),
    newRule: jsonb("new_rule").$type<ShadowRule>().notNull(),
    dataSource: text("data_source").notNull(),
    sourceEntity: text("source_entity").notNull(),
    filter: text("filter"),
    /** Most records that are compared; null for all. */
    limit: integer("limit"),
    compared: counter("compared"),
    filtered: counter("filtered"),
    identical: counter("identical"),
    different: counter("different"),
    oldEffects: jsonb("old_effects").$type<EffectCounts>().notNull(),
    newEffects: jsonb("new_effects").$type<EffectCounts>().notNull(),
    fields: jsonb("fields").$type<FieldDifferenceCount[]>().notNull(),
    effects: jsonb("effects").$type<EffectDifferenceCount[]>().notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("shadow_runs_tenant_created").on(table.tenantId, table.createdAt, table.id),
    index("shadow_runs_job").on(table.jobId),
    tenantIsolation(),
  ],
);

/** Records on which the two rules of a shadow run differ, the first ten thousand. */
export const shadowDifferences = pgTable(
  "shadow_differences",
  {
    tenantId: text("tenant_id").notNull(),
    runId: uuid("run_id")
      .notNull()
      .references(() => shadowRuns.id, { onDelete: "cascade" }),
    /** Place among the differences, from 1. */
    place: integer("place").notNull(),
    kind: text("kind").$type<ShadowDifferenceKind>().notNull(),
    sourceRecordId: text("source_record_id").notNull(),
    oldOutcome: jsonb("old_outcome").$type<ShadowOutcome>().notNull(),
    newOutcome: jsonb("new_outcome").$type<ShadowOutcome>().notNull(),
    fields: jsonb("fields").$type<FieldDifference[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.place] }), tenantIsolation()],
);

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

/**
 * Batches that write to one database and back to another, from before their write until everything is applied. What
 * is left here was interrupted and is finished by the next look.
 *
 * No row-level security: a system table, read for all tenants at once, which holds ids only and is reachable through
 * no endpoint.
 */
export const writeBackJournal = pgTable(
  "write_back_journal",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    ruleVersion: integer("rule_version").notNull(),
    begunAt: instant("begun_at").notNull().defaultNow(),
  },
  (table) => [index("write_back_journal_begun").on(table.begunAt)],
);

/**
 * Executions of single records, from before their target is written until they are told of. What is left here was
 * interrupted, and is told of by the next look where the target was written.
 *
 * No row-level security: a system table, read for all tenants at once, which holds ids only and is reachable through
 * no endpoint.
 */
export const executionJournal = pgTable(
  "execution_journal",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    ruleVersion: integer("rule_version").notNull(),
    sourceRecordId: text("source_record_id").notNull(),
    conversionType: text("conversion_type").notNull(),
    performedBy: text("performed_by").notNull(),
    begunAt: instant("begun_at").notNull().defaultNow(),
  },
  (table) => [index("execution_journal_begun").on(table.begunAt)],
);

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
