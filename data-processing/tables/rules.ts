import { sql } from "drizzle-orm";
import {
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
import type { RuleProblem } from "../entity-conversion/rule-types.js";
import type { RolloutState, RuleDefinition, RuleState } from "../entity-conversion/types.js";
import { instant } from "./columns.js";

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
