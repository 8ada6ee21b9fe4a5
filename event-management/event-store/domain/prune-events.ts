import { sql } from "drizzle-orm";
import type { Db } from "../../db.js";
import { withAllEvents } from "../all-events.js";

const eventsTogether = 1_000;
const mostBatches = 200;

/** The tenants that events are kept of, one index look-up each. */
export async function tenantsWithEvents(db: Db): Promise<string[]> {
  const rows = await withAllEvents(db, (tx) =>
    tx.execute<{ tenant_id: string }>(sql`
      with recursive tenants as (
        (select tenant_id from kept_events order by tenant_id limit 1)
        union all
        select (select k.tenant_id from kept_events k where k.tenant_id > t.tenant_id order by k.tenant_id limit 1)
        from tenants t where t.tenant_id is not null
      )
      select tenant_id from tenants where tenant_id is not null`),
  );
  return rows.map(({ tenant_id }) => tenant_id);
}

/**
 * Removes the tenant's events that were kept before `before`, with their rows of the timeline, oldest first, a thousand
 * a transaction and 200,000 a call at most. Returns how many they were.
 */
export async function pruneEvents(db: Db, tenantId: string, before: Date): Promise<number> {
  let removed = 0;
  for (let batch = 0; batch < mostBatches; batch++) {
    const positions = await withAllEvents(db, async (tx) => {
      const rows = await tx.execute<{ position: string }>(sql`
        delete from kept_events where position in (
          select position from (
            select position, kept_at from kept_events where tenant_id = ${tenantId}
            order by position limit ${eventsTogether}
          ) oldest where kept_at < ${before.toISOString()}::timestamptz
        ) returning position`);
      if (rows.length === 0) return 0;
      const list = `{${rows.map(({ position }) => position).join(",")}}`;
      await tx.execute(sql`
        delete from record_timeline where tenant_id = ${tenantId} and position = any(${list}::bigint[])`);
      return rows.length;
    });
    removed += positions;
    if (positions < eventsTogether) break;
  }
  return removed;
}
