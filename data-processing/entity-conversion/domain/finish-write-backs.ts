import { and, asc, eq, lt, sql } from "drizzle-orm";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { writeBackJournal as journal } from "../../schema.js";
import { writtenBy } from "../../sources/data-source.js";
import type { Actor } from "./actor.js";
import { applyWriteBacks } from "./apply-write-backs.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { findRule } from "./rule-rows.js";
import { applyRestores } from "./undo/queued-restores.js";

const mostEntries = 200;
/** Younger entries belong to batches that are most likely still at it. */
const settledAfter = "1 minute";
/** A batch is over by then, however long its statements were allowed to take. */
const overAfter = "1 hour";

/**
 * Applies what interrupted batches have left to be written back to another database. An entry is looked at again
 * until it is certain that nothing can be added for it. A tenant whose databases cannot be reached holds up nobody.
 */
export async function finishWriteBacks(
  db: Db,
  world: (actor: Actor) => RuleWorld,
): Promise<{ applied: number }> {
  const entries = await db
    .select({
      id: journal.id,
      tenantId: journal.tenantId,
      ruleId: journal.ruleId,
      ruleVersion: journal.ruleVersion,
      over: sql<boolean>`${journal.begunAt} < now() - ${overAfter}::interval`,
    })
    .from(journal)
    .where(lt(journal.begunAt, sql`now() - ${settledAfter}::interval`))
    .orderBy(asc(journal.begunAt))
    .limit(mostEntries);
  let applied = 0;
  const seen = new Set<string>();
  for (const entry of entries) {
    const what = JSON.stringify([entry.tenantId, entry.ruleId, entry.ruleVersion]);
    try {
      if (!seen.has(what)) await finishRule(db, world, entry);
      seen.add(what);
      applied++;
      if (!entry.over) continue;
    } catch (error) {
      if (!isGone(error)) {
        log.warn(error, "write-backs could not be finished; they are tried again", { ...entry });
        continue;
      }
    }
    await db.delete(journal).where(and(eq(journal.tenantId, entry.tenantId), eq(journal.id, entry.id)));
  }
  return { applied };
}

async function finishRule(
  db: Db,
  world: (actor: Actor) => RuleWorld,
  entry: { tenantId: string; ruleId: string; ruleVersion: number },
): Promise<void> {
  const { tenantId, ruleId, ruleVersion } = entry;
  const { version } = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId, ruleVersion));
  const reach = world({ tenantId, userID: version.createdBy });
  const { definition } = version;
  const source = writtenBy(await reach.open(definition.source.dataSource), ruleId);
  const target = writtenBy(await reach.open(definition.target.dataSource), ruleId);
  const sourceEntity = `${definition.source.dataSource}/${definition.source.entity}`;
  const entity = await reach.discover(definition.source);
  await applyRestores({
    scope: { tenantId, ruleId, sourceEntity },
    source,
    table: { entity, key: entity.recordKey },
    target,
  });
  const { plan, problems } = await prepareRule(reach, { ruleId, ruleVersion, definition });
  if (!plan) throw new Error(`The rule no longer fits: ${problems.map(({ message }) => message).join(" ")}`);
  await applyWriteBacks({ plan, source, target }, tenantId);
}

/** The rule or its tenant is not there any more. */
function isGone(error: unknown): boolean {
  return (
    error instanceof APIError && error.code === ErrCode.NotFound && error.details?.reason === "unknown_rule"
  );
}
