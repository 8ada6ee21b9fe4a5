import { eq, sql } from "drizzle-orm";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { TenantEvent } from "../../shared/events/types.js";
import { deleteTenantRows } from "../../shared/tenancy/tenant-rows.js";
import type { Db } from "../db.js";
import { organizations, sessions } from "../schema.js";

/** Rows that others refer to come after those. */
const tables = ["api_keys", "invitations", "members", "tenant_roles", "pending_tenants"];

/**
 * Removes an organization with its members, invitations, roles and keys, and answers with how many they were. The
 * people stay: their accounts are their own. A second run finds nothing and answers again.
 */
export async function purgeTenant(db: Db, cause: TenantEvent): Promise<void> {
  const { tenantId } = cause;
  const counts: Record<string, number> = {};
  const addresses = await db.execute(sql`
    delete from api_key_addresses
    where key_id in (select id from api_keys where tenant_id = ${tenantId}) returning 1 as one`);
  counts.api_key_addresses = addresses.length;
  for (const table of tables) counts[table] = await deleteTenantRows(db, tenantId, { table });
  await db
    .update(sessions)
    .set({ activeOrganizationId: null })
    .where(eq(sessions.activeOrganizationId, tenantId));
  await db.transaction(async (tx) => {
    const removed = await tx.delete(organizations).where(eq(organizations.id, tenantId)).returning();
    counts.organizations = removed.length;
    const purged = { type: "tenant-data-purged" as const, service: "user-management" as const, counts };
    await addToOutbox(tx, "tenant-events", newEvent(purged, { tenantId, userId: "system", cause }));
  });
}
