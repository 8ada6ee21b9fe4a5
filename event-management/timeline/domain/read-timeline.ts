import { and, asc, desc, eq, or, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { keptEvents } from "../../event-store/tables.js";
import { recordTimeline as timeline } from "../tables.js";
import type { TimelineEntry, TimelineRequest, TimelineResponse } from "../types.js";

const cursorSchema = z.object({ position: z.string().regex(/^\d{1,19}$/), ordinal: z.int().min(0) });

interface Row {
  entry: typeof timeline.$inferSelect;
  event: Pick<
    typeof keptEvents.$inferSelect,
    "eventId" | "type" | "topic" | "time" | "userId" | "correlationId"
  >;
}

/** All that is known of a record, in the order in which it was told. */
export async function getTimeline(
  db: Db,
  tenantId: string,
  request: TimelineRequest,
): Promise<TimelineResponse> {
  const { recordId, entity, order = "asc" } = request;
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const { eventId, type, topic, time, userId, correlationId } = keptEvents;
  const place = [timeline.position, timeline.ordinal].map(order === "asc" ? asc : desc);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ entry: timeline, event: { eventId, type, topic, time, userId, correlationId } })
      .from(timeline)
      .innerJoin(keptEvents, eq(keptEvents.position, timeline.position))
      .where(and(eq(timeline.tenantId, tenantId), ofRecord(recordId, entity), after && beyond(after, order)))
      .orderBy(...place)
      .limit(limit + 1),
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1)?.entry : undefined;
  return {
    entries: page.flatMap((row) => entriesOf(row, request)),
    nextCursor: last && encodeCursor({ position: String(last.position), ordinal: last.ordinal }),
  };
}

function ofRecord(recordId: string, entity: string | undefined): SQL | undefined {
  if (recordId.length > 10_000) throw APIError.invalidArgument("recordId: is too long.");
  return or(
    and(
      eq(timeline.sourceRecordId, recordId),
      entity === undefined ? undefined : eq(timeline.sourceEntity, entity),
    ),
    and(
      eq(timeline.targetRecordId, recordId),
      entity === undefined ? undefined : eq(timeline.targetEntity, entity),
    ),
  );
}

function beyond(after: z.infer<typeof cursorSchema>, order: "asc" | "desc"): SQL {
  const [here, there] = [
    sql`(${timeline.position}, ${timeline.ordinal})`,
    sql`(${after.position}::bigint, ${after.ordinal}::integer)`,
  ];
  return order === "asc" ? sql`${here} > ${there}` : sql`${here} < ${there}`;
}

/** The entries that a row gives: the event, then what it is beside. */
function entriesOf({ entry, event }: Row, request: TimelineRequest): TimelineEntry[] {
  const { sourceRecordId, sourceEntity, targetRecordId, targetEntity, details } = entry;
  const isSource =
    sourceRecordId === request.recordId && (request.entity === undefined || sourceEntity === request.entity);
  const own = isSource ? sourceEntity : targetEntity;
  const [otherEntity, otherId] = isSource ? [targetEntity, targetRecordId] : [sourceEntity, sourceRecordId];
  const { auditType, outcome, fieldMappings, errorCode, error, notificationId, title, ...origin } = details;
  const { topic: _, ...told } = event;
  const common = {
    ...told,
    position: String(entry.position),
    role: isSource ? ("source" as const) : ("target" as const),
    ...(own === null ? {} : { entity: own }),
    ...(otherId === null
      ? {}
      : { counterpart: { ...(otherEntity === null ? {} : { entity: otherEntity }), recordId: otherId } }),
    ...origin,
  };
  const conversion = { outcome, fieldMappings, errorCode, error };
  return [
    { kind: "event", ...common },
    ...(outcome === undefined ? [] : [{ kind: "conversion" as const, ...common, ...conversion }]),
    ...(notificationId === undefined
      ? []
      : [{ kind: "notification" as const, ...common, notificationId, title }]),
    ...(auditType === undefined ? [] : [{ kind: "audit" as const, ...common, type: auditType }]),
  ];
}
