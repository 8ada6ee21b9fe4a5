import { eq, sql } from "drizzle-orm";
import { deleteTenantRows } from "../../shared/tenancy/tenant-rows.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { removeAnchors } from "./anchors.js";
import type { AuditDb } from "./db.js";
import { auditChains } from "./schema.js";

const rowsAtOnce = 5_000;

/**
 * Removes all audit entries of a tenant that has come to its end, with its chain and anchors. Returns how many entries
 * they were. Interrupted, it can be begun again.
 */
export async function purgeAuditLog(db: AuditDb, tenantId: string): Promise<number> {
  let removed = await deleteTenantRows(db, tenantId, { table: "earlier_audit_logs" });
  for (let last = rowsAtOnce; last === rowsAtOnce; removed += last) {
    const [row] = await withTenant(db, tenantId, (tx) =>
      tx.execute<{ removed: string }>(sql`select purge_audit_logs(${rowsAtOnce}) as removed`),
    );
    last = Number(row?.removed ?? 0);
  }
  await deleteTenantRows(db, tenantId, { table: "audit_checkpoints" });
  await db.delete(auditChains).where(eq(auditChains.tenantId, tenantId));
  await removeAnchors(tenantId);
  return removed;
}
