import { sql } from "drizzle-orm";
import type { Db } from "../../../db.js";

/** Runs `work` in a transaction that sees the webhooks of all tenants: for their sender, never for what a caller asks. */
export async function withAllWebhooks<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('app.webhook_delivery', 'on', true)`);
    return await work(tx);
  });
}
