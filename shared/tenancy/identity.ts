import { APIError } from "encore.dev/api";
import { getAuthData } from "~encore/auth";

/** Who calls: set by the gateway's auth handler, handed on from service to service. */
export interface CallerIdentity {
  userID: string;
  tenantId: string;
  permissions: string[];
  /** How the caller proved who they are. */
  credential?: "session" | "jwt" | "api-key";
  /** Id of the session or API key. */
  credentialId?: string;
  roles?: string[];
}

/**
 * The caller of the running request, who works in a tenant. Throws `unauthenticated` where there is no caller, and
 * `failedPrecondition` for a person who has not chosen an organization.
 */
export function requireIdentity(): CallerIdentity {
  const identity = requirePerson();
  if (identity.tenantId === "") {
    throw APIError.failedPrecondition(
      "Choose an organization, create one, or accept an invitation to one first.",
    ).withDetails({ reason: "organization_missing" });
  }
  return identity;
}

/** The caller of the running request, whose `tenantId` is empty where they work in no tenant yet. */
export function requirePerson(): CallerIdentity {
  const identity = getAuthData();
  if (identity === null) throw APIError.unauthenticated("This operation needs an authenticated caller.");
  return identity;
}

/** The caller, who is a person at work and no program with an API key. Throws `permissionDenied` for the latter. */
export function requireSignedIn(): CallerIdentity {
  const identity = requirePerson();
  if (identity.credential === "api-key") {
    throw APIError.permissionDenied("An API key cannot do this; sign in.").withDetails({
      reason: "sign_in_required",
    });
  }
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
