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
import type { MailLanguage, MailTemplate } from "../shared/events/types.js";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type { MailState, NotificationMail } from "./notifications/mail/types.js";

export { inbox } from "../shared/events/inbox.js";
export { outbox } from "../shared/events/outbox.js";
export { generatedKeys } from "../shared/secrets/generated-keys.js";
export { deadLetters, incidents } from "./dead-letters/tables.js";
export { eventReplays, keptEvents } from "./event-store/tables.js";
export { ingestedEvents } from "./ingestion/tables.js";
export {
  mailItems,
  notificationPreferences,
  notificationReads,
  notifications,
  notificationTemplates,
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookMessages,
} from "./notifications/schema.js";
export { recordTimeline } from "./timeline/tables.js";

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
    template: text("template").$type<MailTemplate | NotificationMail>().notNull(),
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
