import { middleware } from "encore.dev/api";
import { getAuthData } from "~encore/auth";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { isOpenToAnyone, requirePermissionFor } from "./permissions.js";

/**
 * Refuses a call whose caller lacks what `endpointPermissions` asks for the endpoint. A person who works in no
 * organization is told so.
 */
export const requirePermission = middleware({ target: { auth: true } }, async (request, next) => {
  const meta = request.requestMeta;
  if (meta?.type === "api-call") {
    const { endpoint } = meta.api;
    if (!isOpenToAnyone(endpoint)) requireIdentity();
    requirePermissionFor(endpoint, getAuthData()?.permissions ?? []);
  }
  return await next(request);
});
