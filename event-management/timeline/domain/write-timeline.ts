import { sql } from "drizzle-orm";
import { storableText } from "../../../shared/events/storable.js";
import type { Db } from "../../db.js";
import type { TimelineRow } from "./timeline-rows.js";

/** A row with the tenant and the position of its event. */
export interface PlacedRow extends TimelineRow {
  tenantId: string;
  position: string;
}

/** Writes rows of the read model; those that are there already stay. */
export async function writeTimeline(tx: Db, rows: PlacedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into record_timeline
      (tenant_id, position, ordinal, source_entity, source_record_id, target_entity, target_record_id, details)
    select "tenantId", position, ordinal, "sourceEntity", "sourceRecordId", "targetEntity", "targetRecordId", details
    from json_to_recordset(${storableText(JSON.stringify(rows))}::json) as row (
      "tenantId" text, position bigint, ordinal integer, "sourceEntity" text, "sourceRecordId" text,
      "targetEntity" text, "targetRecordId" text, details jsonb)
    on conflict do nothing`);
}
