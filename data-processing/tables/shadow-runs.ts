import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type {
  EffectCounts,
  EffectDifferenceCount,
  FieldDifference,
  FieldDifferenceCount,
  ShadowDifferenceKind,
  ShadowOutcome,
  ShadowRule,
} from "../entity-conversion/types.js";
import { counter, instant } from "./columns.js";
import { jobs } from "./jobs.js";

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
