import { tenant_management } from "~encore/clients";
import { TenantPolicyCache } from "../shared/tenancy/tenant-policy.js";

/** What tenants may do, at most a second old. */
export const tenantPolicies = new TenantPolicyCache({
  fetch: (tenantId) => tenant_management.getTenantPolicy({ tenantId }),
});
