import { and, asc, eq, gt, sql } from "drizzle-orm";
import { storableText } from "../../../shared/events/storable.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { positionOf } from "../../event-store/domain/follow-events.js";
import { keptEvents } from "../../event-store/tables.js";
import type { RebuildTimelineRequest, RebuildTimelineResponse } from "../types.js";
import { timelineRowsOf } from "./timeline-rows.js";

const eventsTogether = 100;
const longestCallMs = 20_000;

/**
 * Makes a tenant's record timeline anew from the kept events, a hundred events a transaction: readers see each event
 * whole, before or after. It goes on for up to 20 s and says where to go on from. What is kept meanwhile brings its own
 * rows.
 */
export async function rebuildTimeline(
  db: Db,
  tenantId: string,
  request: RebuildTimelineRequest,
): Promise<RebuildTimelineResponse> {
  const until = Date.now() + longestCallMs;
  const total = { events: 0, rows: 0, corrected: 0 };
  for (let after = positionOf(request.after ?? "0", "after"); ; ) {
    const step = await withTenant(db, tenantId, (tx) => rebuildStep(tx, tenantId, after));
    total.events += step.events;
    total.rows += step.rows;
    total.corrected += step.corrected;
    if (step.events < eventsTogether) return total;
    after = step.position;
    if (Date.now() > until) return { ...total, nextPosition: String(after) };
  }
}

interface Step {
  events: number;
  rows: number;
  corrected: number;
  position: bigint;
}

async function rebuildStep(tx: Db, tenantId: string, after: bigint): Promise<Step> {
  const events = await tx
    .select()
    .from(keptEvents)
    .where(and(eq(keptEvents.tenantId, tenantId), gt(keptEvents.position, after)))
    .orderBy(asc(keptEvents.position))
    .limit(eventsTogether);
  const position = events.at(-1)?.position ?? after;
  const rows = events.flatMap((event) =>
    timelineRowsOf(event).map((row) => ({ ...row, position: String(event.position) })),
  );
  const made = sql`json_to_recordset(${storableText(JSON.stringify(rows))}::json) as made (
    position bigint, ordinal integer, "sourceEntity" text, "sourceRecordId" text, "targetEntity" text,
    "targetRecordId" text, details jsonb)`;
  const wrong = await tx.execute<{ key: string }>(sql`
    delete from record_timeline t
    where t.tenant_id = ${tenantId} and t.position > ${String(after)} and t.position <= ${String(position)}
      and (t.position, t.ordinal) not in (
        select made.position, made.ordinal from ${made}
        join record_timeline same on same.tenant_id = ${tenantId}
          and (same.position, same.ordinal) = (made.position, made.ordinal)
          and (same.source_entity, same.source_record_id, same.target_entity, same.target_record_id, same.details)
            is not distinct from
            (made."sourceEntity", made."sourceRecordId", made."targetEntity", made."targetRecordId", made.details))
    returning t.position || '/' || t.ordinal as key`);
  const missing = await tx.execute<{ key: string }>(sql`
    insert into record_timeline
      (tenant_id, position, ordinal, source_entity, source_record_id, target_entity, target_record_id, details)
    select ${tenantId}, position, ordinal, "sourceEntity", "sourceRecordId", "targetEntity", "targetRecordId", details
    from ${made}
    on conflict do nothing
    returning position || '/' || ordinal as key`);
  const corrected = new Set([...wrong, ...missing].map(({ key }) => key)).size;
  return { events: events.length, rows: rows.length, corrected, position };
}
