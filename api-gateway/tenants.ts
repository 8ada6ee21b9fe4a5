import { api } from "encore.dev/api";
import { data_processing, tenant_management, user_management } from "~encore/clients";
import { requireOwnTenant } from "../shared/tenancy/identity.js";
import type {
  ConversionConfig,
  CorsOrigins,
  NotificationSettings,
  SetCorsOriginsRequest,
  Tenant,
  TenantLimitsResponse,
  TenantPathRequest,
  UpdateConversionConfigRequest,
  UpdateNotificationSettingsRequest,
  UpdateTenantRequest,
} from "../tenant-management/types.js";
import { db } from "./db.js";
import { minuteUsage } from "./limits/usage.js";

/** The caller's tenant. */
export const getTenant = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> => tenant_management.getTenant(request),
);

/** Changes the name or the slug of the caller's tenant. The old slug is free at once. */
export const updateTenant = api(
  { method: "PATCH", path: "/api/v1/tenants/:tenantId", expose: true, auth: true },
  async (request: UpdateTenantRequest): Promise<Tenant> => tenant_management.updateTenant(request),
);

/** What the tenant's plan allows, and how much of it is used. */
export const getTenantLimits = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/limits", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<TenantLimitsResponse> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    const [{ plan, limits }, { rules }, { members, apiKeys }, minute] = await Promise.all([
      tenant_management.getTenantPolicy({ tenantId }),
      data_processing.getConversionUsage(),
      user_management.getMembershipUsage(),
      minuteUsage(db, tenantId),
    ]);
    return { tenantId, plan, limits, usage: { rules, members, apiKeys, ...minute } };
  },
);

/** Origins whose pages may call the API. */
export const getCorsOrigins = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/cors-origins", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<CorsOrigins> => tenant_management.getCorsOrigins(request),
);

/** Replaces the origins whose pages may call the API. */
export const setCorsOrigins = api(
  { method: "PUT", path: "/api/v1/tenants/:tenantId/cors-origins", expose: true, auth: true },
  async (request: SetCorsOriginsRequest): Promise<CorsOrigins> => tenant_management.setCorsOrigins(request),
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
