import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { JsonValue } from "../../../shared/json.js";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { eventReplays, keptEvents } from "../tables.js";
import type {
  EventReplay,
  ListEventReplaysRequest,
  ListEventReplaysResponse,
  StartEventReplayRequest,
} from "../types.js";
import { replayOf } from "./replayable.js";

const sorting = {
  fields: { startedAt: eventReplays.startedAt },
  byDefault: "-startedAt",
  id: eventReplays.id,
} as const;

interface Caller {
  tenantId: string;
  userID: string;
}

/** Begins to deliver the tenant's events to a subscription again. One replay to a subscription runs at a time. */
export async function startEventReplay(
  db: Db,
  caller: Caller,
  request: StartEventReplayRequest,
): Promise<EventReplay> {
  const { tenantId, userID } = caller;
  const what = replayOf(request);
  return await withTenant(db, tenantId, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`event-replay/${tenantId}`}, 0))`);
    const same = [eq(eventReplays.subscription, what.subscription), eq(eventReplays.topic, what.topic)];
    const running = and(eq(eventReplays.tenantId, tenantId), eq(eventReplays.state, "running"), ...same);
    if ((await tx.$count(eventReplays, running)) > 0) {
      throw APIError.failedPrecondition("A replay to this subscription is running.").withDetails({
        reason: "replay_running",
      });
    }
    const [last] = await tx
      .select({ position: sql<string>`coalesce(max(${keptEvents.position}), 0)::text` })
      .from(keptEvents)
      .where(eq(keptEvents.tenantId, tenantId));
    const until = BigInt(last!.position);
    const [row] = await tx
      .insert(eventReplays)
      .values({ id: randomUUID(), tenantId, ...what, startedBy: userID, position: 0n, until })
      .returning();
    await audit(tx, caller, "event-replay-started", row!);
    return toReplay(row!);
  });
}

/** Ends a replay. What was delivered until then stays delivered. A second time changes nothing. */
export async function cancelEventReplay(db: Db, caller: Caller, id: string): Promise<EventReplay> {
  return await withTenant(db, caller.tenantId, async (tx) => {
    const row = await find(tx, caller.tenantId, id);
    if (row.state !== "running") return toReplay(row);
    const [cancelled] = await tx
      .update(eventReplays)
      .set({ state: "cancelled", finishedAt: new Date() })
      .where(eq(eventReplays.id, row.id))
      .returning();
    await audit(tx, caller, "event-replay-cancelled", row);
    return toReplay(cancelled!);
  });
}

/** One replay of the tenant. Throws `notFound`. */
export async function getEventReplay(db: Db, tenantId: string, id: string): Promise<EventReplay> {
  return toReplay(await withTenant(db, tenantId, (tx) => find(tx, tenantId, id)));
}

/** The tenant's replays, newest first or as asked for. */
export async function listEventReplays(
  db: Db,
  tenantId: string,
  request: ListEventReplaysRequest,
): Promise<ListEventReplaysResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ row: eventReplays, key: order.key })
      .from(eventReplays)
      .where(and(eq(eventReplays.tenantId, tenantId), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    replays: rows.slice(0, limit).map(({ row }) => toReplay(row)),
    ...order.next(rows, limit, ({ row }) => row.id),
  };
}

async function find(tx: Db, tenantId: string, id: string): Promise<typeof eventReplays.$inferSelect> {
  const [row] = z.uuid().safeParse(id).success
    ? await tx
        .select()
        .from(eventReplays)
        .where(and(eq(eventReplays.tenantId, tenantId), eq(eventReplays.id, id)))
        .for("update")
    : [];
  if (row === undefined) throw APIError.notFound("No such replay.");
  return row;
}

function toReplay(row: typeof eventReplays.$inferSelect): EventReplay {
  const { tenantId: _, position: __, until: ___, leasedUntil: ____, finishedAt, ...rest } = row;
  return { ...rest, finishedAt: finishedAt ?? undefined };
}

async function audit(
  tx: Db,
  caller: Caller,
  action: string,
  replay: typeof eventReplays.$inferSelect,
): Promise<void> {
  const { id: replayId, topic, subscription, types, from } = replay;
  const details: Record<string, JsonValue> = {
    replayId,
    topic,
    subscription,
    types,
    from: from.toISOString(),
  };
  const event = { type: "audit-recorded" as const, action, performedBy: caller.userID, details };
  await addToOutbox(
    tx,
    "audit-events",
    newEvent(event, { tenantId: caller.tenantId, userId: caller.userID }),
  );
}
