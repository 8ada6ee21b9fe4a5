import { sql } from "drizzle-orm";
import { api } from "encore.dev/api";
import type { TenantDataPage, TenantDataPageRequest } from "../../shared/tenancy/tenant-data.js";
import { exportTenantRows } from "../../shared/tenancy/tenant-rows.js";
import { db } from "../db.js";

const tables = [
  {
    db,
    kind: "organization",
    table: "organizations",
    key: ["id"],
    rowsOf: (tenantId: string) => sql`t.id = ${tenantId}`,
  },
  {
    db,
    kind: "person",
    table: "people",
    key: ["id"],
    rowsOf: (tenantId: string) => sql`t.id in (select person_id from members where tenant_id = ${tenantId})`,
  },
  { db, kind: "member", table: "members", key: ["id"] },
  // The id of an invitation that waits is what it is accepted with.
  { db, kind: "invitation", table: "invitations", key: ["id"], without: ["id"] },
  { db, kind: "role", table: "tenant_roles", key: ["name"] },
  { db, kind: "api-key", table: "api_keys", key: ["id"], without: ["key", "metadata"] },
];

/** A page of all that is held of a tenant here: its organization, people, invitations, roles, keys without secrets. */
export const exportTenantData = api(
  { method: "POST", path: "/users/tenant-data", expose: false },
  async (request: TenantDataPageRequest): Promise<TenantDataPage> => await exportTenantRows(tables, request),
);
