import { APIError, api } from "encore.dev/api";
import log from "encore.dev/log";
import { codegen, data_processing, event_management, user_management } from "~encore/clients";
import { requireOwnTenant } from "../shared/tenancy/identity.js";
import { exportTenantRows } from "../shared/tenancy/tenant-rows.js";
import { db } from "./db.js";
import * as exporting from "./domain/export-tenant.js";
import { type ExportSection, runNextExport } from "./domain/run-export.js";
import { readExportPart, removeExport, writeExportPart } from "./export-files.js";
import type {
  ExportPart,
  ListTenantExportsRequest,
  ListTenantExportsResponse,
  ReadExportPartRequest,
  TenantExport,
  TenantExportPathRequest,
  TenantPathRequest,
} from "./types.js";

const pollMs = 2_000;

const ownTables = [
  { db, kind: "conversion-config", table: "conversion_configs", key: ["tenant_id"] },
  { db, kind: "notification-settings", table: "notification_settings", key: ["tenant_id"] },
  { db, kind: "data-source", table: "data_sources", key: ["id"], without: ["sealed_url", "key_id"] },
];

const sections: ExportSection[] = [
  { service: "tenant-management", readPage: (request) => exportTenantRows(ownTables, request) },
  { service: "user-management", readPage: (request) => user_management.exportTenantData(request) },
  { service: "data-processing", readPage: (request) => data_processing.exportTenantData(request) },
  { service: "event-management", readPage: (request) => event_management.exportTenantData(request) },
  { service: "codegen", readPage: (request) => codegen.exportTenantData(request) },
];

/** Starts an export of all that is held of the caller's tenant. */
export const startTenantExport = api(
  { method: "POST", path: "/tenants/:tenantId/exports", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<TenantExport> => {
    const started = await exporting.startExport(db, requireOwnTenant(request.tenantId));
    void work();
    return started;
  },
);

/** The tenant's exports, newest first. */
export const listTenantExports = api(
  { method: "GET", path: "/tenants/:tenantId/exports", expose: false, auth: true },
  async (request: ListTenantExportsRequest): Promise<ListTenantExportsResponse> => {
    requireOwnTenant(request.tenantId);
    return await exporting.listExports(db, request);
  },
);

/** An export with how far it is. */
export const getTenantExport = api(
  { method: "GET", path: "/tenants/:tenantId/exports/:exportId", expose: false, auth: true },
  async (request: TenantExportPathRequest): Promise<TenantExport> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await exporting.getExport(db, tenantId, request.exportId);
  },
);

/** Removes an export and its files. */
export const deleteTenantExport = api(
  { method: "DELETE", path: "/tenants/:tenantId/exports/:exportId", expose: false, auth: true },
  async ({ tenantId, exportId }: TenantExportPathRequest): Promise<void> => {
    const removeFiles = () => removeExport(tenantId, exportId);
    await exporting.deleteExport(db, requireOwnTenant(tenantId), { exportId, removeFiles });
  },
);

/** One part of a completed export, about a million characters, for the download. */
export const readTenantExportPart = api(
  { method: "GET", path: "/tenants/:tenantId/exports/:exportId/part", expose: false, auth: true },
  async ({ tenantId, exportId, part }: ReadExportPartRequest): Promise<ExportPart> => {
    requireOwnTenant(tenantId);
    const parts = await exporting.requireParts(db, tenantId, exportId);
    if (parts === 0) return { parts, lines: "" };
    if (!Number.isInteger(part) || part < 1 || part > parts) {
      throw APIError.invalidArgument(`part: a whole number from 1 to ${parts}.`);
    }
    return { parts, lines: await readExportPart({ tenantId, exportId, part }) };
  },
);

let working = false;

/** Works on exports until none waits. A failure is told of; the export goes on when its lease has ended. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  try {
    while (await runNextExport({ db, sections, writePart: (part, lines) => writeExportPart(part, lines) }));
  } catch (error) {
    log.warn(error, "export interrupted; trying again when its lease ends");
  } finally {
    working = false;
  }
}

setInterval(() => void work(), pollMs).unref();
