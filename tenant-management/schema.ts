import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import type { MailLanguage, NotificationPriority } from "../shared/events/types.js";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type {
  DigestMode,
  EventNotificationSettings,
  NotificationRecipients,
  QuietHours,
} from "./notification-types.js";
import type { DataSourceTls, ExportState, TenantPlan } from "./types.js";

export { inbox } from "../shared/events/inbox.js";
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
    plan: text("plan").$type<TenantPlan>().notNull().default("free"),
    status: text("status").$type<"active" | "suspended">().notNull().default("active"),
    /** The user who made it; null for tenants made before there were organizations. */
    ownerId: text("owner_id"),
    /** Origins whose pages may call the API. */
    corsOrigins: text("cors_origins").array().notNull().default(sql`'{}'`),
    /** Set while the tenant is being deleted. */
    purgeAt: timestamp("purge_at", { withTimezone: true }),
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
    check("conversion_configs_batch_size", sql`${table.batchSize} between 1 and 5000`),
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
    email: boolean("email").notNull().default(false),
    events: text("events").array().notNull(),
    ruleIds: text("rule_ids").array().notNull().default(sql`'{}'`),
    recipients: jsonb("recipients")
      .$type<NotificationRecipients>()
      .notNull()
      .default(sql`'{"roles":[],"userIds":[],"addresses":[]}'`),
    minimumPriority: text("minimum_priority").$type<NotificationPriority>().notNull().default("low"),
    eventSettings: jsonb("event_settings")
      .$type<Record<string, EventNotificationSettings>>()
      .notNull()
      .default(sql`'{}'`),
    quietHours: jsonb("quiet_hours").$type<QuietHours>(),
    digest: text("digest").$type<DigestMode>().notNull().default("off"),
    digestHour: integer("digest_hour").notNull().default(8),
    timeZone: text("time_zone").notNull().default("UTC"),
    language: text("language").$type<MailLanguage>().notNull().default("en"),
    updatedBy: text("updated_by").notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    check("notification_settings_digest", sql`${table.digest} in ('off', 'hourly', 'daily')`),
    check("notification_settings_digest_hour", sql`${table.digestHour} between 0 and 23`),
    tenantIsolation(),
  ],
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
    tls: text("tls").$type<DataSourceTls>().notNull().default("prefer"),
    caCertificate: text("ca_certificate"),
    pooled: boolean("pooled").notNull().default(false),
    readOnly: boolean("read_only").notNull().default(false),
    statementTimeoutMs: integer("statement_timeout_ms").notNull().default(60_000),
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
    check("data_sources_tls", sql`${table.tls} in ('disable', 'prefer', 'require', 'verify-full')`),
    check("data_sources_statement_timeout_ms", sql`${table.statementTimeoutMs} between 1000 and 600000`),
    tenantIsolation(),
  ],
);

/**
 * The deletion of a tenant, from the request on. The row of a completed one stays, as the receipt: it holds who asked
 * and what was removed, by table, and nothing else of the tenant.
 */
export const tenantDeletions = pgTable(
  "tenant_deletions",
  {
    tenantId: text("tenant_id").primaryKey(),
    /** Unguessable: it opens the receipt when nobody belongs to the tenant any more. */
    receiptSecret: uuid("receipt_secret").notNull().defaultRandom(),
    requestedBy: text("requested_by").notNull(),
    requestedAt: timestamp("requested_at", { withTimezone: true }).notNull().defaultNow(),
    purgeAt: timestamp("purge_at", { withTimezone: true }).notNull(),
    purgeStartedAt: timestamp("purge_started_at", { withTimezone: true }),
    completedAt: timestamp("completed_at", { withTimezone: true }),
  },
  () => [tenantIsolation()],
);

/** What each service removed of a tenant. */
export const tenantPurges = pgTable(
  "tenant_purges",
  {
    tenantId: text("tenant_id").notNull(),
    service: text("service").notNull(),
    counts: jsonb("counts").$type<Record<string, number>>().notNull(),
    purgedAt: timestamp("purged_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.service] }), tenantIsolation()],
);

/**
 * Tenants whose purge is to be asked for, and when.
 *
 * No row-level security: a system table, read for all tenants at once, which holds ids only and is reachable through
 * no endpoint.
 */
export const deletionQueue = pgTable(
  "deletion_queue",
  {
    tenantId: text("tenant_id").primaryKey(),
    dueAt: timestamp("due_at", { withTimezone: true }).notNull(),
  },
  (table) => [index("deletion_queue_due").on(table.dueAt)],
);

/** Exports of all data of a tenant, with how far they are. The data is in the bucket `tenant-exports`. */
export const tenantExports = pgTable(
  "tenant_exports",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    state: text("state").$type<ExportState>().notNull().default("running"),
    /** Place in the list of services, and the cursor in that service's data. */
    section: integer("section").notNull().default(0),
    cursor: text("cursor"),
    parts: integer("parts").notNull().default(0),
    items: integer("items").notNull().default(0),
    error: text("error"),
    createdBy: text("created_by").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (table) => [
    index("tenant_exports_tenant").on(table.tenantId, table.createdAt, table.id),
    check("tenant_exports_state", sql`${table.state} in ('running', 'completed', 'failed')`),
    tenantIsolation(),
  ],
);

/**
 * Exports that are not finished, and until when somebody works on them.
 *
 * No row-level security: a system table, read for all tenants at once, which holds ids only and is reachable through
 * no endpoint.
 */
export const exportQueue = pgTable("export_queue", {
  exportId: uuid("export_id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  attempts: integer("attempts").notNull().default(0),
  leaseEndsAt: timestamp("lease_ends_at", { withTimezone: true }).notNull().defaultNow(),
});
