import { type SQL, sql } from "drizzle-orm";
import { pgPolicy } from "drizzle-orm/pg-core";

/** The tenant of the running transaction, or null where none is set (Postgres reads `''` after a reset). */
const currentTenant: SQL = sql`(select nullif(current_setting('app.tenant_id', true), ''))`;

/**
 * Row-level security for a table with a `tenant_id` column: a transaction reaches the rows of the tenant that
 * `withTenant` set, and none at all without one. Every tenant table lists it among its extras.
 */
export function tenantIsolation() {
  return pgPolicy("tenant_isolation", {
    as: "permissive",
    for: "all",
    to: "public",
    using: sql`tenant_id = ${currentTenant}`,
    withCheck: sql`tenant_id = ${currentTenant}`,
  });
}
