import { sql } from "drizzle-orm";
import type { Db } from "../../../db.js";

/**
 * Runs `work` in a transaction that sees the mails of all tenants and of none: for the sender and the mailbox of
 * local development, never for what a caller asks of a tenant.
 */
export async function withAllMails<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('app.mail_delivery', 'on', true)`);
    return await work(tx);
  });
}
