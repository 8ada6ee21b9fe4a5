import { middleware } from "encore.dev/api";
import { getAuthData } from "~encore/auth";
import { requirePermissionFor } from "./permissions.js";

/** Refuses a call whose caller lacks what `endpointPermissions` asks for the endpoint. */
export const requirePermission = middleware({ target: { auth: true } }, async (request, next) => {
  const meta = request.requestMeta;
  if (meta?.type === "api-call") requirePermissionFor(meta.api.endpoint, getAuthData()?.permissions ?? []);
  return await next(request);
});
