import { and, eq, inArray, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { DeadLettered, DeadLetterResolved, Envelope } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import type { Db } from "../../db.js";
import { deadLetters } from "../tables.js";
import { closeIncidentOfEmptyQueue, raiseIncident } from "./incidents.js";

const text = z.string().optional().catch(undefined);
const originalSchema = z.looseObject({ eventId: text, type: text, correlationId: text, deadLetterId: text });

type Failed = Envelope & { event: DeadLettered };

/**
 * Keeps a dead letter and raises the incident of its queue. The event of one that waits already, which failed again,
 * opens that one again. The tenant must be set on the transaction. Returns the id of the dead letter, and whether the
 * incident is new.
 */
export async function keepDeadLetter(tx: Db, message: Failed): Promise<{ id: string; incident: boolean }> {
  const { tenantId, event } = message;
  const failedAt = new Date(message.time);
  const context = { tenantId, userId: "system", cause: message };
  const queue = `${event.service}-dlq`;
  const incident = await raiseIncident(tx, context, { queue, error: event.error, time: failedAt });
  const { data: original } = originalSchema.safeParse(event.original);
  const reopened = await reopen(tx, message, { failedAt, ...original });
  if (reopened !== undefined) return { id: reopened, incident };
  const { service, topic, subscription, reason, attempts, error, stack } = event;
  await tx
    .insert(deadLetters)
    .values({
      id: message.eventId,
      tenantId,
      service,
      topic,
      subscription,
      reason,
      attempts,
      error,
      stack,
      eventType: original?.type ?? "unknown",
      eventId: original?.eventId,
      correlationId: original?.correlationId,
      event: firstDelivery(event.original),
      failedAt,
    })
    .onConflictDoNothing();
  return { id: message.eventId, incident };
}

async function reopen(
  tx: Db,
  { tenantId, event }: Failed,
  failed: { failedAt: Date; eventId?: string; deadLetterId?: string },
): Promise<string | undefined> {
  const { deadLetterId, eventId } = failed;
  if (eventId === undefined) return undefined;
  const id = z.uuid().safeParse(deadLetterId).data;
  const [row] = await tx
    .update(deadLetters)
    .set({
      state: "open",
      reason: event.reason,
      attempts: sql`${deadLetters.attempts} + ${event.attempts}`,
      error: event.error,
      stack: event.stack ?? null,
      failedAt: failed.failedAt,
    })
    .where(
      and(
        eq(deadLetters.tenantId, tenantId),
        eq(deadLetters.service, event.service),
        eq(deadLetters.subscription, event.subscription),
        or(eq(deadLetters.eventId, eventId), id === undefined ? undefined : eq(deadLetters.id, id)),
        inArray(deadLetters.state, ["open", "replaying"]),
        // Two events with one id are two dead letters: only a person can tell which is right.
        event.reason === "event-id-reused" && id === undefined ? sql`false` : undefined,
      ),
    )
    .returning({ id: deadLetters.id });
  return row?.id;
}

/** An event without what a replay added to its envelope. */
function firstDelivery(original: JsonValue): JsonValue {
  if (typeof original !== "object" || original === null || Array.isArray(original)) return original;
  const { redeliverTo: _, deadLetterId: __, ...event } = original;
  return event;
}

/** Settles a dead letter whose replay was handled. The tenant must be set on the transaction. */
export async function resolveDeadLetter(
  tx: Db,
  message: Envelope & { event: DeadLetterResolved },
): Promise<void> {
  const { tenantId, event } = message;
  const { data: id } = z.uuid().safeParse(event.deadLetterId);
  if (id === undefined) return;
  await tx
    .update(deadLetters)
    .set({ state: "resolved", settledAt: new Date(), settledBy: "system" })
    .where(
      and(eq(deadLetters.tenantId, tenantId), eq(deadLetters.id, id), eq(deadLetters.state, "replaying")),
    );
  await closeIncidentOfEmptyQueue(tx, { tenantId, userId: "system", cause: message }, event.service);
}
