import { eq } from "drizzle-orm";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { conversionConfigs, tenantDeletions, tenants } from "../schema.js";
import type { TenantPlan, TenantPolicy } from "../types.js";
import { defaultConversionConfig } from "./conversion-config.js";
import { planLimits } from "./plans.js";
import { statusOf } from "./tenants.js";

/**
 * What the services hold a tenant to. A tenant that is not provisioned yet has the default plan; of a deleted one the
 * status tells.
 */
export async function getTenantPolicy(
  db: Db,
  request: { tenantId: string; defaultPlan: TenantPlan },
): Promise<TenantPolicy> {
  const { tenantId } = request;
  return await withTenant(db, tenantId, async (tx) => {
    const [[row], [config], [deletion]] = await Promise.all([
      tx.select().from(tenants).where(eq(tenants.id, tenantId)),
      tx.select().from(conversionConfigs).where(eq(conversionConfigs.tenantId, tenantId)),
      tx.select().from(tenantDeletions).where(eq(tenantDeletions.tenantId, tenantId)),
    ]);
    const plan = row?.plan ?? request.defaultPlan;
    const { automaticConversion, batchSize, maxConcurrentJobs } = config ?? defaultConversionConfig;
    return {
      tenantId,
      status: row !== undefined ? statusOf(row) : deletion === undefined ? "active" : "deleted",
      plan,
      limits: planLimits[plan],
      corsOrigins: row?.corsOrigins ?? [],
      conversion: { automaticConversion, batchSize, maxConcurrentJobs },
    };
  });
}
