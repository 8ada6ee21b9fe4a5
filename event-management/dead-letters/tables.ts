import { sql } from "drizzle-orm";
import {
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { DeadLetterReason } from "../../shared/events/types.js";
import type { JsonValue } from "../../shared/json.js";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type { DeadLetterState } from "./types.js";

/** Events that a subscription gave up on, of every service: one row for an event and a subscription. */
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
    /** Null where the event was too malformed to have one. */
    eventId: text("event_id"),
    correlationId: text("correlation_id"),
    /** The event as it was delivered. */
    event: jsonb("event").$type<JsonValue>().notNull(),
    /** The event as a person corrected it: what is replayed. */
    editedEvent: jsonb("edited_event").$type<JsonValue>(),
    state: text("state").$type<DeadLetterState>().notNull().default("open"),
    replays: integer("replays").notNull().default(0),
    replayedAt: timestamp("replayed_at", { withTimezone: true, precision: 3 }),
    /** When it was resolved or discarded, by whom, and why it was discarded. */
    settledAt: timestamp("settled_at", { withTimezone: true, precision: 3 }),
    settledBy: text("settled_by"),
    discardReason: text("discard_reason"),
    failedAt: timestamp("failed_at", { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [
    index("dead_letters_tenant_failed").on(table.tenantId, table.failedAt, table.id),
    index("dead_letters_waiting")
      .on(table.tenantId, table.service)
      .where(sql`${table.state} in ('open', 'replaying')`),
    index("dead_letters_event").on(table.tenantId, table.eventId, table.subscription),
    check("dead_letters_state", sql`${table.state} in ('open', 'replaying', 'resolved', 'discarded')`),
    tenantIsolation(),
  ],
);

/** A queue of dead letters that is not empty, or was not: from its first dead letter to the settlement of its last. */
export const incidents = pgTable(
  "incidents",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    /** `{service}-dlq` */
    queue: text("queue").notNull(),
    openedAt: timestamp("opened_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    lastFailedAt: timestamp("last_failed_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    /** Times that an event failed. */
    failures: integer("failures").notNull().default(1),
    lastError: text("last_error").notNull(),
    closedAt: timestamp("closed_at", { withTimezone: true, precision: 3 }),
  },
  (table) => [
    uniqueIndex("incidents_open").on(table.tenantId, table.queue).where(sql`${table.closedAt} is null`),
    index("incidents_tenant_opened").on(table.tenantId, table.openedAt, table.id),
    tenantIsolation(),
  ],
);
