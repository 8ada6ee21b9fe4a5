import { type SQL, sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { AnyDb } from "../database/handle.js";
import { fittingEvent } from "./fit-event.js";
import type { TopicMessages, TopicName } from "./topics.js";
import type { Envelope } from "./types.js";

/** Postgres channel that wakes the relay when a transaction with new rows commits. */
export const outboxChannel = "axion_outbox";

/**
 * Events waiting to be published; part of the schema of every service that publishes.
 *
 * No row-level security: a system table, read by the service's relay for all tenants at once and reachable
 * through no endpoint.
 */
export const outbox = pgTable(
  "outbox",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    topic: text("topic").notNull(),
    orderingKey: text("ordering_key").notNull(),
    message: jsonb("message").$type<Envelope>().notNull(),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAt: timestamp("next_attempt_at", { withTimezone: true }).notNull().defaultNow(),
    lastError: text("last_error"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  // An ordering key begins with its tenant: the relay takes turns among tenants, and of each the oldest first.
  (table) => [index("outbox_tenant_id").on(sql`split_part(${table.orderingKey}, ':', 1)`, table.id)],
);

/**
 * Writes events into the outbox of the caller's transaction: they are published if and only if it commits.
 * Call it after the write that the events tell of, so that a lock on the row also orders its events. An event that is too
 * large for a broker has its long texts cut.
 */
export async function addToOutbox<TName extends TopicName, TSchema extends Record<string, unknown>>(
  tx: AnyDb<TSchema>,
  topic: TName,
  ...messages: TopicMessages[TName][]
): Promise<void> {
  if (messages.length === 0) return;
  await Promise.all(outboxStatements(topic, ...messages).map((statement) => tx.execute(statement)));
}

const wakeRelay = sql`select pg_notify(${outboxChannel}, '')`;

/** The statements by which `addToOutbox` writes, for who sends them together with others of the same transaction. */
export function outboxStatements<TName extends TopicName>(
  topic: TName,
  ...messages: TopicMessages[TName][]
): SQL[] {
  // One parameter for all rows: hundreds of parameters take the process longer to write than the server to insert.
  const fitting = JSON.stringify(messages.map((message) => fittingEvent(message)));
  const insert = sql`
    insert into outbox (topic, ordering_key, message)
    select ${topic}::text, message ->> 'orderingKey', message::jsonb
    from json_array_elements(${fitting}::json) with ordinality as given (message, place)
    order by place`;
  return [insert, wakeRelay];
}
