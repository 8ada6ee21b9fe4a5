import { sql } from "drizzle-orm";
import type { AnyDb } from "../database/handle.js";

/**
 * Runs `work` in a transaction that sees and writes the rows of one tenant only: row-level security reads
 * `app.tenant_id`, which ends with the transaction. Inside a transaction it opens a savepoint, and the tenant
 * stays set until the outer transaction ends.
 */
export async function withTenant<TSchema extends Record<string, unknown>, T>(
  db: AnyDb<TSchema>,
  tenantId: string,
  work: (tx: AnyDb<TSchema>) => Promise<T>,
): Promise<T> {
  return await db.transaction(async (tx) => {
    await setTenant(tx, tenantId);
    return await work(tx);
  });
}

/** Sets the tenant for the rest of the transaction `tx`. An empty id would mean "no tenant" and is refused. */
export async function setTenant<TSchema extends Record<string, unknown>>(
  tx: AnyDb<TSchema>,
  tenantId: string,
): Promise<void> {
  if (tenantId === "") throw new Error("A tenant id is required to open tenant data.");
  await tx.execute(sql`select set_config('app.tenant_id', ${tenantId}, true)`);
}
