import { lt } from "drizzle-orm";
import { index, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { currentRequest } from "encore.dev";
import type { AnyDb } from "../database/handle.js";
import { setTenant } from "../tenancy/with-tenant.js";

/**
 * Events that a service's subscriptions have handled; part of the schema of every service that consumes.
 *
 * No row-level security: a system table that holds event ids and nothing of a tenant, reachable through no
 * endpoint.
 */
export const inbox = pgTable(
  "inbox",
  {
    subscription: text("subscription").notNull(),
    eventId: text("event_id").notNull(),
    /**
     * The broker's id of the delivery that had the effect, where known; on Kafka the hash of topic, partition and offset.
     * It tells where an effect came from. Whether an event was handled, its own id decides: a broker's ids may start anew.
     */
    deliveryId: text("delivery_id"),
    handledAt: timestamp("handled_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.subscription, table.eventId] }),
    index("inbox_handled_at").on(table.handledAt),
  ],
);

export interface Delivery {
  subscription: string;
  eventId: string;
  /** The event's tenant, set for the transaction of the effect. */
  tenantId: string;
}

/**
 * Runs the effect of an event and records the event as handled, in one transaction: a second delivery, also a
 * concurrent one, has no effect. Returns whether the effect ran now. What the effect does must go through the
 * transaction it is given.
 */
export async function handleOnce<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  delivery: Delivery,
  effect: (tx: AnyDb<TSchema>) => Promise<void>,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const recorded = await tx
      .insert(inbox)
      .values({ subscription: delivery.subscription, eventId: delivery.eventId, deliveryId: deliveryId() })
      .onConflictDoNothing()
      .returning({ eventId: inbox.eventId });
    if (recorded.length === 0) return false;
    await setTenant(tx, delivery.tenantId);
    await effect(tx);
    return true;
  });
}

/** The broker's id of the message in hand; none where an event is handled otherwise. */
function deliveryId(): string | undefined {
  const request = currentRequest();
  return request?.type === "pubsub-message" ? request.messageId : undefined;
}

/** Forgets events handled before `before`. Brokers must not redeliver older ones: keep it beyond their retention. */
export async function pruneInbox<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  before: Date,
): Promise<number> {
  const removed = await db.delete(inbox).where(lt(inbox.handledAt, before)).returning({ id: inbox.eventId });
  return removed.length;
}
