import { api } from "encore.dev/api";
import type { TenantDataPage, TenantDataPageRequest } from "../../shared/tenancy/tenant-data.js";
import { auditDb } from "../audit/db.js";
import { db } from "../db.js";
import { exportTenant } from "./export-tenant.js";

/** A page of all that is held of a tenant here: audit log, notifications, statistics, dead letters, mails. */
export const exportTenantData = api(
  { method: "POST", path: "/events/tenant-data", expose: false },
  async (request: TenantDataPageRequest): Promise<TenantDataPage> => exportTenant({ auditDb, db }, request),
);
