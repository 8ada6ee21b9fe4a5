import { asc, lt, sql } from "drizzle-orm";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { runForTenant } from "../../../shared/tenancy/one-message.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { executionJournal } from "../../schema.js";
import type { Actor } from "./actor.js";
import { finishExecution } from "./execute-conversion.js";
import { forgetExecution, type JournalEntry } from "./execution-journal.js";
import type { RuleWorld } from "./prepare-rule.js";
import { findRule } from "./rule-rows.js";

const mostEntries = 200;
/** Younger entries are most likely still under way. */
const settledAfter = "1 minute";
/** What could not be looked at for so long, as where a database is gone for good, is given up. */
const givenUpAfter = "7 days";

/**
 * Tells of executions whose process ended between the write to the target and telling of it. One that has written
 * nothing is forgotten: its caller had no answer. A tenant whose databases cannot be reached holds up nobody.
 */
export async function finishExecutions(
  db: Db,
  world: (actor: Actor) => RuleWorld,
): Promise<{ told: number }> {
  const entries = await db
    .select({
      entry: executionJournal,
      over: sql<boolean>`${executionJournal.begunAt} < now() - ${givenUpAfter}::interval`,
    })
    .from(executionJournal)
    .where(lt(executionJournal.begunAt, sql`now() - ${settledAfter}::interval`))
    .orderBy(asc(executionJournal.begunAt))
    .limit(mostEntries);
  let told = 0;
  for (const { entry, over } of entries) {
    try {
      if (await finish(db, world({ tenantId: entry.tenantId, userID: entry.performedBy }), entry)) told++;
    } catch (error) {
      const gone = error instanceof APIError && error.code === ErrCode.NotFound;
      if (!gone && !over) {
        log.warn(error, "an execution could not be told of; it is tried again", { ...entry });
        continue;
      }
    }
    await runForTenant(db, entry.tenantId, [forgetExecution(db, entry)]);
  }
  return { told };
}

async function finish(db: Db, world: RuleWorld, entry: JournalEntry): Promise<boolean> {
  const { tenantId, ruleId, ruleVersion } = entry;
  const found = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId, ruleVersion));
  return await finishExecution(db, world, { entry, found });
}
