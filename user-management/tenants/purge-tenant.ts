import { eq, sql } from "drizzle-orm";
import type { TenantEvent } from "../../shared/events/types.js";
import { answerPurge, purgeTables } from "../../shared/tenancy/tenant-purge.js";
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
  const addresses = await db.execute(sql`
    delete from api_key_addresses
    where key_id in (select id from api_keys where tenant_id = ${tenantId}) returning 1 as one`);
  const counts = await purgeTables(db, tenantId, tables);
  await db
    .update(sessions)
    .set({ activeOrganizationId: null })
    .where(eq(sessions.activeOrganizationId, tenantId));
  const removed = await db.delete(organizations).where(eq(organizations.id, tenantId)).returning();
  await answerPurge(db, cause, {
    type: "tenant-data-purged",
    service: "user-management",
    counts: { ...counts, api_key_addresses: addresses.length, organizations: removed.length },
  });
}
