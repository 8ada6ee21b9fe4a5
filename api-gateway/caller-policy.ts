import { APIError, middleware } from "encore.dev/api";
import { getAuthData } from "~encore/auth";
import type { CallerIdentity } from "../shared/tenancy/identity.js";
import { requireActiveTenant } from "../shared/tenancy/tenant-policy.js";
import { type ApiCall, callOf, headerOf } from "./call.js";
import { type GatewayPolicy, policyOf } from "./tenant-policies.js";

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
export const callerPolicy = middleware({ target: { auth: true, isStream: false } }, async (request, next) => {
  const identity: CallerIdentity | null = getAuthData();
  if (identity !== null) {
    const call = callOf(request);
    const policy = identity.tenantId === "" ? undefined : await policyOf(identity.tenantId);
    requireAllowedOrigin(call, policy, identity.credential === "session");
    if (policy !== undefined && !openToSuspended.has(call.api.endpoint)) requireActiveTenant(policy);
  }
  return await next(request);
});

/**
 * Refuses a browser's page of an origin that the tenant did not name. Without a list any page may call with a token
 * that it was given; a cookie, which browsers send by themselves, counts from the API's own pages and named ones only.
 */
export function requireAllowedOrigin(
  call: Pick<ApiCall, "headers">,
  policy: Pick<GatewayPolicy, "corsOrigins"> | undefined,
  byCookie: boolean,
): void {
  const origin = headerOf(call, "origin");
  if (origin === undefined || isOwnOrigin(call, origin)) return;
  const allowed = policy?.corsOrigins ?? [];
  if (allowed.length === 0 && !byCookie) return;
  if (allowed.some((each) => each.toLowerCase() === origin.toLowerCase())) return;
  throw APIError.permissionDenied(
    "The organization does not allow calls from pages of this origin.",
  ).withDetails({
    reason: "origin_not_allowed",
    origin: origin.slice(0, 200),
  });
}

function isOwnOrigin(call: Pick<ApiCall, "headers">, origin: string): boolean {
  const host = headerOf(call, "x-forwarded-host") ?? headerOf(call, "host");
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
