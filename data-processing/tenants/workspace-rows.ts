import { sql } from "drizzle-orm";
import { z } from "zod";
import { connectDatabase } from "../../shared/database/handle.js";
import { deleteTenantRows, type ExportedTable } from "../../shared/tenancy/tenant-rows.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { workspaceDb } from "../workspace/db.js";

const mostEntities = 10_000;
const definitionSchema = z.object({ name: z.string(), primaryKey: z.array(z.string()).min(1) });

const db = connectDatabase({
  connectionString: workspaceDb.connectionString,
  schema: {},
  maxConnections: 2,
  statementTimeoutMs: 300_000,
});

/** The tables of a tenant's entities in the workspace, for the export. */
export async function workspaceTables(tenantId: string): Promise<ExportedTable<Record<string, never>>[]> {
  const rows = await withTenant(db, tenantId, (tx) =>
    tx.execute<{ schema: string; definition: unknown }>(sql`
      select axion.tenant_schema(tenant_id) as schema, definition from axion.entities
      where tenant_id = ${tenantId} order by created_at, name limit ${mostEntities}`),
  );
  return rows.map(({ schema, definition }) => {
    const { name, primaryKey } = definitionSchema.parse(definition);
    return {
      db,
      kind: `workspace-record:${name}`,
      schema,
      table: name,
      key: primaryKey,
      rowsOf: () => sql`true`,
      asText: true,
    };
  });
}

/** Removes a tenant's schema in the workspace, and the links between its records. */
export async function purgeWorkspace(tenantId: string): Promise<Record<string, number>> {
  const links = await deleteTenantRows(db, tenantId, { schema: "axion", table: "links" });
  for (const table of [
    "changes",
    "link_history",
    "write_backs",
    "applied_write_backs",
    "write_back_images",
    "write_back_undos",
  ])
    await deleteTenantRows(db, tenantId, { schema: "axion", table });
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx.execute<{ removed: number }>(sql`select axion.drop_tenant() as removed`),
  );
  return { "workspace.links": links, "workspace.entities": row?.removed ?? 0 };
}
