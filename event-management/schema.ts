import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type {
  DeadLetterReason,
  MailLanguage,
  MailTemplate,
  NotificationPriority,
} from "../shared/events/types.js";
import type { JsonValue } from "../shared/json.js";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type { MailState } from "./notifications/mail/types.js";

export { inbox } from "../shared/events/inbox.js";
export { outbox } from "../shared/events/outbox.js";

/** What became of the records that each rule was run on: a read model of `conversion-events`. */
export const ruleStatistics = pgTable(
  "rule_statistics",
  {
    tenantId: text("tenant_id").notNull(),
    ruleId: text("rule_id").notNull(),
    converted: bigint("converted", { mode: "number" }).notNull().default(0),
    unchanged: bigint("unchanged", { mode: "number" }).notNull().default(0),
    skipped: bigint("skipped", { mode: "number" }).notNull().default(0),
    failed: bigint("failed", { mode: "number" }).notNull().default(0),
    lastActivityAt: timestamp("last_activity_at", { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.ruleId] }), tenantIsolation()],
);

/** In-app notifications; for the whole tenant. */
export const notifications = pgTable(
  "notifications",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    category: text("category").notNull(),
    priority: text("priority").$type<NotificationPriority>().notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    data: jsonb("data").$type<Record<string, JsonValue>>().notNull(),
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

/** Events that a subscription gave up on, of every service. */
export const deadLetters = pgTable(
  "dead_letters",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    service: text("service").notNull(),
    topic: text("topic").notNull(),
    subscription: text("subscription").notNull(),
    reason: text("reason").$type<DeadLetterReason>().notNull(),
    attempts: integer("attempts").notNull(),
    error: text("error").notNull(),
    stack: text("stack"),
    eventType: text("event_type").notNull(),
    event: jsonb("event").$type<JsonValue>().notNull(),
    failedAt: timestamp("failed_at", { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [
    index("dead_letters_tenant_failed").on(table.tenantId, table.failedAt, table.id),
    tenantIsolation(),
  ],
);

/**
 * Mails: those that wait, and for 30 days what became of the others.
 *
 * A tenant reaches its own. Mails about a person's account belong to `systemTenantId`, and so to nobody. The sender
 * and the mailbox of local development work on all of them: in transactions that `withAllMails` marks, which the
 * second policy lets through.
 */
export const mails = pgTable(
  "mails",
  {
    /** The id of the event that asked for it. */
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    recipient: text("recipient").notNull(),
    template: text("template").$type<MailTemplate>().notNull(),
    language: text("language").$type<MailLanguage>().notNull(),
    subject: text("subject").notNull(),
    /** Empty once it was sent: its links open accounts. Mails of local development stay whole. */
    text: text("text").notNull(),
    html: text("html").notNull(),
    links: jsonb("links").$type<string[]>().notNull(),
    state: text("state").$type<MailState>().notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** When it is due; while an attempt runs, when another sender may take it over. */
    nextAttemptAt: timestamp("next_attempt_at", { withTimezone: true }).notNull().defaultNow(),
    lastError: text("last_error"),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    sentAt: timestamp("sent_at", { withTimezone: true, precision: 3 }),
  },
  (table) => [
    index("mails_due").on(table.nextAttemptAt).where(sql`${table.state} = 'pending'`),
    index("mails_tenant_created").on(table.tenantId, table.createdAt, table.id),
    index("mails_created").on(table.createdAt, table.id),
    check("mails_state", sql`${table.state} in ('pending', 'sent', 'kept', 'failed')`),
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
