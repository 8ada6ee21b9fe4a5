import { APIError } from "encore.dev/api";
import { getAuthData } from "~encore/auth";

/** Who calls: set by the gateway's auth handler, handed on from service to service. */
export interface CallerIdentity {
  userID: string;
  tenantId: string;
  permissions: string[];
}

/** The caller of the running request. Throws `unauthenticated` where there is none. */
export function requireIdentity(): CallerIdentity {
  const identity = getAuthData();
  if (identity === null) throw APIError.unauthenticated("This operation needs an authenticated caller.");
  return identity;
}

/**
 * The caller, if `tenantId` from a path is the caller's own tenant. Any other tenant does not exist: throws
 * `notFound`.
 */
export function requireOwnTenant(tenantId: string): CallerIdentity {
  const identity = requireIdentity();
  if (identity.tenantId !== tenantId) throw APIError.notFound("No such tenant.");
  return identity;
}

/** Identity of work that no person started, for calls from subscriptions and background work. */
export function systemIdentity(tenantId: string): CallerIdentity {
  return { userID: "system", tenantId, permissions: [] };
}
