import { sql } from "drizzle-orm";
import type { Db } from "../db.js";

/** Throws what is wrong with the connection to the database, if anything is. */
export async function requireDatabase(db: Db): Promise<void> {
  await db.execute(sql`select 1`);
}
