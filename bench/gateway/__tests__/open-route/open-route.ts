import { api } from "encore.dev/api";
import { tenant_management } from "~encore/clients";
import type { ConversionConfig, TenantPathRequest } from "../../../../tenant-management/types.js";

/** What `GET /api/v1/tenants/:tenantId/conversion-config` answers, without authentication, limit and permission. */
export const readConversionConfig = api(
  { method: "GET", path: "/open/tenants/:tenantId/conversion-config", expose: true, auth: false },
  async ({ tenantId }: TenantPathRequest): Promise<ConversionConfig> =>
    tenant_management.getConversionConfig(
      { tenantId },
      { authData: { userID: "bench", tenantId, permissions: [] } },
    ),
);
