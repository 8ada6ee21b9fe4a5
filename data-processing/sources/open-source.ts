import { createHash } from "node:crypto";
import type postgres from "postgres";
import { tenant_management } from "~encore/clients";
import { systemIdentity } from "../../shared/tenancy/identity.js";
import { workspaceDb } from "../workspace/db.js";
import { tenantSchema } from "../workspace/domain/tenant-schema.js";
import { type DataSource, workspaceSource } from "./data-source.js";
import { openPool, sourceOn } from "./pool.js";

const maxPools = 50;

let workspacePool: postgres.Sql | undefined;

/** Pools of tenants' own databases, least recently used first. Keyed by URL: a changed URL gets a new pool. */
const pools = new Map<string, postgres.Sql>();

/**
 * The tenant's data source of that name. Settings and credentials are asked of tenant-management each time, so that
 * a change counts at once.
 */
export async function openSource(tenantId: string, name: string): Promise<DataSource> {
  if (name === workspaceSource) return openWorkspace(tenantId);
  const { url } = await tenant_management.resolveDataSource(
    { source: name },
    { authData: systemIdentity(tenantId) },
  );
  return sourceOn(poolFor(url), {
    tenantId,
    name,
    kind: "postgres",
    database: databaseIdentity(url),
    defaultSchema: "public",
  });
}

/** The tenant's part of the built-in workspace. */
export function openWorkspace(tenantId: string): DataSource {
  workspacePool ??= openPool(workspaceDb.connectionString, { maxConnections: 10, prepare: true });
  return sourceOn(workspacePool, {
    tenantId,
    name: workspaceSource,
    kind: "workspace",
    database: "workspace",
    defaultSchema: tenantSchema(tenantId),
  });
}

function poolFor(url: string): postgres.Sql {
  const key = createHash("sha256").update(url).digest("base64");
  const pool = pools.get(key) ?? openPool(url, { maxConnections: 4, prepare: false });
  pools.delete(key);
  pools.set(key, pool);
  for (const [oldKey, old] of pools) {
    if (pools.size <= maxPools) break;
    pools.delete(oldKey);
    void old.end({ timeout: 60 });
  }
  return pool;
}

/** Host, port, database and user: two URLs that agree in them lead to the same tables with the same rights. */
function databaseIdentity(url: string): string {
  const { hostname, port, pathname, username } = new URL(url);
  return `${username}@${hostname.toLowerCase()}:${port || "5432"}${pathname}`;
}
