import { createHash } from "node:crypto";

/** Name of a tenant's schema in the workspace database: the same as `axion.tenant_schema` there. */
export function tenantSchema(tenantId: string): string {
  if (/^[a-z0-9_]{1,50}$/.test(tenantId)) return `tenant_${tenantId}`;
  return `tenanth_${createHash("md5").update(tenantId).digest("hex")}`;
}
