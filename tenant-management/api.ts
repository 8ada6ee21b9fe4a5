import { api } from "encore.dev/api";
import { requireOwnTenant } from "../shared/tenancy/identity.js";
import { db } from "./db.js";
import { defaultPlan } from "./default-plan.js";
import * as changes from "./domain/change-tenant.js";
import * as configs from "./domain/conversion-config.js";
import * as notifications from "./domain/notification-settings.js";
import * as provisioning from "./domain/provision-tenant.js";
import * as policies from "./domain/tenant-policy.js";
import * as tenants from "./domain/tenants.js";
import type {
  ConversionConfig,
  CorsOrigins,
  GetTenantPolicyRequest,
  NotificationSettings,
  ProvisionTenantRequest,
  SetCorsOriginsRequest,
  SetTenantPlanRequest,
  Tenant,
  TenantPathRequest,
  TenantPolicy,
  UpdateConversionConfigRequest,
  UpdateNotificationSettingsRequest,
  UpdateTenantRequest,
} from "./types.js";

/** The tenant of an organization, made where there is none. For user-management; any number of calls make one. */
export const provisionTenant = api(
  { method: "POST", path: "/tenants/provision", expose: false },
  async (request: ProvisionTenantRequest): Promise<Tenant> =>
    provisioning.provisionTenant(db, { ...request, plan: defaultPlan() }),
);

/** Status, limits and settings that the services hold a tenant to. Kept for a second by those that ask. */
export const getTenantPolicy = api(
  { method: "GET", path: "/tenant-policies/:tenantId", expose: false },
  async (request: GetTenantPolicyRequest): Promise<TenantPolicy> =>
    policies.getTenantPolicy(db, { ...request, defaultPlan: defaultPlan() }),
);

/** The caller's tenant. Any other does not exist. */
export const getTenant = api(
  { method: "GET", path: "/tenants/:tenantId", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await tenants.getTenant(db, tenantId);
  },
);

/** Changes the name or the slug of the caller's tenant. */
export const updateTenant = api(
  { method: "PATCH", path: "/tenants/:tenantId", expose: false, auth: true },
  async (request: UpdateTenantRequest): Promise<Tenant> =>
    changes.updateTenant(db, requireOwnTenant(request.tenantId), request),
);

/** Gives a tenant another plan. For operators: no route of the public API leads here. */
export const setTenantPlan = api(
  { method: "PUT", path: "/tenants/:tenantId/plan", expose: false },
  async (request: SetTenantPlanRequest): Promise<Tenant> =>
    changes.setTenantPlan(db, { tenantId: request.tenantId, userID: "system" }, request.plan),
);

/** Suspends the caller's tenant: nothing of it runs until it is resumed. */
export const suspendTenant = api(
  { method: "POST", path: "/tenants/:tenantId/suspend", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> =>
    changes.setSuspended(db, requireOwnTenant(request.tenantId), true),
);

/** Lets the caller's suspended tenant go on. */
export const resumeTenant = api(
  { method: "POST", path: "/tenants/:tenantId/resume", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> =>
    changes.setSuspended(db, requireOwnTenant(request.tenantId), false),
);

/** Origins whose pages may call the API. */
export const getCorsOrigins = api(
  { method: "GET", path: "/tenants/:tenantId/cors-origins", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<CorsOrigins> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await changes.getCorsOrigins(db, tenantId);
  },
);

/** Replaces the origins whose pages may call the API. */
export const setCorsOrigins = api(
  { method: "PUT", path: "/tenants/:tenantId/cors-origins", expose: false, auth: true },
  async (request: SetCorsOriginsRequest): Promise<CorsOrigins> =>
    changes.setCorsOrigins(db, requireOwnTenant(request.tenantId), request.origins),
);

/** How the tenant's conversions run, defaults included. */
export const getConversionConfig = api(
  { method: "GET", path: "/tenants/:tenantId/conversion-config", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<ConversionConfig> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await configs.getConversionConfig(db, tenantId);
  },
);

/** Changes how the tenant's conversions run. */
export const updateConversionConfig = api(
  { method: "PUT", path: "/tenants/:tenantId/conversion-config", expose: false, auth: true },
  async (request: UpdateConversionConfigRequest): Promise<ConversionConfig> => {
    const { userID } = requireOwnTenant(request.tenantId);
    return await configs.updateConversionConfig(db, { ...request, updatedBy: userID });
  },
);

/** Which notifications the tenant gets, defaults included. */
export const getNotificationSettings = api(
  { method: "GET", path: "/tenants/:tenantId/notification-settings", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<NotificationSettings> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await notifications.getNotificationSettings(db, tenantId);
  },
);

/** Changes which notifications the tenant gets. */
export const updateNotificationSettings = api(
  { method: "PUT", path: "/tenants/:tenantId/notification-settings", expose: false, auth: true },
  async (request: UpdateNotificationSettingsRequest): Promise<NotificationSettings> => {
    const { userID } = requireOwnTenant(request.tenantId);
    return await notifications.updateNotificationSettings(db, { ...request, updatedBy: userID });
  },
);
