import { api } from "encore.dev/api";
import { tenant_management } from "~encore/clients";
import type {
  ConversionConfig,
  NotificationSettings,
  Tenant,
  TenantPathRequest,
  UpdateConversionConfigRequest,
  UpdateNotificationSettingsRequest,
} from "../tenant-management/types.js";

/** The caller's tenant. */
export const getTenant = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> => tenant_management.getTenant(request),
);

/** How the tenant's conversions run, defaults included. */
export const getConversionConfig = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/conversion-config", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<ConversionConfig> =>
    tenant_management.getConversionConfig(request),
);

/** Changes how the tenant's conversions run. */
export const updateConversionConfig = api(
  { method: "PUT", path: "/api/v1/tenants/:tenantId/conversion-config", expose: true, auth: true },
  async (request: UpdateConversionConfigRequest): Promise<ConversionConfig> =>
    tenant_management.updateConversionConfig(request),
);

/** Which notifications the tenant gets, defaults included. */
export const getNotificationSettings = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/notification-settings", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<NotificationSettings> =>
    tenant_management.getNotificationSettings(request),
);

/** Changes which notifications the tenant gets. */
export const updateNotificationSettings = api(
  { method: "PUT", path: "/api/v1/tenants/:tenantId/notification-settings", expose: true, auth: true },
  async (request: UpdateNotificationSettingsRequest): Promise<NotificationSettings> =>
    tenant_management.updateNotificationSettings(request),
);
