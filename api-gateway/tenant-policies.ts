import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import { TenantPolicyCache } from "../shared/tenancy/tenant-policy.js";
import type { TenantLimits, TenantPolicy } from "../tenant-management/types.js";

/** What the gateway holds a tenant to. */
export type GatewayPolicy = Pick<TenantPolicy, "status" | "corsOrigins"> & {
  limits: Pick<TenantLimits, "requestsPerMinute" | "eventsPerMinute">;
};

/** Held where tenant-management does not answer and there is no copy: the other services go on. */
const fallback: GatewayPolicy = {
  status: "active",
  corsOrigins: [],
  limits: { requestsPerMinute: 300, eventsPerMinute: 300 },
};
const retryAfterMs = 5_000;
let unreachableUntil = 0;

const cache = new TenantPolicyCache({
  fetch: (tenantId) => tenant_management.getTenantPolicy({ tenantId }),
});

/** The tenant's policy, at most a second old; a careful one where tenant-management has been down for long. */
export async function policyOf(tenantId: string): Promise<GatewayPolicy> {
  if (Date.now() < unreachableUntil) return fallback;
  try {
    return await cache.get(tenantId);
  } catch (error) {
    unreachableUntil = Date.now() + retryAfterMs;
    log.warn("tenant policies cannot be read: the fallback holds", {
      error: error instanceof Error ? error.message : String(error),
    });
    return fallback;
  }
}
