import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import type { TenantDataPage, TenantDataPageRequest } from "../../shared/tenancy/tenant-data.js";
import { type ExportedTable, exportTenantRows } from "../../shared/tenancy/tenant-rows.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { countRules } from "../entity-conversion/domain/rule-quota.js";
import type { ConversionUsage } from "./types.js";
import { workspaceTables } from "./workspace-rows.js";

const tables = [
  { db, kind: "rule", table: "rules", key: ["id"] },
  { db, kind: "rule-version", table: "rule_versions", key: ["rule_id", "version"] },
  { db, kind: "rule-rollout", table: "rule_rollouts", key: ["rule_id", "new_version"] },
  { db, kind: "execution", table: "executions", key: ["tenant_id", "idempotency_key"] },
  { db, kind: "shadow-run", table: "shadow_runs", key: ["id"] },
  { db, kind: "shadow-difference", table: "shadow_differences", key: ["run_id", "place"] },
  { db, kind: "job", table: "jobs", key: ["id"] },
  { db, kind: "job-record", table: "job_records", key: ["job_id", "place"] },
  { db, kind: "job-reason", table: "job_reasons", key: ["job_id", "outcome", "code", "path"] },
  { db, kind: "job-failure", table: "job_failures", key: ["id"] },
  { db, kind: "trigger-source", table: "trigger_sources", key: ["tenant_id", "source"] },
  { db, kind: "trigger-watermark", table: "trigger_watermarks", key: ["tenant_id", "source", "entity"] },
  { db, kind: "trigger-run", table: "trigger_runs", key: ["id"] },
  { db, kind: "schema-snapshot", table: "schema_snapshots", key: ["tenant_id", "source", "entity_type"] },
];

/** A page of all that is held of a tenant here: rules, jobs, schemas, and the records of its workspace. */
export const exportTenantData = api(
  { method: "POST", path: "/conversion/tenant-data", expose: false },
  async (request: TenantDataPageRequest): Promise<TenantDataPage> => {
    const all = [...tables, ...(await workspaceTables(request.tenantId))];
    return await exportTenantRows(all as ExportedTable<Record<string, unknown>>[], request);
  },
);

/** How much of its limits the caller's tenant uses here. */
export const getConversionUsage = api(
  { method: "GET", path: "/conversion/usage", expose: false, auth: true },
  async (): Promise<ConversionUsage> => {
    const { tenantId } = requireIdentity();
    return { rules: await withTenant(db, tenantId, (tx) => countRules(tx, tenantId)) };
  },
);
