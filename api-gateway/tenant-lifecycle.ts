import { api } from "encore.dev/api";
import { tenant_management } from "~encore/clients";
import type {
  DeletionReceiptRequest,
  RequestTenantDeletionRequest,
  Tenant,
  TenantDeletion,
  TenantPathRequest,
} from "../tenant-management/types.js";

/** Suspends the caller's tenant: until it is resumed, nothing of it runs and nearly every call is refused. */
export const suspendTenant = api(
  { method: "POST", path: "/api/v1/tenants/:tenantId/suspend", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> => tenant_management.suspendTenant(request),
);

/** Lets the caller's suspended tenant go on. */
export const resumeTenant = api(
  { method: "POST", path: "/api/v1/tenants/:tenantId/resume", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<Tenant> => tenant_management.resumeTenant(request),
);

/**
 * Asks for the deletion of the caller's tenant, confirmed by its slug. From now on nothing of it runs; when the grace
 * period is over, all its data is removed. Keep the `receiptId`.
 */
export const requestTenantDeletion = api(
  { method: "POST", path: "/api/v1/tenants/:tenantId/deletion", expose: true, auth: true },
  async (request: RequestTenantDeletionRequest): Promise<TenantDeletion> =>
    tenant_management.requestTenantDeletion(request),
);

/** How far the deletion of the caller's tenant is. */
export const getTenantDeletion = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/deletion", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<TenantDeletion> => tenant_management.getTenantDeletion(request),
);

/** Takes the request for deletion back, within the grace period. */
export const cancelTenantDeletion = api(
  { method: "DELETE", path: "/api/v1/tenants/:tenantId/deletion", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<void> => tenant_management.cancelTenantDeletion(request),
);

/** What was removed of a deleted tenant, by the id that the request for deletion was answered with. */
export const getDeletionReceipt = api(
  { method: "GET", path: "/api/v1/deletion-receipts/:receiptId", expose: true, auth: false },
  async (request: DeletionReceiptRequest): Promise<TenantDeletion> =>
    tenant_management.getDeletionReceipt(request),
);
