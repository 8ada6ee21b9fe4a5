import { and, asc, desc, eq, exists, gt, gte, lt, or, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { recordTimeline } from "../../timeline/tables.js";
import { keptEvents } from "../tables.js";
import type { ListEventsRequest, ListEventsResponse, StoredEvent } from "../types.js";
import { storedEventOf } from "./follow-events.js";

const cursorSchema = z.object({ position: z.string().regex(/^\d{1,19}$/) });

/** The tenant's kept events by record, correlation, type, topic and time, in the order in which they were kept. */
export async function listEvents(
  db: Db,
  tenantId: string,
  request: ListEventsRequest,
): Promise<ListEventsResponse> {
  const { order = "desc", correlationId, type, topic, from, to } = request;
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const beyond = order === "asc" ? gt : lt;
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(keptEvents)
      .where(
        and(
          eq(keptEvents.tenantId, tenantId),
          correlationId === undefined ? undefined : eq(keptEvents.correlationId, correlationId),
          type === undefined ? undefined : eq(keptEvents.type, type),
          topic === undefined ? undefined : eq(keptEvents.topic, topic),
          from && gte(keptEvents.time, from),
          to && lt(keptEvents.time, to),
          ofRecord(tx, tenantId, request),
          after && beyond(keptEvents.position, BigInt(after.position)),
        ),
      )
      .orderBy((order === "asc" ? asc : desc)(keptEvents.position))
      .limit(limit + 1),
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    events: page.map(storedEventOf),
    nextCursor: last && encodeCursor({ position: String(last.position) }),
  };
}

/** The record timeline knows which events tell of a record. */
function ofRecord(tx: Db, tenantId: string, { recordId, entity }: ListEventsRequest): SQL | undefined {
  if (recordId === undefined) {
    if (entity === undefined) return undefined;
    throw APIError.invalidArgument("entity: goes with recordId.").withDetails({
      reason: "record_missing",
      field: "entity",
    });
  }
  const { sourceRecordId, sourceEntity, targetRecordId, targetEntity } = recordTimeline;
  const within = (column: typeof sourceEntity | typeof targetEntity) =>
    entity === undefined ? undefined : eq(column, entity);
  return exists(
    tx
      .select({ one: sql`1` })
      .from(recordTimeline)
      .where(
        and(
          eq(recordTimeline.tenantId, tenantId),
          eq(recordTimeline.position, keptEvents.position),
          or(
            and(eq(sourceRecordId, recordId), within(sourceEntity)),
            and(eq(targetRecordId, recordId), within(targetEntity)),
          ),
        ),
      ),
  );
}

/** One kept event of the tenant. Throws `notFound`. */
export async function getEvent(db: Db, tenantId: string, eventId: string): Promise<StoredEvent> {
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(keptEvents)
      .where(and(eq(keptEvents.tenantId, tenantId), eq(keptEvents.eventId, eventId))),
  );
  if (row === undefined) throw APIError.notFound("No such event.");
  return storedEventOf(row);
}
