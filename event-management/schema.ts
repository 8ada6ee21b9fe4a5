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
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type { DeadLetterReason, NotificationPriority } from "../shared/events/types.js";
import type { JsonValue } from "../shared/json.js";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";

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
