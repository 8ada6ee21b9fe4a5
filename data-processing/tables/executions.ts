import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type { ExecuteConversionResponse } from "../entity-conversion/types.js";
import { instant } from "./columns.js";

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
