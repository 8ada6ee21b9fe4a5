import { lt, sql } from "drizzle-orm";
import { db } from "../db.js";
import { log } from "../log.js";
import { letters } from "../schema.js";

/** Removes letters that are older than a year. */
export async function removeOldLettersJob(_signal: AbortSignal): Promise<void> {
  const gone = await db
    .delete(letters)
    .where(lt(letters.createdAt, sql`now() - interval '1 year'`))
    .returning();
  log.info("old letters are removed", { letters: gone.length });
}
