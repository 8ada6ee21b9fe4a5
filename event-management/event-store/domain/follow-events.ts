import { and, asc, eq, gt, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import { withAllEvents } from "../all-events.js";
import { keptEvents } from "../tables.js";
import type { FollowEventsRequest, FollowEventsResponse, StoredEvent } from "../types.js";
import { subjectsOf } from "./event-subjects.js";

const largestPosition = 2n ** 63n - 1n;

/** A position as a caller gave it. Throws `invalidArgument`. */
export function positionOf(text: string, field: string): bigint {
  const position = /^\d{1,19}$/.test(text) ? BigInt(text) : largestPosition + 1n;
  if (position <= largestPosition) return position;
  throw APIError.invalidArgument(`${field}: must be the position of an event.`).withDetails({
    reason: "position_invalid",
    field,
  });
}

/** The events after a position, of all tenants or of one; none at once where there is nothing new. */
export async function eventsAfter(
  db: Db,
  request: Pick<FollowEventsRequest, "after" | "tenantId"> & { limit: number },
): Promise<FollowEventsResponse> {
  const { tenantId, limit } = request;
  return await withAllEvents(db, async (tx) => {
    if (request.after === undefined) return { events: [], position: await lastPosition(tx) };
    const after = positionOf(request.after, "after");
    const rows = await tx
      .select()
      .from(keptEvents)
      .where(and(gt(keptEvents.position, after), tenantId ? eq(keptEvents.tenantId, tenantId) : undefined))
      .orderBy(asc(keptEvents.position))
      .limit(limit);
    return { events: rows.map(storedEventOf), position: String(rows.at(-1)?.position ?? after) };
  });
}

async function lastPosition(tx: Db): Promise<string> {
  const [row] = await tx
    .select({ position: sql<string>`coalesce(max(${keptEvents.position}), 0)::text` })
    .from(keptEvents);
  return row?.position ?? "0";
}

/** An event as others see it. */
export function storedEventOf(row: typeof keptEvents.$inferSelect): StoredEvent {
  const { orderingKey: _, position, projectId, ...rest } = row;
  return {
    ...rest,
    position: String(position),
    projectId: projectId ?? undefined,
    subjects: subjectsOf(row),
  };
}
