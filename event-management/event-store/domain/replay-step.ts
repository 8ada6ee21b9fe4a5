import { and, asc, eq, gt, gte, inArray, lte } from "drizzle-orm";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { TopicName } from "../../../shared/events/topics.js";
import type { EventMessage } from "../../../shared/events/types.js";
import type { Db } from "../../db.js";
import { outbox } from "../../schema.js";
import { withAllEvents } from "../all-events.js";
import { eventReplays, keptEvents } from "../tables.js";

const eventsTogether = 200;
/** While so many rows wait in the outbox, a replay waits: what happens now goes first. */
const mostWaiting = 1_000;

/**
 * Delivers the next events of one running replay: they go into the outbox in the transaction that remembers how far it
 * has come, so that a crash neither leaves out nor repeats any. Returns whether there may be more to do at once.
 */
export async function replayStep(db: Db): Promise<boolean> {
  return await withAllEvents(db, async (tx) => {
    const waiting = await tx.$count(
      tx.select({ id: outbox.id }).from(outbox).limit(mostWaiting).as("waiting"),
    );
    if (waiting >= mostWaiting) return false;
    const [replay] = await tx
      .select()
      .from(eventReplays)
      .where(eq(eventReplays.state, "running"))
      .orderBy(asc(eventReplays.leasedUntil))
      .limit(1)
      .for("update", { skipLocked: true });
    if (replay === undefined) return false;
    const events = await tx
      .select()
      .from(keptEvents)
      .where(
        and(
          eq(keptEvents.tenantId, replay.tenantId),
          eq(keptEvents.topic, replay.topic),
          gt(keptEvents.position, replay.position),
          lte(keptEvents.position, replay.until),
          gte(keptEvents.keptAt, replay.from),
          replay.types.length === 0 ? undefined : inArray(keptEvents.type, replay.types),
        ),
      )
      .orderBy(asc(keptEvents.position))
      .limit(eventsTogether);
    const redeliverTo = replay.subscription.split("/").at(-1)!;
    const messages = events.map((event) => ({ ...messageOf(event), redeliverTo }));
    await addToOutbox(tx, replay.topic as TopicName, ...(messages as never[]));
    const done = events.length < eventsTogether;
    await tx
      .update(eventReplays)
      .set({
        delivered: replay.delivered + events.length,
        // Replays of several tenants take turns.
        leasedUntil: new Date(),
        ...(done
          ? { state: "completed" as const, finishedAt: new Date(), position: replay.until }
          : { position: events.at(-1)!.position }),
      })
      .where(eq(eventReplays.id, replay.id));
    return true;
  });
}

function messageOf(row: typeof keptEvents.$inferSelect): EventMessage {
  const { eventId, correlationId, causationId, userId, tenantId, orderingKey, type, version } = row;
  return {
    eventId,
    correlationId,
    causationId,
    userId,
    tenantId,
    ...(row.projectId === null ? {} : { projectId: row.projectId }),
    time: row.time.toISOString(),
    orderingKey,
    type,
    ...(version === 1 ? {} : { version }),
    event: row.body,
  };
}
