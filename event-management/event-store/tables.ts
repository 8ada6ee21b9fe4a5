import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type { JsonValue } from "../../shared/json.js";
import { tenantIsolation } from "../../shared/tenancy/tenant-isolation.js";
import type { EventReplayState } from "./types.js";

const keepingEvents = sql`(select current_setting('app.event_keeping', true)) = 'on'`;

/**
 * Lets a transaction that `withAllEvents` marked reach the rows of all tenants: what keeps, follows and prunes events,
 * never what a caller asks of a tenant.
 */
export function eventKeeping() {
  return pgPolicy("event_keeping", {
    as: "permissive",
    for: "all",
    to: "public",
    using: keepingEvents,
    withCheck: keepingEvents,
  });
}

/** Every event of every topic, for as long as its tenant's plan keeps it. */
export const keptEvents = pgTable(
  "kept_events",
  {
    /** Given under a lock that lasts until the commit, so that no reader misses a lower one that commits later. */
    position: bigint("position", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    eventId: text("event_id").notNull().unique(),
    topic: text("topic").notNull(),
    type: text("type").notNull(),
    version: integer("version").notNull(),
    tenantId: text("tenant_id").notNull(),
    userId: text("user_id").notNull(),
    projectId: text("project_id"),
    correlationId: text("correlation_id").notNull(),
    causationId: text("causation_id").notNull(),
    orderingKey: text("ordering_key").notNull(),
    /** When it happened, by the clock of the service that tells of it. */
    time: timestamp("time", { withTimezone: true, precision: 3 }).notNull(),
    /** When it was kept, by the clock of the database. */
    keptAt: timestamp("kept_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    body: jsonb("body").$type<JsonValue>().notNull(),
  },
  (table) => [
    index("kept_events_tenant").on(table.tenantId, table.position),
    index("kept_events_type").on(table.tenantId, table.type, table.position),
    index("kept_events_time").on(table.tenantId, table.time),
    index("kept_events_correlation").on(table.correlationId, table.tenantId),
    tenantIsolation(),
    eventKeeping(),
  ],
);

/** Deliveries of kept events to one subscription again, from a point in time: work that outlives its process. */
export const eventReplays = pgTable(
  "event_replays",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    topic: text("topic").notNull(),
    subscription: text("subscription").notNull(),
    from: timestamp("from", { withTimezone: true, precision: 3 }).notNull(),
    /** Event types that are replayed; all where it is empty. */
    types: text("types").array().notNull(),
    startedBy: text("started_by").notNull(),
    startedAt: timestamp("started_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    state: text("state").$type<EventReplayState>().notNull().default("running"),
    /** Position of the last event that was looked at. */
    position: bigint("position", { mode: "bigint" }).notNull(),
    /** Position of the last event that was kept when it started. */
    until: bigint("until", { mode: "bigint" }).notNull(),
    delivered: integer("delivered").notNull().default(0),
    /** Whoever works on it has it until then. */
    leasedUntil: timestamp("leased_until", { withTimezone: true }).notNull().defaultNow(),
    finishedAt: timestamp("finished_at", { withTimezone: true, precision: 3 }),
  },
  (table) => [
    index("event_replays_tenant").on(table.tenantId, table.startedAt, table.id),
    index("event_replays_running").on(table.leasedUntil).where(sql`${table.state} = 'running'`),
    check("event_replays_state", sql`${table.state} in ('running', 'completed', 'cancelled')`),
    tenantIsolation(),
    eventKeeping(),
  ],
);
