import { APIError, api } from "encore.dev/api";
import { tenant_management, user_management } from "~encore/clients";
import { requireIdentity } from "../shared/tenancy/identity.js";
import type {
  CheckPermissionsRequest,
  CheckPermissionsResponse,
  DevelopmentToken,
  IssueDevelopmentTokenRequest,
  Permission,
} from "../user-management/types.js";
import type { HealthResponse, MeResponse } from "./types.js";

/** Answers as soon as the API does. */
export const health = api(
  { method: "GET", path: "/api/v1/health", expose: true, auth: false },
  async (): Promise<HealthResponse> => ({ status: "ok" }),
);

/** The caller: who they are, in which tenant, and what they may do. */
export const me = api(
  { method: "GET", path: "/api/v1/me", expose: true, auth: true },
  async (): Promise<MeResponse> => {
    const { userID: userId, tenantId, permissions } = requireIdentity();
    const [user, tenant] = await Promise.all([
      user_management.getUser({ userId }),
      tenant_management.getTenant({ tenantId }),
    ]);
    return { user, tenant, permissions: permissions as Permission[] };
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

/**
 * A bearer token with all permissions in a tenant of that slug, which is made where there is none. For local
 * development and tests only; anywhere else there is no such endpoint.
 */
export const issueDevelopmentToken = api(
  { method: "POST", path: "/api/v1/auth/development-token", expose: true, auth: false, sensitive: true },
  async (request: IssueDevelopmentTokenRequest): Promise<DevelopmentToken> =>
    user_management.issueDevelopmentToken(request),
);
