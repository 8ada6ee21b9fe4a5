import { APIError, middleware } from "encore.dev/api";
import { getAuthData } from "~encore/auth";
import type { CallerIdentity } from "../shared/tenancy/identity.js";
import { requireActiveTenant } from "../shared/tenancy/tenant-policy.js";
import { trustedOrigins } from "./auth.js";
import { type ApiCall, callOf, headerOf } from "./call.js";
import { isAllowedPage } from "./origins.js";
import { credentialOfHeaders } from "./request-credential.js";
import { policyOf } from "./tenant-policies.js";

/**
 * What members of a suspended tenant may still do: see who they are and why, take their data away, and turn to
 * another tenant.
 */
const openToSuspended = new Set([
  "me",
  "createTenant",
  "listMyTenants",
  "listMyInvitations",
  "getMyInvitation",
  "acceptInvitation",
  "leaveTenant",
  "getTenant",
  "getTenantLimits",
  "resumeTenant",
  "requestTenantDeletion",
  "getTenantDeletion",
  "cancelTenantDeletion",
  "startTenantExport",
  "listTenantExports",
  "getTenantExport",
  "deleteTenantExport",
  "downloadTenantExport",
]);

/** Holds callers to their tenant's policy: its status, and the origins whose pages may call for it. */
export const callerPolicy = middleware({ target: { auth: true } }, async (request, next) => {
  const identity: CallerIdentity | null = getAuthData();
  if (identity !== null) {
    const call = callOf(request);
    const policy = identity.tenantId === "" ? undefined : await policyOf(identity.tenantId);
    await requireAllowedPage(call, policy?.corsOrigins ?? []);
    if (policy !== undefined && !openToSuspended.has(call.api.endpoint)) requireActiveTenant(policy);
  }
  return await next(request);
});

async function requireAllowedPage({ method, headers }: ApiCall, tenantOrigins: string[]): Promise<void> {
  const byCookie = credentialOfHeaders(headers)?.kind === "cookie";
  if (await isAllowedPage({ method, headers, byCookie, tenantOrigins, trustedOrigins })) return;
  const message = byCookie
    ? "The session's cookie does not count for requests of this page: its origin is neither trusted nor one that the organization allows."
    : "The organization does not allow calls from pages of this origin.";
  throw APIError.permissionDenied(message).withDetails({
    reason: "origin_not_allowed",
    origin: headerOf({ headers }, "origin")?.slice(0, 200) ?? null,
  });
}
