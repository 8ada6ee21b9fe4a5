import { sql } from "drizzle-orm";
import type { Db } from "../db.js";

/** What a tenant has used of the limits that hold for a minute, in the one that runs. */
export interface MinuteUsage {
  requestsThisMinute: number;
  eventsThisMinute: number;
}

/** How far the tenant's counters stand. Requests beyond the limit count as well, up to the limit of each caller. */
export async function minuteUsage(db: Db, tenantId: string): Promise<MinuteUsage> {
  const [requests, events] = [`tenant:${tenantId}`, `events:tenant:${tenantId}`];
  const rows = await db.execute<{ key: string; used: number }>(sql`
    select key, used::float8 as used from request_counts
    where key in (${requests}, ${events}) and resets_at > now()`);
  const usedOf = (key: string) => rows.find((row) => row.key === key)?.used ?? 0;
  return { requestsThisMinute: usedOf(requests), eventsThisMinute: usedOf(events) };
}
