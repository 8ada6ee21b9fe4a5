import { sql } from "drizzle-orm";
import { newEvent } from "../shared/events/envelope.js";
import type { TenantDataPurged, TenantEvent } from "../shared/events/types.js";
import { deleteTenantRows } from "../shared/tenancy/tenant-rows.js";
import type { Db } from "./db.js";

/**
 * Removes what the gateway keeps of a tenant, answers to repeated requests and counters, and makes the event that
 * says so. A second run finds nothing and says so again.
 */
export async function purgeTenant(db: Db, cause: TenantEvent): Promise<TenantEvent> {
  const { tenantId } = cause;
  const answers = await deleteTenantRows(db, tenantId, { table: "idempotent_requests" });
  const counters = await db.execute(sql`
    delete from request_counts
    where key in (${`tenant:${tenantId}`}, ${`events:tenant:${tenantId}`})
       or starts_with(key, ${`caller:${tenantId}:`}) or starts_with(key, ${`events:caller:${tenantId}:`})
    returning 1 as one`);
  const purged: TenantDataPurged = {
    type: "tenant-data-purged",
    service: "api-gateway",
    counts: { idempotent_requests: answers, request_counts: counters.length },
  };
  return newEvent(purged, { tenantId, userId: "system", cause });
}
