import { APIError, api } from "encore.dev/api";
import { tenant_management, user_management } from "~encore/clients";
import { requireIdentity, requirePerson } from "../shared/tenancy/identity.js";
import type {
  CheckPermissionsRequest,
  CheckPermissionsResponse,
  CreateTenantRequest,
  ListMyTenantsRequest,
  ListMyTenantsResponse,
  Permission,
  TenantMembership,
} from "../user-management/types.js";
import type { HealthResponse, MeResponse } from "./types.js";

/** Answers as soon as the API does. */
export const health = api(
  { method: "GET", path: "/api/v1/health", expose: true, auth: false },
  async (): Promise<HealthResponse> => ({ status: "ok" }),
);

/** The caller: who they are, in which tenant, and what they may do. A person in no tenant yet has no tenant. */
export const me = api(
  { method: "GET", path: "/api/v1/me", expose: true, auth: true },
  async (): Promise<MeResponse> => {
    const { tenantId, permissions, credential, roles = [] } = requirePerson();
    const [user, tenant] = await Promise.all([
      user_management.getPerson(),
      tenantId === "" ? undefined : tenant_management.getTenant({ tenantId }),
    ]);
    return { user, tenant, permissions: permissions as Permission[], roles, credential };
  },
);

/** What the caller may do, or, with `member:manage`, another member of the tenant. */
export const checkPermissions = api(
  { method: "POST", path: "/api/v1/users/check-permissions", expose: true, auth: true },
  async (request: CheckPermissionsRequest): Promise<CheckPermissionsResponse> => {
    const { userID, permissions } = requireIdentity();
    const { userId = userID } = request;
    if (userId !== userID && !permissions.includes("member:manage")) {
      throw APIError.permissionDenied("To ask for another member, the permission member:manage is needed.");
    }
    return await user_management.checkPermissions(request);
  },
);

/** Creates a tenant, whose owner the caller is. The caller's session works in it from now on. */
export const createTenant = api(
  { method: "POST", path: "/api/v1/tenants", expose: true, auth: true },
  async (request: CreateTenantRequest): Promise<TenantMembership> => user_management.createTenant(request),
);

/** The tenants that the caller belongs to, by name. */
export const listMyTenants = api(
  { method: "GET", path: "/api/v1/tenants", expose: true, auth: true },
  async (request: ListMyTenantsRequest): Promise<ListMyTenantsResponse> =>
    user_management.listMyTenants(request),
);
