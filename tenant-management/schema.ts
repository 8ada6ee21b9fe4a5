import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  integer,
  pgPolicy,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type { NotificationTopic } from "./types.js";

export { outbox } from "../shared/events/outbox.js";
export { generatedKeys } from "../shared/secrets/generated-keys.js";

/**
 * Tenant slugs.
 *
 * No row-level security: it is read before the tenant is known, to find it, and holds public names only.
 */
export const tenantSlugs = pgTable(
  "tenant_slugs",
  {
    slug: text("slug").primaryKey(),
    tenantId: text("tenant_id").notNull().unique(),
  },
  (table) => [check("tenant_slugs_slug", sql`${table.slug} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`)],
);

export const tenants = pgTable(
  "tenants",
  {
    id: text("id").primaryKey(),
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    plan: text("plan").$type<"free" | "team" | "enterprise">().notNull().default("free"),
    status: text("status").$type<"active" | "suspended">().notNull().default("active"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    check("tenants_plan", sql`${table.plan} in ('free', 'team', 'enterprise')`),
    check("tenants_status", sql`${table.status} in ('active', 'suspended')`),
    pgPolicy("tenant_isolation", {
      using: sql`id = (select nullif(current_setting('app.tenant_id', true), ''))`,
      withCheck: sql`id = (select nullif(current_setting('app.tenant_id', true), ''))`,
    }),
  ],
);

/** A tenant without a row has the defaults. */
export const conversionConfigs = pgTable(
  "conversion_configs",
  {
    tenantId: text("tenant_id").primaryKey(),
    automaticConversion: boolean("automatic_conversion").notNull(),
    batchSize: integer("batch_size").notNull(),
    maxConcurrentJobs: integer("max_concurrent_jobs").notNull(),
    updatedBy: text("updated_by").notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    check("conversion_configs_batch_size", sql`${table.batchSize} between 1 and 500`),
    check("conversion_configs_max_concurrent_jobs", sql`${table.maxConcurrentJobs} between 1 and 20`),
    tenantIsolation(),
  ],
);

/** A tenant without a row has the defaults. */
export const notificationSettings = pgTable(
  "notification_settings",
  {
    tenantId: text("tenant_id").primaryKey(),
    inApp: boolean("in_app").notNull(),
    events: text("events").array().$type<NotificationTopic[]>().notNull(),
    updatedBy: text("updated_by").notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  () => [tenantIsolation()],
);

/** Databases that a tenant converts between. Connection strings are kept encrypted; see `domain/sealed-text.ts`. */
export const dataSources = pgTable(
  "data_sources",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    name: text("name").notNull(),
    /** Host, port, database and user, for display. */
    host: text("host").notNull(),
    port: integer("port").notNull(),
    databaseName: text("database_name").notNull(),
    userName: text("user_name").notNull(),
    /** Connection string under AES-256-GCM, in the form of `sealText`. */
    sealedUrl: text("sealed_url").notNull(),
    keyId: text("key_id").notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    unique("data_sources_tenant_name").on(table.tenantId, table.name),
    check(
      "data_sources_name",
      sql`${table.name} ~ '^[a-z][a-z0-9_-]{0,62}$' and ${table.name} <> 'workspace'`,
    ),
    tenantIsolation(),
  ],
);
