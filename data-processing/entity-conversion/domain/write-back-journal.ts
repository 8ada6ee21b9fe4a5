import { and, eq } from "drizzle-orm";
import type { Db } from "../../db.js";
import { writeBackJournal as journal } from "../../schema.js";
import type { WriteBackJournal } from "./convert-batch.js";

/** The journal of a tenant's write-backs between two databases. */
export function writeBackJournal(db: Db, tenantId: string): WriteBackJournal {
  return {
    begin: async ({ ruleId, ruleVersion }) => {
      const [entry] = await db
        .insert(journal)
        .values({ tenantId, ruleId, ruleVersion })
        .returning({ id: journal.id });
      return entry!.id;
    },
    end: async (entry) => {
      await db.delete(journal).where(and(eq(journal.tenantId, tenantId), eq(journal.id, entry)));
    },
  };
}
