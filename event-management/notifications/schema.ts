import { sql } from "drizzle-orm";
import {
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
import type { MailLanguage, NotificationPriority } from "../../shared/events/types.js";
import type { JsonValue } from "../../shared/json.js";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type { TemplateChannel } from "./templates/types.js";
import type { NotificationOverrides } from "./types.js";
import type { SealedWebhookSecret } from "./webhooks/domain/webhook-secrets.js";
import type { WebhookDeliveryState, WebhookState } from "./webhooks/types.js";

/** In-app notifications: for every member, or for those listed. */
export const notifications = pgTable(
  "notifications",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    /** What happened: an event type, or one of the names that settings give to kinds of events. */
    category: text("category").notNull(),
    priority: text("priority").$type<NotificationPriority>().notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    data: jsonb("data").$type<Record<string, JsonValue>>().notNull(),
    /** Members that it is for; null for every member. */
    recipients: text("recipients").array(),
    /** Members that do not want it, where it is for every member. */
    excluded: text("excluded").array().notNull().default(sql`'{}'`),
    ruleId: text("rule_id"),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    index("notifications_tenant_created").on(table.tenantId, table.createdAt, table.id),
    check("notifications_priority", sql`${table.priority} in ('low', 'normal', 'high')`),
    tenantIsolation(),
  ],
);

/** Who has read which notification. */
export const notificationReads = pgTable(
  "notification_reads",
  {
    tenantId: text("tenant_id").notNull(),
    notificationId: uuid("notification_id")
      .notNull()
      .references(() => notifications.id, { onDelete: "cascade" }),
    userId: text("user_id").notNull(),
    readAt: timestamp("read_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.notificationId, table.userId] }), tenantIsolation()],
);

/** What members want otherwise than the tenant's settings say. */
export const notificationPreferences = pgTable(
  "notification_preferences",
  {
    tenantId: text("tenant_id").notNull(),
    userId: text("user_id").notNull(),
    overrides: jsonb("overrides").$type<NotificationOverrides>().notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.userId] }), tenantIsolation()],
);

/** Templates that a tenant wrote in place of the built-in ones. */
export const notificationTemplates = pgTable(
  "notification_templates",
  {
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").$type<TemplateChannel>().notNull(),
    /** `*` for all that have none of their own. */
    eventType: text("event_type").notNull(),
    language: text("language").$type<MailLanguage>().notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    html: text("html"),
    updatedBy: text("updated_by").notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.channel, table.eventType, table.language] }),
    tenantIsolation(),
  ],
);

/**
 * What is to be told by mail and waits for its time: the end of quiet hours, the next digest, or no longer than it
 * takes. What is due for one address at the same time becomes one mail. The second policy is that of `mails`.
 */
export const mailItems = pgTable(
  "mail_items",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    recipient: text("recipient").notNull(),
    language: text("language").$type<MailLanguage>().notNull(),
    eventType: text("event_type").notNull(),
    subject: text("subject").notNull(),
    text: text("text").notNull(),
    html: text("html"),
    dueAt: timestamp("due_at", { withTimezone: true, precision: 3 }).notNull(),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    index("mail_items_due").on(table.dueAt),
    index("mail_items_recipient").on(table.tenantId, table.recipient, table.dueAt),
    tenantIsolation(),
    pgPolicy("mail_delivery", {
      as: "permissive",
      for: "all",
      to: "public",
      using: sql`(select current_setting('app.mail_delivery', true)) = 'on'`,
      withCheck: sql`(select current_setting('app.mail_delivery', true)) = 'on'`,
    }),
  ],
);

/** Lets the sender of webhooks work on the rows of all tenants, in transactions that `withAllWebhooks` marks. */
function webhookDelivery() {
  return pgPolicy("webhook_delivery", {
    as: "permissive",
    for: "all",
    to: "public",
    using: sql`(select current_setting('app.webhook_delivery', true)) = 'on'`,
    withCheck: sql`(select current_setting('app.webhook_delivery', true)) = 'on'`,
  });
}

/** Addresses that a tenant has events posted to. */
export const webhookEndpoints = pgTable(
  "webhook_endpoints",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    url: text("url").notNull(),
    description: text("description").notNull(),
    eventTypes: text("event_types").array().notNull(),
    /** Only events of these rules; all where it is empty. */
    ruleIds: text("rule_ids").array().notNull(),
    language: text("language").$type<MailLanguage>().notNull(),
    state: text("state").$type<WebhookState>().notNull().default("active"),
    /** Why it was disabled. */
    disabledReason: text("disabled_reason"),
    /** The first failure since the last success. */
    failingSince: timestamp("failing_since", { withTimezone: true, precision: 3 }),
    /** The newest first; older ones sign too until they end. Encrypted, see `webhook-secrets.ts`. */
    secrets: jsonb("secrets").$type<SealedWebhookSecret[]>().notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    index("webhook_endpoints_tenant_created").on(table.tenantId, table.createdAt, table.id),
    check("webhook_endpoints_state", sql`${table.state} in ('active', 'paused', 'disabled')`),
    tenantIsolation(),
    webhookDelivery(),
  ],
);

/** What is posted: one event, as the bytes that are signed. */
export const webhookMessages = pgTable(
  "webhook_messages",
  {
    /** The header `webhook-id`, equal in every attempt. */
    id: text("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    eventType: text("event_type").notNull(),
    body: text("body").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [index("webhook_messages_created").on(table.createdAt), tenantIsolation(), webhookDelivery()],
);

/** A message on its way to one endpoint, and for 30 days what became of it. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    endpointId: uuid("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    messageId: text("message_id")
      .notNull()
      .references(() => webhookMessages.id, { onDelete: "cascade" }),
    state: text("state").$type<WebhookDeliveryState>().notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    /** Attempts made before the schedule last began: it begins anew with a resend. */
    attemptsBefore: integer("attempts_before").notNull().default(0),
    /** When it is due; while an attempt runs, when another sender may take it over. */
    nextAttemptAt: timestamp("next_attempt_at", { withTimezone: true, precision: 3 }).notNull(),
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    settledAt: timestamp("settled_at", { withTimezone: true, precision: 3 }),
  },
  (table) => [
    unique("webhook_deliveries_endpoint_message").on(table.endpointId, table.messageId),
    index("webhook_deliveries_due").on(table.nextAttemptAt).where(sql`${table.state} = 'pending'`),
    index("webhook_deliveries_endpoint_created").on(table.endpointId, table.createdAt, table.id),
    index("webhook_deliveries_message").on(table.messageId),
    check("webhook_deliveries_state", sql`${table.state} in ('pending', 'delivered', 'failed')`),
    tenantIsolation(),
    webhookDelivery(),
  ],
);

/** One request to an endpoint and what it answered, both bounded. */
export const webhookAttempts = pgTable(
  "webhook_attempts",
  {
    deliveryId: uuid("delivery_id")
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    tenantId: text("tenant_id").notNull(),
    startedAt: timestamp("started_at", { withTimezone: true, precision: 3 }).notNull(),
    durationMs: integer("duration_ms"),
    requestHeaders: jsonb("request_headers").$type<Record<string, string>>().notNull(),
    responseStatus: integer("response_status"),
    responseHeaders: jsonb("response_headers").$type<Record<string, string>>(),
    responseBody: text("response_body"),
    /** Why it failed; null where it did not. */
    error: text("error"),
  },
  (table) => [
    primaryKey({ columns: [table.deliveryId, table.number] }),
    tenantIsolation(),
    webhookDelivery(),
  ],
);
