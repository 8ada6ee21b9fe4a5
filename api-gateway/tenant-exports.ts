import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { currentRequest } from "encore.dev";
import { APIError, api, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import type {
  ListTenantExportsRequest,
  ListTenantExportsResponse,
  TenantExport,
  TenantExportPathRequest,
  TenantPathRequest,
} from "../tenant-management/types.js";

/** Starts an export of all that is held of the caller's tenant. Passwords, keys and tokens are not among it. */
export const startTenantExport = api(
  { method: "POST", path: "/api/v1/tenants/:tenantId/exports", expose: true, auth: true },
  async (request: TenantPathRequest): Promise<TenantExport> => tenant_management.startTenantExport(request),
);

/** The tenant's exports, newest first. */
export const listTenantExports = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/exports", expose: true, auth: true },
  async (request: ListTenantExportsRequest): Promise<ListTenantExportsResponse> =>
    tenant_management.listTenantExports(request),
);

/** An export with how far it is. */
export const getTenantExport = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/exports/:exportId", expose: true, auth: true },
  async (request: TenantExportPathRequest): Promise<TenantExport> =>
    tenant_management.getTenantExport(request),
);

/** Removes an export that has ended. */
export const deleteTenantExport = api(
  { method: "DELETE", path: "/api/v1/tenants/:tenantId/exports/:exportId", expose: true, auth: true },
  async (request: TenantExportPathRequest): Promise<void> => tenant_management.deleteTenantExport(request),
);

/** A completed export as NDJSON: a line for each thing, `{"service", "kind", "data"}`. */
export const downloadTenantExport = api.raw(
  { method: "GET", path: "/api/v1/tenants/:tenantId/exports/:exportId/download", expose: true, auth: true },
  async (_request, response) => {
    const call = currentRequest();
    const params = call?.type === "api-call" ? call.pathParams : {};
    const owner = { tenantId: String(params.tenantId), exportId: String(params.exportId) };
    try {
      let { parts, lines } = await tenant_management.readTenantExportPart({ ...owner, part: 1 });
      response.setHeader("content-type", "application/x-ndjson");
      response.setHeader("content-disposition", `attachment; filename="export-${owner.exportId}.ndjson"`);
      response.setHeader("cache-control", "private, no-store");
      for (let part = 1; ; ) {
        if (response.destroyed) return;
        if (!response.write(lines)) await Promise.race([once(response, "drain"), once(response, "close")]);
        if (++part > parts) break;
        ({ parts, lines } = await tenant_management.readTenantExportPart({ ...owner, part }));
      }
      response.end();
    } catch (error) {
      refuse(response, error);
    }
  },
);

/** Answers with the error, or cuts the answer off where it has begun, so that nobody takes it for a whole one. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    log.error(error, "export download interrupted");
    response.destroy();
    return;
  }
  const known = error instanceof APIError ? error : APIError.internal("An internal error occurred.");
  if (known !== error) log.error(error, "export download failed");
  const statuses: Partial<Record<ErrCode, number>> = {
    [ErrCode.NotFound]: 404,
    [ErrCode.FailedPrecondition]: 400,
    [ErrCode.Unavailable]: 503,
  };
  const { code, message, details } = known;
  response.statusCode = statuses[code] ?? 500;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ code, message, details: details ?? null }));
}
