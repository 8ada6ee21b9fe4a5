import { sql } from "drizzle-orm";
import type { Db } from "../db.js";

/**
 * Runs `work` in a transaction that reaches the kept events of all tenants and of none: for what keeps, follows and
 * prunes them, never for what a caller asks of a tenant.
 */
export async function withAllEvents<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('app.event_keeping', 'on', true)`);
    return await work(tx);
  });
}
