import { and, asc, eq, gt, gte, inArray, lte, or, sql } from "drizzle-orm";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { TopicName } from "../../../shared/events/topics.js";
import type { EventMessage } from "../../../shared/events/types.js";
import type { Db } from "../../db.js";
import { outbox } from "../../schema.js";
import { withAllEvents } from "../all-events.js";
import { eventReplays, keptEvents } from "../tables.js";

const eventsTogether = 200;
/** While so many events of the tenant wait in the outbox, its replay waits: what happens now goes first. */
const mostWaiting = 1_000;
/** How long an event that was told of may take until it is kept: a replay ends no sooner after its start. */
const settlingMs = 3_000;

/**
 * Delivers the next events of one running replay: they go into the outbox in the transaction that remembers how far it
 * has come, so that a crash neither leaves out nor repeats any. Returns whether there may be more to do at once.
 */
export async function replayStep(db: Db): Promise<boolean> {
  return await withAllEvents(db, async (tx) => {
    const [replay] = await tx
      .select()
      .from(eventReplays)
      .where(eq(eventReplays.state, "running"))
      .orderBy(asc(eventReplays.leasedUntil))
      .limit(1)
      .for("update", { skipLocked: true });
    if (replay === undefined) return false;
    const waiting = await tx.$count(
      tx
        .select({ id: outbox.id })
        .from(outbox)
        .where(eq(sql`split_part(${outbox.orderingKey}, ':', 1)`, replay.tenantId))
        .limit(mostWaiting)
        .as("waiting"),
    );
    // At its turn again later: replays of several tenants take turns.
    await tx.update(eventReplays).set({ leasedUntil: new Date() }).where(eq(eventReplays.id, replay.id));
    if (waiting >= mostWaiting) return false;
    const events = await tx
      .select()
      .from(keptEvents)
      .where(
        and(
          eq(keptEvents.tenantId, replay.tenantId),
          eq(keptEvents.topic, replay.topic),
          gt(keptEvents.position, replay.position),
          or(lte(keptEvents.position, replay.until), lte(keptEvents.time, replay.startedAt)),
          gte(keptEvents.keptAt, replay.from),
          replay.types.length === 0 ? undefined : inArray(keptEvents.type, replay.types),
        ),
      )
      .orderBy(asc(keptEvents.position))
      .limit(eventsTogether);
    const redeliverTo = replay.subscription.split("/").at(-1)!;
    const messages = events.map((event) => ({ ...messageOf(event), redeliverTo }));
    await addToOutbox(tx, replay.topic as TopicName, ...(messages as never[]));
    const last = events.length < eventsTogether;
    const done = last && replay.startedAt.getTime() + settlingMs < Date.now();
    await tx
      .update(eventReplays)
      .set({
        delivered: replay.delivered + events.length,
        ...(events.length > 0 && { position: events.at(-1)!.position }),
        ...(done && { state: "completed" as const, finishedAt: new Date() }),
      })
      .where(eq(eventReplays.id, replay.id));
    return !last || done;
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
