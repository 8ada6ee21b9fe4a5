import { createHash } from "node:crypto";
import type postgres from "postgres";
import { tenant_management } from "~encore/clients";
import { openTenantPostgres } from "../../shared/network/tenant-postgres.js";
import { systemIdentity } from "../../shared/tenancy/identity.js";
import type { ResolvedDataSource } from "../../tenant-management/types.js";
import { workspaceDb } from "../workspace/db.js";
import { tenantSchema } from "../workspace/domain/tenant-schema.js";
import { type DataSource, workspaceSource } from "./data-source.js";
import { connectTimeoutSeconds, openPool, type SourcePool, sourceOn } from "./pool.js";

const mostPools = 50;
/** Connections of a pool to a tenant's own database. */
const maxConnections = 4;
/** Beyond the longest statement, after which a connection on which nothing moves is given up. */
const silenceGraceMs = 30_000;

let workspacePool: SourcePool | undefined;

/** Pools of tenants' own databases, least recently used first. Keyed by settings: changed ones get a new pool. */
const pools = new Map<string, SourcePool>();

/**
 * The tenant's data source of that name. Settings and credentials are asked of tenant-management each time, so that
 * a change counts at once.
 */
export async function openSource(tenantId: string, name: string): Promise<DataSource> {
  if (name === workspaceSource) return openWorkspace(tenantId);
  const resolved = await tenant_management.resolveDataSource(
    { source: name },
    { authData: systemIdentity(tenantId) },
  );
  return sourceOn(poolFor(resolved), {
    tenantId,
    name: resolved.name,
    kind: "postgres",
    database: databaseIdentity(resolved.url),
    defaultSchema: "public",
    readOnly: resolved.readOnly,
  });
}

/** How long a connection to the write-ahead log may be silent: servers show a sign of life every 30 seconds. */
const replicationSilenceMs = 120_000;

/** A connection to the write-ahead log of a tenant's own database; undefined where a pooler stands before it. */
export async function openReplication(tenantId: string, name: string): Promise<postgres.Sql | undefined> {
  const resolved = await tenant_management.resolveDataSource(
    { source: name },
    { authData: systemIdentity(tenantId) },
  );
  if (resolved.pooled) return undefined;
  return openTenantPostgres(resolved, {
    maxConnections: 1,
    connectTimeoutMs: connectTimeoutSeconds * 1000,
    silenceMs: replicationSilenceMs,
    replication: true,
  });
}

/** Whether the built-in workspace and another database are on one server, which keeps their commits in one order. */
export function workspaceIsBeside(connectionString: string): boolean {
  const serverOf = (text: string) => {
    const { hostname, port, searchParams } = new URL(text);
    return JSON.stringify([hostname, port || "5432", searchParams.get("host")]);
  };
  return serverOf(connectionString) === serverOf(workspaceDb.connectionString);
}

/** The tenant's part of the built-in workspace. */
export function openWorkspace(tenantId: string): DataSource {
  workspacePool ??= {
    ...openPool(workspaceDb.connectionString, { maxConnections: 10, prepare: true }),
    keepsPlans: true,
  };
  return sourceOn(workspacePool, {
    tenantId,
    name: workspaceSource,
    kind: "workspace",
    database: "workspace",
    defaultSchema: tenantSchema(tenantId),
    readOnly: false,
  });
}

function poolFor(source: ResolvedDataSource): SourcePool {
  const { url, tls, caCertificate, pooled, statementTimeoutMs } = source;
  const settings = JSON.stringify([url, tls, caCertificate, pooled, statementTimeoutMs]);
  const key = createHash("sha256").update(settings).digest("base64");
  const pool = pools.get(key) ?? {
    sql: openTenantPostgres(source, {
      maxConnections,
      connectTimeoutMs: connectTimeoutSeconds * 1000,
      silenceMs: statementTimeoutMs + silenceGraceMs,
    }),
    statementTimeoutMs,
    maxConnections,
    inUse: 0,
  };
  pools.delete(key);
  pools.set(key, pool);
  for (const [oldKey, old] of pools) {
    if (pools.size <= mostPools) break;
    if (old === pool || old.inUse > 0) continue;
    pools.delete(oldKey);
    void old.sql.end({ timeout: 5 });
  }
  return pool;
}

/** Host, port, database and user: two URLs that agree in them lead to the same tables with the same rights. */
function databaseIdentity(url: string): string {
  const { hostname, port, pathname, username } = new URL(url);
  return `${username}@${hostname.toLowerCase()}:${port || "5432"}${pathname}`;
}
